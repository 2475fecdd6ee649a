import { DaysealError } from '../../lib/errors.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'

/** When a change fails: before it is made, or after it, so that its answer is lost. */
export type FaultMoment = 'before' | 'after'

/** A store whose change number `failing` (from 1) fails, and how many changes there were. */
export function faultyStore(store: ObjectStore, failing: number, moment: FaultMoment) {
  let changes = 0
  const change = async <T>(act: () => Promise<T>): Promise<T> => {
    changes++
    if (changes !== failing) return act()
    if (moment === 'after') await act()
    throw new DaysealError('storage', 'the connection broke')
  }
  const faulty: ObjectStore = {
    ...store,
    async write(key) {
      const sink = await store.write(key)
      await change(async () => undefined).catch(async (error: unknown) => {
        await sink.abort()
        throw error
      })
      return {
        write: (bytes) => change(() => sink.write(bytes)),
        commit: () => change(() => sink.commit()),
        abort: () => sink.abort(),
      }
    },
    putIfAbsent: (key, bytes) => change(() => store.putIfAbsent(key, bytes)),
    putIfMatch: (key, bytes, etag) => change(() => store.putIfMatch(key, bytes, etag)),
    copy: (from, to) => change(() => store.copy(from, to)),
    delete: (key) => change(() => store.delete(key)),
  }
  return { store: faulty, changes: () => changes }
}
