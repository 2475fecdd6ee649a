/**
 * Stands for croner in the bundles: what is deployed was checked when it was synthesized, and a function is told by
 * EventBridge that its time has come.
 */
export class Cron {
  previousRuns(): never {
    throw new Error('a function does not know when a schedule is due')
  }
}
