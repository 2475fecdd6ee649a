import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Duck, openDuck } from '../duckdb/compare.ts'
import { daysOfDataKeys } from '../generate/data-keys.ts'
import { type Day, days, linesOf, TAME_KEYS, WILD_KEYS } from '../generate/json-rows.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { type ModelFields, modelSchema } from '../model/schema-model.ts'
import { readWithDayseal, readWithHyparquet } from './read-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

const rowGroupSizes = fc.constantFrom(2 ** 25, 300, 60, 1)

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

/** Seals the day and looks at its schema; undefined when it has no columns. */
async function sealed(day: Day, rowGroupBytes: number): Promise<{ bytes: Buffer; schema: ModelFields } | undefined> {
  const { schema, bytes } = await sealInMemory(day.map(linesOf), { rowGroupBytes })
  expect(modelOf(schema)).toEqual(modelSchema(day.flat()))
  return bytes && { bytes, schema: modelOf(schema) }
}

describe('any rows of any hours, sealed and read back, equal the input', () => {
  test('with any keys, by the reader that verify uses', async () => {
    await fc.assert(
      fc.asyncProperty(days({ keys: WILD_KEYS }), rowGroupSizes, async (day, rowGroupBytes) => {
        const file = await sealed(day, rowGroupBytes)
        if (file === undefined) return
        expect(await readWithDayseal(file.bytes)).toEqual(expectedRows(day.flat(), file.schema))
      }),
      runs(200),
    )
  })

  test('by hyparquet', async () => {
    await fc.assert(
      fc.asyncProperty(days({ keys: TAME_KEYS }), rowGroupSizes, async (day, rowGroupBytes) => {
        const file = await sealed(day, rowGroupBytes)
        if (file === undefined) return
        expect(await readWithHyparquet(file.bytes, file.schema)).toEqual(expectedRows(day.flat(), file.schema))
      }),
      runs(120),
    )
  })

  test('by DuckDB, as multisets, both ways, with explicit types', async () => {
    await fc.assert(
      fc.asyncProperty(days({ keys: TAME_KEYS }), rowGroupSizes, async (day, rowGroupBytes) => {
        const file = await sealed(day, rowGroupBytes)
        if (file === undefined) return
        const { types, extra, missing } = await duck.compare(file.bytes, file.schema, day.flat())
        expect(types.seen).toEqual(types.wanted)
        expect({ extra, missing }).toEqual({ extra: 0, missing: 0 })
      }),
      runs(60),
    )
  })

  test('with objects whose keys are data, by all three', async () => {
    await fc.assert(
      fc.asyncProperty(daysOfDataKeys(['a', 'b', 'c']), rowGroupSizes, async (day, rowGroupBytes) => {
        const file = await sealed(day, rowGroupBytes)
        if (file === undefined) return
        const rows = expectedRows(day.flat(), file.schema)
        expect(await readWithDayseal(file.bytes)).toEqual(rows)
        expect(await readWithHyparquet(file.bytes, file.schema)).toEqual(rows)
        const { extra, missing } = await duck.compare(file.bytes, file.schema, day.flat())
        expect({ extra, missing }).toEqual({ extra: 0, missing: 0 })
      }),
      runs(10),
    )
  })
})
