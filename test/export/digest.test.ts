import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDigest } from '../../lib/export/digest.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { schemaTree } from '../../lib/parquet/read-tree.ts'
import type { LeafColumn } from '../../lib/shred/batch.ts'
import { schemaFromJson, type TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, schemas, shuffled } from '../parquet/arbitrary-rows.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { modelDigest } from './digest-model.ts'

function batchOf(schema: Schema, rows: readonly Row[]): RowBatch {
  return {
    root: schemaTree(schema),
    rows: rows.length,
    leaves: shred(schema, rows).leaves,
    date: undefined,
  }
}

/** `cuts` are where batches begin. */
function digestOf(schema: Schema, rows: readonly Row[], cuts: readonly number[] = []): string {
  const digest = createDigest(schemaTree(schema))
  const ends = [...new Set([...cuts.filter((cut) => cut > 0 && cut < rows.length), rows.length])].sort((a, b) => a - b)
  for (const [i, end] of ends.entries()) {
    const some = rows.slice(i === 0 ? 0 : ends[i - 1], end)
    if (some.length > 0) digest.add(batchOf(schema, some))
  }
  expect(digest.rows).toBe(rows.length)
  return digest.value()
}

const columns = (types: Readonly<Record<string, TypeJson>>): Schema =>
  schemaFromJson(Object.entries(types).map(([name, type]) => ({ name, type })))

const cases = schemas(3).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema)))

