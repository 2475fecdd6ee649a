import fc from 'fast-check'
import { expect, test } from 'vitest'
import { days, linesOf, WILD_KEYS } from '../generate/json-rows.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { modelSchema } from '../model/schema-model.ts'
import { declaredOf, fits } from '../model/strict-model.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

test('strict: the columns are the declared ones, and just the rows that fit them are rows', async () => {
  const cases = days({ keys: WILD_KEYS }).chain((day) => fc.tuple(fc.constant(day), fc.subarray(day.flat())))
  const groups = fc.constantFrom(2 ** 25, 300, 60, 1)
  await fc.assert(
    fc.asyncProperty(cases, groups, async ([day, some], rowGroupBytes) => {
      const columns = modelSchema(some)
      fc.pre(columns.size > 0)
      const rows = day.flat().filter((row) => fits(row, { struct: columns }))
      const sealed = await sealInMemory(day.map(linesOf), { rowGroupBytes, declared: declaredOf(columns) })
      expect(modelOf(sealed.schema)).toEqual(columns)
      expect(sealed.bytes && (await readWithDayseal(sealed.bytes))).toEqual(expectedRows(rows, columns))
      const quarantined = sealed.ledgers.reduce((sum, { sources }) => sum + sources[0]!.rows_quarantined, 0)
      expect(quarantined).toBe(day.flat().length - rows.length)
    }),
    runs(100),
  )
})
