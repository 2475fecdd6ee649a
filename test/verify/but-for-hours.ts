interface Checked {
  readonly checks: readonly { readonly id: string; readonly result: string }[]
}

/** Warnings that a fixture of few hours, or with hours without a line, has whatever the test is about. */
const OF_FEW_HOURS = ['manifest.complete', 'manifest.empty']

/** A verdict without them. */
export function butForHours<Verdict extends Checked>(verdict: Verdict): Verdict {
  const checks = verdict.checks.filter(({ id }) => !OF_FEW_HOURS.includes(id))
  const has = (result: string) => checks.some((check) => check.result === result)
  return { ...verdict, checks, result: has('failed') ? 'failed' : has('warned') ? 'warned' : 'passed' }
}