describe('the digest', () => {
  test('is what its definition says, however the rows are cut', () => {
    fc.assert(
      fc.property(cases, fc.array(fc.nat({ max: 12 })), ([schema, rows], cuts) => {
        expect(digestOf(schema, rows, cuts)).toBe(modelDigest(schema, rows))
      }),
      { numRuns: 300 },
    )
  })

  test('does not depend on the order of rows, columns and fields', () => {
    const orders = cases.chain(([schema, rows]) =>
      fc.record({
        schema: fc.constant(schema),
        rows: fc.constant(rows),
        otherSchema: shuffled(schema),
        otherRows: fc.shuffledSubarray(rows, { minLength: rows.length }),
      }),
    )
    fc.assert(
      fc.property(orders, ({ schema, rows, otherSchema, otherRows }) => {
        expect(digestOf(otherSchema, otherRows)).toBe(digestOf(schema, rows))
      }),
      { numRuns: 200 },
    )
  })

  test('of some rows is this for ever', () => {
    const schema = columns({
      ...{ b: 'bool', i: 'int64', d: 'double', s: 'string', t: 'timestamp', j: 'json' },
      ...{ l: { list: 'string' }, m: { map: 'int64' }, r: { struct: [{ name: 'x', type: 'double' }] } },
    })
    const rows: Row[] = [
      { b: true, i: -(2n ** 63n), d: -0, s: 'größe', t: 1_741_910_400_000_004n, j: '{"a": 1}' },
      {
        l: ['a', null, ''],
        m: new Map([
          ['k', 1n],
          ['', null],
        ]),
        r: { x: 1.5 },
      },
      {},
    ]
    expect(digestOf(schema, rows)).toBe('1cdd72c282e6916875d33065abd307cb')
    expect(digestOf(schema, [])).toBe('0'.repeat(32))
  })

  test('does not depend on how a dictionary lies', () => {
    const schema = columns({ s: 'string' })
    const plain = batchOf(
      schema,
      ['a', 'b', 'a', 'long enough for two blocks'].map((s) => ({ s })),
    )
    const bytes = Buffer.from('##aunusedlong enough for two blocksbb')
    const dictionary = {
      count: 5,
      distinct: false,
      bytes: bytes.subarray(2),
      offsets: Uint32Array.of(0, 1, 7, 33, 34, 35),
    }
    const leaf: LeafColumn = {
      ...plain.leaves[0]!,
      values: { physical: 'BYTE_ARRAY', count: 4, ids: Uint32Array.of(0, 4, 0, 2, 9), dictionary },
    }
    const digests = [plain, { ...plain, leaves: [leaf] }].map((batch) => {
      const digest = createDigest(batch.root)
      digest.add(batch)
      return digest.value()
    })
    expect(digests[1]).toBe(digests[0])
  })

  test('is the same where values share a dictionary, within a batch and beyond it', () => {
    const schema = columns({ s: 'string', l: { list: 'string' } })
    const row = (i: number): Row => ({ s: i % 3 === 0 ? null : `s${i % 2}`, l: [`l${i % 2}`, 'x'] })
    const rows = Array.from({ length: 20 }, (_, i) => row(i))
    const batch = batchOf(schema, rows)
    const digest = createDigest(batch.root)
    digest.add(batch)
    digest.add(batch)
    expect(digest.rows).toBe(40)
    expect(digest.value()).toBe(modelDigest(schema, [...rows, ...rows]))
  })

  const list: TypeJson = { list: 'int64' }
  const map: TypeJson = { map: 'int64' }
  const same: [string, Record<string, TypeJson>, Row[], Record<string, TypeJson>, Row[]][] = [
    ['a null column and none', { a: 'int64', b: 'string' }, [{ a: 1n, b: null }], { a: 'int64' }, [{ a: 1n }]],
    [
      'a null struct and one of nulls',
      { a: { struct: [{ name: 'x', type: 'int64' }] } },
      [{ a: null }],
      { a: { struct: [{ name: 'x', type: 'int64' }] } },
      [{ a: { x: null } }],
    ],
    [
      'the keys of a map in another order',
      { m: map },
      [
        {
          m: new Map([
            ['a', 1n],
            ['b', 2n],
          ]),
        },
      ],
      { m: map },
      [
        {
          m: new Map([
            ['b', 2n],
            ['a', 1n],
          ]),
        },
      ],
    ],
  ]
  test.each(same)('is the same for %s', (_, types, rows, otherTypes, otherRows) => {
    expect(digestOf(columns(types), rows)).toBe(digestOf(columns(otherTypes), otherRows))
  })

  const different: [string, Record<string, TypeJson>, Row[], Record<string, TypeJson>, Row[]][] = [
    ['1 and "1"', { a: 'int64' }, [{ a: 1n }], { a: 'string' }, [{ a: '1' }]],
    ['1 and 1.0', { a: 'int64' }, [{ a: 1n }], { a: 'double' }, [{ a: 1 }]],
    ['1 and true', { a: 'int64' }, [{ a: 1n }], { a: 'bool' }, [{ a: true }]],
    ['an integer and a moment', { a: 'int64' }, [{ a: 1n }], { a: 'timestamp' }, [{ a: 1n }]],
    ['a string and json of the same text', { a: 'string' }, [{ a: '[]' }], { a: 'json' }, [{ a: '[]' }]],
    ['0 and −0', { a: 'double' }, [{ a: 0 }], { a: 'double' }, [{ a: -0 }]],
    ['json in another spelling', { a: 'json' }, [{ a: '[1]' }], { a: 'json' }, [{ a: '[ 1]' }]],
    ['null and ""', { a: 'string' }, [{ a: null }], { a: 'string' }, [{ a: '' }]],
    ['"a" and "a\\0"', { a: 'string' }, [{ a: 'a' }], { a: 'string' }, [{ a: 'a\0' }]],
    ['null and 0', { a: 'int64' }, [{ a: null }], { a: 'int64' }, [{ a: 0n }]],
    ['null and []', { a: list }, [{ a: null }], { a: list }, [{ a: [] }]],
    ['null and {}', { a: map }, [{ a: null }], { a: map }, [{ a: new Map() }]],
    ['[1, null] and [1]', { a: list }, [{ a: [1n, null] }], { a: list }, [{ a: [1n] }]],
    ['[1, null] and [null, 1]', { a: list }, [{ a: [1n, null] }], { a: list }, [{ a: [null, 1n] }]],
    ['[1, 2] and [2, 1]', { a: list }, [{ a: [1n, 2n] }], { a: list }, [{ a: [2n, 1n] }]],
    ['keys of a null', { a: map }, [{ a: new Map([['x', null]]) }], { a: map }, [{ a: new Map([['y', null]]) }]],
    ['[[1], []] and [[], [1]]', { a: { list } }, [{ a: [[1n], []] }], { a: { list } }, [{ a: [[], [1n]] }]],
    ['[[1, 2]] and [[1], [2]]', { a: { list } }, [{ a: [[1n, 2n]] }], { a: { list } }, [{ a: [[1n], [2n]] }]],
    ['a list and a map', { a: list }, [{ a: [1n] }], { a: map }, [{ a: new Map([['0', 1n]]) }]],
    ['another column', { a: 'int64' }, [{ a: 1n }], { b: 'int64' }, [{ b: 1n }]],
    [
      'a.b and a struct',
      { 'a.b': 'int64' },
      [{ 'a.b': 1n }],
      { a: { struct: [{ name: 'b', type: 'int64' }] } },
      [{ a: { b: 1n } }],
    ],
    [
      'values in each other’s column',
      { a: 'int64', b: 'int64' },
      [{ a: 1n, b: 2n }],
      { a: 'int64', b: 'int64' },
      [{ a: 2n, b: 1n }],
    ],
    [
      'values in each other’s row',
      { a: 'int64', b: 'int64' },
      [
        { a: 1n, b: 1n },
        { a: 2n, b: 2n },
      ],
      { a: 'int64', b: 'int64' },
      [
        { a: 1n, b: 2n },
        { a: 2n, b: 1n },
      ],
    ],
    ['a row that is there twice', { a: 'int64' }, [{ a: 1n }, { a: 1n }], { a: 'int64' }, [{ a: 1n }]],
    ['a row of nothing more', { a: 'int64' }, [{ a: 1n }, {}], { a: 'int64' }, [{ a: 1n }]],
  ]
  test.each(different)('differs for %s', (_, types, rows, otherTypes, otherRows) => {
    expect(digestOf(columns(types), rows)).not.toBe(digestOf(columns(otherTypes), otherRows))
  })

  test('differs in every lane for rows that differ in little', () => {
    const schema = columns({ a: 'int64' })
    const digests = Array.from({ length: 4000 }, (_, i) => digestOf(schema, [{ a: BigInt(i) }]))
    for (const lane of [0, 8, 16, 24]) expect(new Set(digests.map((hex) => hex.slice(lane, lane + 8))).size).toBe(4000)
  })
})
