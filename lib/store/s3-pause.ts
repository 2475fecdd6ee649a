import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 100

/** Waits before another try, `tries` having failed: about twice as long each time, and at random, so that not all come back at once. */
export async function pauseAfter(tries: number, signal?: AbortSignal): Promise<void> {
  const milliseconds = Math.random() * FIRST_MS * 2 ** tries
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
