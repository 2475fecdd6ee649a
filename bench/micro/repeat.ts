import { median } from '../measure/median.ts'

/** One thing that is measured alone. */
export interface Micro {
  readonly name: string
  /** What one call of `work` goes through: that many bytes, or that many values. */
  readonly amount: { readonly bytes: number } | { readonly values: number }
  /** Returns something that depends on all of its work, so that none of it can be left out. */
  readonly work: () => unknown
}

export interface MicroFigure {
  readonly name: string
  readonly unit: 'MB/s' | 'ns/value'
  readonly median: number
  readonly best: number
  readonly repetitions: number
}

const WARM_UP_MS = 400
const MEASURE_MS = 1_000
const MIN_REPETITIONS = 5

/** Calls `work` until it is warm, then for about a second. */
export async function repeat({ name, amount, work }: Micro): Promise<MicroFigure> {
  await timesOf(work, WARM_UP_MS, 2)
  const times = await timesOf(work, MEASURE_MS, MIN_REPETITIONS)
  const figure = (ms: number) => ('bytes' in amount ? amount.bytes / 1e6 / (ms / 1e3) : (ms * 1e6) / amount.values)
  return {
    name,
    unit: 'bytes' in amount ? 'MB/s' : 'ns/value',
    median: figure(median(times)),
    best: figure(Math.min(...times)),
    repetitions: times.length,
  }
}

async function timesOf(work: Micro['work'], totalMs: number, least: number): Promise<number[]> {
  const times: number[] = []
  const end = performance.now() + totalMs
  while (times.length < least || performance.now() < end) {
    const started = performance.now()
    const result = await work()
    times.push(performance.now() - started)
    if (result === undefined) throw new Error('the work has to return what it came to')
  }
  return times
}
