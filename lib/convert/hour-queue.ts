/**
 * Hands out the hours of a list, each once, to whichever thread asks: one 32-bit integer, the index of the next one. Threads
 * that had to ask this one for their next hour would wait while it converts.
 */
export type HourQueue = SharedArrayBuffer

export function createHourQueue(): HourQueue {
  return new SharedArrayBuffer(4)
}

/** The indexes that are left of `count`, as they are asked for. */
export function* takeHours(queue: HourQueue, count: number): Generator<number, void, void> {
  const next = new Int32Array(queue)
  for (let index = Atomics.add(next, 0, 1); index < count; index = Atomics.add(next, 0, 1)) yield index
}
