import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ByteDictionary } from '../../lib/shred/batch.ts'
import { ByteDictionaryBuilder, compactDictionary } from '../../lib/shred/byte-dictionary.ts'
import { type ByteView, byteView } from '../../lib/shred/byte-view.ts'

interface Placed {
  readonly source: ByteView
  readonly start: number
  readonly end: number
}

/** The bytes at `offset` of a buffer that lies in a larger one, with noise around. */
function place(bytes: Uint8Array, offset: number): Placed {
  const around = Buffer.alloc(bytes.length + offset + 9, 0x41 + offset)
  around.set(bytes, offset + 1)
  return { source: byteView(around.subarray(1)), start: offset, end: offset + bytes.length }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const entriesOf = ({ bytes, offsets, count }: ByteDictionary) =>
  Array.from({ length: count }, (_, i) => hex(bytes.subarray(offsets[i]!, offsets[i + 1]!)))

/** Two byte values, so that equal ones and ones that differ in one byte are common. */
const bytes = fc.uint8Array({ min: 0, max: 1, maxLength: 20 })
const step = fc.record({
  act: fc.constantFrom('add', 'add', 'add', 'find', 'truncate'),
  bytes,
  offset: fc.nat(7),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
})

test('adds, finds and forgets as a Map does, whatever its first size', () => {
  fc.assert(
    fc.property(fc.constantFrom(1, 2, 16), fc.array(step, { maxLength: 120 }), (size, steps) => {
      const dictionary = new ByteDictionaryBuilder(size)
      const model = new Map<string, number>()
      for (const { act, bytes: added, offset, share } of steps) {
        const { source, start, end } = place(added, offset)
        const key = hex(added)
        if (act === 'truncate') {
          const kept = Math.floor(share * (model.size + 1))
          for (const [entry, id] of model) if (id >= kept) model.delete(entry)
          dictionary.truncate(kept)
        } else if (act === 'find') {
          expect(dictionary.find(source, start, end)).toBe(model.get(key) ?? -1)
        } else {
          if (!model.has(key)) model.set(key, model.size)
          expect(dictionary.add(source, start, end)).toBe(model.get(key))
        }
        expect(entriesOf(dictionary.view())).toEqual([...model.keys()])
      }
    }),
    { numRuns: 150 },
  )
})

test('every length from 0 to 20 is found at every offset, and tells each of its bytes apart', () => {
  const dictionary = new ByteDictionaryBuilder()
  const all = Array.from({ length: 21 }, (_, length) => Uint8Array.from({ length }, (_, i) => 200 + i))
  for (const [id, entry] of all.entries()) {
    const { source, start, end } = place(entry, id % 5)
    expect(dictionary.add(source, start, end)).toBe(id)
  }
  for (const [id, entry] of all.entries()) {
    for (let offset = 0; offset < 9; offset++) {
      const { source, start, end } = place(entry, offset)
      expect(dictionary.find(source, start, end)).toBe(id)
      for (let at = 0; at < entry.length; at++) {
        const other = place(entry.with(at, 1), offset)
        expect(dictionary.find(other.source, other.start, other.end)).toBe(-1)
      }
    }
  }
})

test('grows to thousands of entries, long ones too', () => {
  const dictionary = new ByteDictionaryBuilder(1)
  const texts = Array.from({ length: 5000 }, (_, i) => `${i}${'x'.repeat(i % 97 === 0 ? 300 : 0)}`)
  for (const round of [1, 2]) {
    for (const [id, text] of texts.entries()) {
      const { source, start, end } = place(Buffer.from(text), round)
      expect(dictionary.add(source, start, end)).toBe(id)
    }
  }
  expect(entriesOf(dictionary.view())).toEqual(texts.map((text) => hex(Buffer.from(text))))
})

describe('compactDictionary', () => {
  function dictionaryOf(texts: readonly string[]): ByteDictionary {
    const builder = new ByteDictionaryBuilder()
    for (const text of texts) {
      const { source, start, end } = place(Buffer.from(text), 1)
      builder.add(source, start, end)
    }
    return builder.view()
  }

  test('keeps every value and only entries in use, in order of first use', () => {
    const texts = fc.uniqueArray(fc.string({ maxLength: 6 }), { minLength: 1, maxLength: 12 })
    const uses = texts.chain((all) => fc.tuple(fc.constant(all), fc.array(fc.nat(all.length - 1), { maxLength: 20 })))
    fc.assert(
      fc.property(uses, ([all, used]) => {
        // Longer than its count: what lies behind is no use.
        const ids = Uint32Array.from([...used, 0, 0])
        const compact = compactDictionary(dictionaryOf(all), ids, used.length)
        const values = used.map((id) => hex(Buffer.from(all[id]!)))
        const entries = entriesOf(compact.dictionary)
        expect(entries).toEqual([...new Set(values)])
        expect(used.map((_, i) => entries[compact.ids[i]!])).toEqual(values)
      }),
      { numRuns: 200 },
    )
  })

  test('gives back its arguments when there is nothing to do', () => {
    const dictionary = dictionaryOf(['a', 'b'])
    const ids = Uint32Array.of(0, 1, 0)
    const compact = compactDictionary(dictionary, ids, 3)
    expect(compact.dictionary).toBe(dictionary)
    expect(compact.ids).toBe(ids)
  })
})

test('two entries of one hash stay two', () => {
  const first = (word: number) => Math.imul((8 << 5) ^ word, 0x9e3779b1)
  const turned = (hash: number) => (hash << 5) ^ (hash >>> 27)
  const dictionary = new ByteDictionaryBuilder()
  const entries = [1, 2, 3].map((word) => {
    // The second word undoes what the first made of the hash: one step of it is `imul(turned(hash) ^ word, …)`.
    const entry = Buffer.alloc(8)
    entry.writeInt32LE(word)
    entry.writeInt32LE(turned(first(word)), 4)
    return place(entry, word)
  })
  const ids = () => entries.map(({ source, start, end }) => dictionary.add(source, start, end))
  expect(ids()).toEqual([0, 1, 2])
  expect(ids()).toEqual([0, 1, 2])
})
