import { describe, expect, it } from 'vitest'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { memoryStore } from './memory-store.ts'
import { smallDay } from './small-day.ts'
import { notPassed, verifyDay } from './verify-day.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** An archive that answers later, and what is asked of it at a time. `after`: what it has of an object behind its end. */
function slowArchive(store: ObjectStore, after: (key: string) => Iterable<Uint8Array> = () => []) {
  const seen = { begun: [] as string[], open: new Set<string>(), most: 0 }
  const archive: ObjectStore = {
    ...store,
    async head(key) {
      seen.begun.push(key)
      seen.open.add(key)
      seen.most = Math.max(seen.most, seen.open.size)
      await nextTurn()
      return store.head(key)
    },
    async *read(key, options) {
      try {
        await nextTurn()
        yield* store.read(key, options)
        yield* after(key)
      } finally {
        seen.open.delete(key)
      }
    },
  }
  return { archive, seen }
}

describe('the sources of a day', () => {
  it('are read eight at a time, in the order of the rows', async () => {
    const day = smallDay()
    const { archive, seen } = slowArchive(memoryStore(day.archive))
    const verdict = await verifyDay(day, { archive })
    expect(notPassed(verdict)).toEqual([])
    expect(verdict.facts.rows_sampled).toBe(4)
    expect(seen.begun).toEqual([...day.archive.keys()].sort())
    expect([seen.most, seen.open.size]).toEqual([8, 0])
  })

  it('are each told apart, however they are read', async () => {
    const day = smallDay()
    const [first, second, third] = ['07', '08', '09'].map((hour) => `20150912/${hour}.jsonl.gz`)
    const other = day.archive.get(third!)!.slice()
    other[4]! ^= 1
    const held = new Map([...day.archive, [second!, new Uint8Array(5)], [third!, other]])
    held.delete(first!)
    const { archive } = slowArchive(memoryStore(held))
    expect(notPassed(await verifyDay(day, { archive }))).toEqual([
      `warned sources.there: gone: ${first}`,
      expect.stringMatching(
        new RegExp(`^failed sources\\.unchanged: stale: ${second}: 5 bytes, not \\d+ bytes, ${third}: SHA-256 `),
      ),
    ])
  })

  it('are closed when something else ends the work', async () => {
    const day = smallDay()
    const endless = function* () {
      while (true) yield new Uint8Array(2 ** 16)
    }
    const { archive, seen } = slowArchive(memoryStore(day.archive), (key) => (key.includes('/00.') ? [] : endless()))
    let open = 0
    const ended = verifyDay(day, {
      archive,
      onProgress: ({ phase }) => {
        if (phase !== 'columns' || seen.begun.length === 0) return
        open = seen.open.size
        throw new Error('enough')
      },
    })
    await expect(ended).rejects.toThrow('enough')
    expect(open).toBeGreaterThan(1)
    expect(seen.open.size).toBe(0)
  })
})
