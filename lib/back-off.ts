import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 50

/**
 * Waits after a lost race, so that those who lost it do not meet again: about twice as long after each of `losses`, and for
 * a share of it that is `random`, in [0, 1). Throws the signal's reason when it is aborted.
 */
export async function backOff(losses: number, random: () => number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  try {
    await sleep(random() * FIRST_MS * 2 ** losses, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  }
}
