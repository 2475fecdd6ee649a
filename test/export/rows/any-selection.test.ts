import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { joinTypes, NULL, type Schema, type Type } from '../../../lib/shred/type.ts'
import { narrowed, rowsOf, schemas, shuffled } from '../../parquet/arbitrary-rows.ts'
import type { Row, Value } from '../../parquet/reference-shred.ts'
import { runs } from '../../property/runs.ts'
import { open, rowsOfSource } from './read-source.ts'
import { asType, keepPaths, leafPaths, textOfPath, valuesAt, withExact } from './rows-model.ts'
import { type WrittenDay, writeDay } from './written-days.ts'

interface RandomDay {
  readonly schema: Schema
  readonly groups: readonly (readonly Row[])[]
}

const MICROS_OF_TEXT = { min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }

function dayOf(schema: Schema): fc.Arbitrary<RandomDay> {
  const rows = rowsOf(schema, 6).map((some) =>
    some.map((row) => withoutJsonNulls(row, { kind: 'struct', fields: schema }) as Row),
  )
  return fc.array(rows, { maxLength: 3 }).map((groups) => ({ schema, groups }))
}

/** In a sealed day a null of JSON is a null of the column, never the text. */
function withoutJsonNulls(value: Value, type: Type): Value {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => [field.name, withoutJsonNulls((value as Row)[field.name], field.type)]),
      )
    case 'list':
      return (value as Value[]).map((item) => withoutJsonNulls(item, type.element))
    case 'map':
      return new Map([...(value as Map<string, Value>)].map(([key, item]) => [key, withoutJsonNulls(item, type.value)]))
    default:
      return type.kind === 'json' && value === 'null' ? null : value
  }
}

/** Days whose columns are some of one schema's, in any order. */
const similarDays = schemas(2).chain((schema) =>
  fc.array(narrowed(schema).chain(shuffled).chain(dayOf), { minLength: 1, maxLength: 3 }),
)
/** Days that have the same names for different things. */
const differentDays = fc.array(schemas(2).chain(dayOf), { minLength: 2, maxLength: 3 })

async function write(days: readonly RandomDay[]): Promise<readonly WrittenDay[]> {
  const written: WrittenDay[] = []
  for (const [i, { schema, groups }] of days.entries())
    written.push(
      await writeDay(
        `2025-03-1${i}`,
        schema,
        groups.filter((rows) => rows.length > 0),
      ),
    )
  return written
}

function rootType({ schema, groups }: RandomDay): Type {
  return withExact({ kind: 'struct', fields: schema }, groups.flat())
}

function joined(days: readonly RandomDay[]): Extract<Type, { kind: 'struct' }> {
  const type = days.map(rootType).reduce(joinTypes, NULL)
  if (type.kind !== 'struct') throw new Error('days without columns')
  return type
}

function expectedRows(days: readonly RandomDay[], type: Type): readonly unknown[] {
  return days.flatMap((day) => day.groups.flat().map((row) => asType(row as Value, rootType(day), type)))
}

function shapeOf(type: Type): unknown {
  if (type.kind === 'struct') return type.fields.map((field) => [field.key, field.name, shapeOf(field.type)])
  if (type.kind === 'list') return [shapeOf(type.element)]
  return type.kind === 'map' ? { map: shapeOf(type.value) } : type.kind
}

const isText = (value: unknown) =>
  typeof value !== 'bigint' || (value >= MICROS_OF_TEXT.min && value <= MICROS_OF_TEXT.max)

