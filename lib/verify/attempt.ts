import { DaysealError, messageOf } from '../errors.ts'

export type Attempt<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'broken'; readonly message: string }

/**
 * The boundary around reading bytes that may be anything: what they make a parser throw becomes a message for the
 * check. Storage faults, an abort and the rest of what is not about the bytes is thrown on.
 */
export async function attempt<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<Attempt<T>> {
  try {
    return { kind: 'done', value: await work() }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof DaysealError && error.code !== 'corrupt' && error.code !== 'source') throw error
    return { kind: 'broken', message: messageOf(error) }
  }
}
