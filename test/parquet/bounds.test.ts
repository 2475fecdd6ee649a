import { describe, expect, test } from 'vitest'
import { encodePlain } from '../../lib/parquet/plain.ts'
import { leavesOf } from '../../lib/parquet/schema.ts'
import { statisticsOf } from '../../lib/parquet/statistics.ts'
import { randomFrom } from '../../lib/random.ts'
import type { LeafValues } from '../../lib/shred/batch.ts'
import type { ScalarKind } from '../../lib/shred/type.ts'

/* More values than are handed to the encoder at once. */

const random = randomFrom(7)
const below = (limit: number) => Math.floor(random() * limit)

function boundsOf(kind: ScalarKind, values: LeafValues) {
  const type = kind === 'int64' ? ({ kind, exact: false } as const) : ({ kind } as const)
  const { min_value, max_value } = statisticsOf(leavesOf([{ key: 'c', name: 'c', type }])[0]!, values, values.count)
  return [min_value, max_value]
}

describe('bounds of many values', () => {
  test.each([0, 40_000, 99_999])('numbers, wherever the extremes are: %d', (place) => {
    const integers = BigInt64Array.from({ length: 100_000 }, () => BigInt(below(1000)))
    const doubles = Float64Array.from(integers, Number)
    for (const [at, value] of [
      [place, -(2n ** 63n)],
      [100_000 - 1 - place, 2n ** 62n + 1n],
    ] as const) {
      integers[at] = value
      doubles[at] = Number(value)
    }
    expect(boundsOf('int64', { physical: 'INT64', count: 100_000, values: integers })).toEqual([
      -(2n ** 63n),
      2n ** 62n + 1n,
    ])
    expect(boundsOf('double', { physical: 'DOUBLE', count: 100_000, values: doubles })).toEqual([-(2 ** 63), 2 ** 62])
  })

  test('byte strings that begin alike, or are the beginning of others', () => {
    const texts = Array.from({ length: 120_000 }, () => Buffer.from('\0ab\x7f'.repeat(12)).subarray(0, below(49)))
    for (const text of texts) if (text.length > 0 && random() < 0.3) text[below(text.length)] = 0xff
    const sorted = texts.toSorted(Buffer.compare)
    const found = boundsOf('string', dictionaryValues(texts))
    expect(found.map((bound) => Buffer.from(bound as Uint8Array))).toEqual([sorted[0], sorted.at(-1)])
    // Without the empty ones the first is longer.
    const some = texts.filter((text) => text.length > 20)
    const [least] = boundsOf('string', dictionaryValues(some))
    expect(Buffer.from(least as Uint8Array)).toEqual(some.toSorted(Buffer.compare)[0])
  })
})

test('PLAIN strings are those that the ids name, from anywhere in the dictionary', () => {
  const texts = Array.from({ length: 5_000 }, (_, i) => Buffer.from(`${i}`.repeat(below(30))))
  const { dictionary } = dictionaryValues(texts)
  const ids = Uint32Array.from({ length: 3_000 }, () => 1_000 + below(3_000))
  const bytes = encodePlain({ physical: 'BYTE_ARRAY', count: ids.length, ids, dictionary }, 500, 2_500)
  const wanted = [...ids.subarray(500, 2_500)].flatMap((id) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(texts[id]!.length)
    return [length, texts[id]!]
  })
  expect(Buffer.from(bytes).equals(Buffer.concat(wanted))).toBe(true)
})

/** Each text once. */
function dictionaryValues(texts: readonly Uint8Array[]) {
  const offsets = new Uint32Array(texts.length + 1)
  for (const [i, text] of texts.entries()) offsets[i + 1] = offsets[i]! + text.length
  const dictionary = { count: texts.length, distinct: false, bytes: Buffer.concat(texts), offsets }
  return { physical: 'BYTE_ARRAY', count: texts.length, ids: Uint32Array.from(texts, (_, i) => i), dictionary } as const
}
