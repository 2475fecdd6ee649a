export interface FakeTime {
  readonly now: () => number
  /** Always the longest pause. */
  readonly random: () => number
  /** Passes at once; throws the reason of a signal that is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Every pause so far, milliseconds. */
  readonly pauses: readonly number[]
}

/** Time that passes by waiting alone. */
export function fakeTime(): FakeTime {
  let time = Date.UTC(2026, 10, 30)
  const pauses: number[] = []
  return {
    now: () => time,
    random: () => 1,
    async sleep(milliseconds, signal) {
      signal.throwIfAborted()
      pauses.push(milliseconds)
      time += milliseconds
    },
    pauses,
  }
}
