import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Row } from '../../../lib/export/settings.ts'
import { fieldsOfNode } from '../../../lib/parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../../lib/shred/schema-json.ts'
import { days, linesOf, WILD_KEYS } from '../../generate/json-rows.ts'
import { runs } from '../../property/runs.ts'
import { thrownBy } from '../../thrown.ts'
import { derived, read, sourceOf, withoutRows } from './derived.ts'

const COLUMNLESS = /have no columns/
const lines = days({ keys: WILD_KEYS }).map((day) =>
  linesOf(day.flat())
    .split('\n')
    .filter((line) => line.trim() !== ''),
)

/** The source's rows as text, and its columns; undefined where no line has a column. */
async function plainly(rows: readonly string[]) {
  try {
    const source = sourceOf(rows)
    return { source, columns: fieldsOfNode(source.root) }
  } catch {
    return undefined
  }
}

/** No number that a program could not hold. */
const holdsFinite = (rows: readonly string[]) => rows.every((row) => !/e\+?\d{3}/i.test(row) && !/\d{300}/.test(row))
const hasJson = (type: unknown) => JSON.stringify(type).includes('"json"')

describe('functions that change nothing', () => {
  test('change neither rows nor columns, whatever these are', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (rows, transforms, batchRows) => {
        fc.pre(holdsFinite(rows))
        const plain = await plainly(rows)
        if (plain === undefined) return
        const settings = transforms ? { transform: (row: Row) => row } : { compute: { 'none of these': () => 1 } }
        const result = await derived(plain.source, settings, batchRows)
        const wanted: readonly FieldJson[] = transforms
          ? plain.columns
          : [...plain.columns, { name: 'none of these', type: 'int64' }]
        expect(sorted(result.columns)).toEqual(sorted(wanted))
        expect(result.counts).toEqual({
          read: rows.length,
          kept: rows.length,
          dropped: 0,
          rejected: 0,
          made: rows.length,
          rows: rows.length,
        })
        if (hasJson(plain.columns) || !transforms) return
        // Integers as keys come first in an object: the order of columns is not the source's then.
        const again = await derived(plain.source, { compute: { 'none of these': () => 1 } }, batchRows)
        const ours = again.lines.map((line) => `${line.slice(0, -',"none of these":1}'.length)}}`)
        expect(ours).toEqual((await read(plain.source)).lines)
      }),
      runs(60),
    )
  })
})

function sorted(columns: readonly FieldJson[]): unknown {
  return columns
    .map((column) => ({ ...column, type: sortedType(column.type) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function sortedType(type: TypeJson): unknown {
  if (typeof type === 'string') return type
  if ('list' in type) return { list: sortedType(type.list) }
  if ('map' in type) return { map: sortedType(type.map) }
  return { struct: sorted(type.struct) }
}

/** Values whose JSON text says all: no integer beyond 53 bits, and no well-hidden one. */
const scalars = fc.oneof(
  fc.boolean(),
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('2025-03-14T01:02:03.000004Z', ''),
)
const { values } = fc.letrec((tie) => ({
  values: fc.oneof(
    { depthSize: 'small' },
    scalars,
    fc.array(tie('values'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'é"', ''), tie('values'), { maxKeys: 3 }),
  ),
}))
const objects = fc.dictionary(fc.constantFrom('x', 'y', 'z', '__proto__', 'a.b'), values as fc.Arbitrary<unknown>, {
  maxKeys: 4,
})

describe('what functions make', () => {
  test('has the columns that the same lines would have in a sealed day, and what these leave out', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(objects, { minLength: 1, maxLength: 6 }), async (rows) => {
        const made = rows.map((row) => JSON.stringify(row))
        const source = sourceOf(rows.map((_, n) => `{"n":${n}}`))
        const settings = { transform: ({ n }: Row) => rows[n as number] }
        if (rows.every((row) => Object.keys(row).length === 0)) {
          expect((await thrownBy(() => derived(source, settings))).message).toMatch(COLUMNLESS)
          return
        }
        const result = await derived(source, settings, 2)
        expect(result.lines).toHaveLength(rows.length)
        const plain = await plainly(made)
        expectHeld(plain?.columns ?? [], result.columns)
        const same = JSON.stringify(plain?.columns) === JSON.stringify(result.columns)
        if (same) expect(result.lines).toEqual((await read(plain!.source)).lines)
        expect(new Set(result.columns.map(({ name }) => name))).toEqual(new Set(rows.flatMap(Object.keys)))
      }),
      runs(150),
    )
  })

  test('no rows have the columns of the source', async () => {
    const source = sourceOf(['{"a":{"b":[{"c":1.5}]},"__proto__":"x"}'])
    const { columns, lines: none } = await derived(withoutRows(source), { transform: (row: Row) => row })
    expect(columns).toEqual(fieldsOfNode(source.root))
    expect(none).toEqual([])
  })
})

/** All that sealing keeps is there, in the same type. */
function expectHeld(wanted: readonly FieldJson[], seen: readonly FieldJson[]): void {
  for (const { name, type } of wanted) {
    expectType(type, seen.find((column) => column.name === name)?.type)
  }
}

function expectType(wanted: TypeJson, seen: TypeJson | undefined): void {
  if (typeof wanted === 'string' || typeof seen !== 'object') return expect(seen).toEqual(wanted)
  if ('list' in wanted) return expectType(wanted.list, 'list' in seen ? seen.list : undefined)
  if ('struct' in wanted) return expectHeld(wanted.struct, 'struct' in seen ? seen.struct : [])
  expect(seen).toEqual(wanted)
}