describe('any days', () => {
  test('with some columns of one schema each give all columns, with nulls where a day lacks one', async () => {
    await fc.assert(
      fc.asyncProperty(similarDays, fc.integer({ min: 1, max: 5 }), async (days, batchRows) => {
        const type = joined(days)
        const source = await open(await write(days), {}, { batchRows })
        expect(shapeOf({ kind: 'struct', fields: source.schema })).toEqual(shapeOf(type))
        expect(await rowsOfSource(source, batchRows)).toEqual(expectedRows(days, type))
      }),
      runs(40),
    )
  })

  test('that differ in kinds give what their kinds join to', async () => {
    await fc.assert(
      fc.asyncProperty(differentDays, fc.integer({ min: 1, max: 5 }), async (days, batchRows) => {
        const type = joined(days)
        const source = await open(await write(days), {}, { batchRows })
        expect(shapeOf({ kind: 'struct', fields: source.schema })).toEqual(shapeOf(type))
        expect(await rowsOfSource(source, batchRows)).toEqual(expectedRows(days, type))
      }),
      runs(40),
    )
  })

  test('give the columns that are chosen, whatever the kinds', async () => {
    const choice = fc.oneof(similarDays, differentDays).chain((days) => {
      const paths = leafPaths(joined(days).fields)
      return fc.tuple(fc.constant(days), fc.shuffledSubarray([...paths], { minLength: 1 }), fc.boolean())
    })
    await fc.assert(
      fc.asyncProperty(choice, async ([days, paths, exclude]) => {
        const type = joined(days)
        const texts = paths.map(textOfPath)
        const others = leafPaths(type.fields).filter((path) => !texts.includes(textOfPath(path)))
        fc.pre(!exclude || others.length > 0)
        const kept = keepPaths(type, exclude ? others : paths)!
        const source = await open(await write(days), exclude ? { exclude: texts } : { columns: texts }, {
          batchRows: 3,
        })
        const rows = await rowsOfSource(source, 3)
        expect(rows).toEqual(expectedRows(days, type).map((row) => asKept(row, kept)))
        if (!exclude) {
          const order = [...new Set(paths.map(([first]) => (typeof first === 'object' ? first.name : '')))]
          expect(source.schema.map(({ name }) => name)).toEqual(order)
        }
      }),
      runs(40),
    )
  })

  test('give the rows that conditions select, and no more than the limit', async () => {
    const choice = fc.oneof(similarDays, differentDays).chain((days) => {
      const paths = leafPaths(joined(days).fields)
      return fc.record({
        days: fc.constant(days),
        paths: fc.shuffledSubarray([...paths], { minLength: 1, maxLength: Math.min(2, paths.length) }),
        picks: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        batchRows: fc.integer({ min: 1, max: 4 }),
      })
    })
    await fc.assert(
      fc.asyncProperty(choice, async ({ days, paths, picks, limit, batchRows }) => {
        const type = joined(days)
        const all = expectedRows(days, type)
        const conditions = paths.flatMap((path) => {
          const present = all.flatMap((row) => valuesAt(row, path)).filter(isText)
          const wanted = present.length === 0 ? [null] : picks.map((pick) => present[pick % present.length])
          return [{ path, wanted }]
        })
        const where = Object.fromEntries(
          conditions.map(({ path, wanted }) => [textOfPath(path), wanted.map((value) => asWritten(value, type, path))]),
        )
        const selected = all.filter((row) =>
          conditions.every(({ path, wanted }) =>
            valuesAt(row, path).some((value) => wanted.some((one) => same(one, value))),
          ),
        )
        const source = await open(await write(days), { where, ...(limit && { limit }) }, { batchRows })
        expect(await rowsOfSource(source, batchRows)).toEqual(selected.slice(0, limit))
        expect(source.counts().rowsSelected).toBe(Math.min(selected.length, limit ?? selected.length))
      }),
      runs(60),
    )
  })
})

/** Equal as conditions have it: 0 and -0 are. */
function same(a: unknown, b: unknown): boolean {
  return a === b
}

/** A value as a condition is written: a timestamp is a text. */
function asWritten(value: unknown, type: Type, path: Parameters<typeof textOfPath>[0]): unknown {
  const leaf = path.reduce<Type>((at, step) => {
    if (at.kind === 'list') return at.element
    if (at.kind === 'map') return at.value
    if (at.kind === 'struct' && typeof step === 'object') return at.fields.find(({ name }) => name === step.name)!.type
    throw new Error('no such path')
  }, type)
  return leaf.kind === 'timestamp' && typeof value === 'bigint' ? asType(value, leaf, { kind: 'string' }) : value
}

/** A row with only the columns of `type`. */
function asKept(value: unknown, type: Type): unknown {
  if (value === null) return null
  if (type.kind === 'struct') {
    return Object.fromEntries(
      type.fields.map((field) => [field.name, asKept((value as Record<string, unknown>)[field.name], field.type)]),
    )
  }
  if (type.kind === 'list') return (value as unknown[]).map((item) => asKept(item, type.element))
  if (type.kind === 'map') {
    return new Map([...(value as Map<string, unknown>)].map(([key, item]) => [key, asKept(item, type.value)]))
  }
  return value
}
