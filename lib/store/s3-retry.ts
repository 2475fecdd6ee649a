import { setTimeout as sleepFor } from 'node:timers/promises'
import type { S3Contact } from './s3-client.ts'
import { mayPass, type S3Refusal } from './s3-fault.ts'

/** How long, and how, a request that failed is tried again. */
export interface RetryPolicy {
  /** From the first failure on; 0: never. */
  readonly seconds: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  /** Throws the reason of a signal that is aborted, at once. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Ends the waiting; a request that is under way is not cut. */
  readonly signal: AbortSignal | undefined
}

export const RETRY_SECONDS = 60

/** An endpoint that never answered may be mistyped: it gets this share of the time. */
const FIRST_CONTACT_SHARE = 1 / 4

const FIRST_MS = 100
const LONGEST_MS = 5_000

/** The tries of one request, or of what goes on with one thing. */
export interface Tries {
  /**
   * To be asked after a failure. Waits, and says that it is time for another try; false, at once, when none can help or
   * the time is up. Throws the reason of a signal that is aborted.
   */
  again(refusal: Pick<S3Refusal, 'status' | 'code'>): Promise<boolean>
}

/**
 * Pauses are about twice as long each time, up to five seconds, and at random, so that not all come back at once. The last
 * one ends with the time. `stop`: ends the waiting for this request alone.
 */
export function startTries(policy: RetryPolicy, contact: S3Contact, stop?: AbortSignal): Tries {
  const { now, random, sleep } = policy
  const signals = [policy.signal, stop].filter((signal) => signal !== undefined)
  let failures = 0
  let began = 0
  return {
    async again(refusal) {
      for (const signal of signals) signal.throwIfAborted()
      failures++
      if (failures === 1) began = now()
      // The SDK has learnt the server's clock from that answer.
      if (refusal.code === 'RequestTimeTooSkewed') return failures === 1
      const left = began + 1000 * secondsFor(refusal, policy, contact) - now()
      if (left <= 0) return false
      const pause = Math.min(left, random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** failures))
      await sleep(pause, AbortSignal.any(signals))
      return true
    },
  }
}

function secondsFor(refusal: Pick<S3Refusal, 'status' | 'code'>, { seconds }: RetryPolicy, contact: S3Contact): number {
  if (!mayPass(refusal)) return 0
  if (contact.hasAnswered) return seconds
  // A name that nobody knows is likely a typo; the name server that does not answer is EAI_AGAIN.
  return refusal.code === 'ENOTFOUND' ? 0 : seconds * FIRST_CONTACT_SHARE
}

export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleepFor(milliseconds, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
