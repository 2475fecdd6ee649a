import fc from 'fast-check'
import { expect, test } from 'vitest'
import { droppedColumns } from '../../lib/shred/dropped.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { learntToJson } from '../../lib/shred/schema-json.ts'
import { days, linesOf, WILD_KEYS } from '../generate/json-rows.ts'
import { ruledDays } from '../generate/ruled-days.ts'
import { droppedModel } from '../model/dropped-model.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { rejections } from '../model/reject-model.ts'
import { overridesOf, rulesModel } from '../model/rules-model.ts'
import { type ModelType, modelSchema } from '../model/schema-model.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

const rowGroupSizes = fc.constantFrom(2 ** 25, 300, 60, 1)

function holdsJson(type: ModelType): boolean {
  if (typeof type === 'string') return type === 'json'
  if ('list' in type) return holdsJson(type.list)
  return 'map' in type ? holdsJson(type.map) : [...type.struct.values()].some((field) => holdsJson(field.type))
}

test('overrides for any paths, with * and [], give the columns, the rejects and the dropped paths that they should', async () => {
  await fc.assert(
    fc.asyncProperty(ruledDays(WILD_KEYS), rowGroupSizes, async ({ day, rules }, rowGroupBytes) => {
      const rulesAt = rulesModel(rules)
      const overrides = overridesOf(rules)
      const rows = day.flat().filter((row) => rejections(row, rulesAt).length === 0)
      const wanted = modelSchema(rows, rulesAt)
      // Known: below a path that is json by a clash, a timestamp is checked or not depending on the pass and the base.
      fc.pre(rows.length === day.flat().length || !holdsJson({ struct: wanted }))
      const first = await sealInMemory(day.map(linesOf), { rowGroupBytes, overrides })
      for (const base of [[], learntToJson(first.schema)]) {
        const { schema, profile, bytes } = await sealInMemory(day.map(linesOf), { rowGroupBytes, overrides, base })
        expect(modelOf(schema)).toEqual(wanted)
        expect(bytes && (await readWithDayseal(bytes))).toEqual(bytes && expectedRows(rows, wanted))
        const dropped = droppedColumns(schema, profile, compileRules(overrides, undefined))
        const reasons = dropped.map(({ path, reason }) => [path, reason] as const)
        expect(new Map(reasons)).toEqual(
          new Map([...droppedModel(rows, wanted, rulesAt)].map(([path, { reason }]) => [path, reason])),
        )
      }
    }),
    runs(120),
  )
})

test('what was [] or {} became null only where its path is dropped, and the drop says what was seen', async () => {
  await fc.assert(
    fc.asyncProperty(days({ keys: WILD_KEYS }), rowGroupSizes, async (day, rowGroupBytes) => {
      const { schema, profile } = await sealInMemory(day.map(linesOf), { rowGroupBytes })
      const dropped = droppedColumns(schema, profile, compileRules({}, undefined))
      const seen = dropped.map(({ path, reason, saw }) => [path, { reason, saw: [...saw].sort() }] as const)
      expect(new Map(seen)).toEqual(droppedModel(day.flat(), modelSchema(day.flat())))
    }),
    runs(120),
  )
})
