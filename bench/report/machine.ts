import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What the figures were measured on. */
export interface Machine {
  readonly cores: number
  readonly model: string
  readonly memoryBytes: number
  readonly platform: string
  readonly node: string
  /** Processes that wanted to run, mean of the last minute: before and after. */
  readonly loadBefore: number
  readonly loadAfter: number
}

export function load(): number {
  return loadavg()[0]!
}

export function describeMachine(loadBefore: number): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    loadBefore,
    loadAfter: load(),
  }
}
