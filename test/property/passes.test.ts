import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { learnSchema } from '../../lib/shred/learn.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { learntToJson, schemaToJson } from '../../lib/shred/schema-json.ts'
import { type Day, days, linesOf, WILD_KEYS } from '../generate/json-rows.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { modelSchema } from '../model/schema-model.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'
import { partOf, sealInMemory } from './seal-in-memory.ts'

/*
 * Row groups close early or late, hours start from no schema, from part of one or from the whole, and are read once or
 * twice. None of it may be seen in the values.
 */

const smallGroups = fc.constantFrom(300, 60, 1)
const pieces = fc.constantFrom(1, 7, 64, 1000)
const NO_RULES = compileRules({}, undefined)

const someRows = (day: Day) => fc.subarray(day.flat())
const daysAndSomeRows = days({ keys: WILD_KEYS }).chain((day) => fc.tuple(fc.constant(day), someRows(day)))

describe('how a day is converted makes no difference to its values', () => {
  test('row groups of any size, and any base that the same rows may have taught', async () => {
    await fc.assert(
      fc.asyncProperty(daysAndSomeRows, smallGroups, pieces, async ([day, some], rowGroupBytes, pieceBytes) => {
        const lines = day.map(linesOf)
        const whole = await sealInMemory(lines)
        const rows = whole.bytes && (await readWithDayseal(whole.bytes))
        const taught = learnSchema([], (await sealInMemory([linesOf(some)])).profile, NO_RULES)
        for (const base of [[], learntToJson(taught), learntToJson(whole.schema)]) {
          const other = await sealInMemory(lines, { rowGroupBytes, pieceBytes, base })
          expect(modelOf(other.schema)).toEqual(modelOf(whole.schema))
          expect(other.bytes && (await readWithDayseal(other.bytes))).toEqual(rows)
        }
      }),
      runs(60),
    )
  })

  test('the columns keep their order whatever the row groups, and a day on its own schema converts no hour twice', async () => {
    await fc.assert(
      fc.asyncProperty(days({ keys: WILD_KEYS }), smallGroups, async (day, rowGroupBytes) => {
        const lines = day.map(linesOf)
        const { schema } = await sealInMemory(lines)
        expect((await sealInMemory(lines, { rowGroupBytes })).schema).toEqual(schema)
        const settled = await sealInMemory(lines, { rowGroupBytes, base: learntToJson(schema) })
        expect(settled.again).toEqual([])
      }),
      runs(50),
    )
  })

  test('with the same columns a part has the same bytes: learnt on the way, known before, or read twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        days({ keys: WILD_KEYS, maxHours: 1 }),
        fc.constantFrom(2 ** 25, 300, 60, 1),
        async (day, rowGroupBytes) => {
          const lines = linesOf(day[0]!)
          const { parts, schema, profile } = await sealInMemory([lines], { rowGroupBytes })
          const columns = learntToJson(schema)
          expect(await partOf(lines, { rowGroupBytes, base: columns }, null)).toEqual(parts[0])
          expect(await partOf(lines, { rowGroupBytes }, { schema: schemaToJson(schema), profile })).toEqual(parts[0])
        },
      ),
      runs(80),
    )
  })
})

describe("the day's schema", () => {
  const shuffledDays = days({ keys: WILD_KEYS, maxHours: 4 }).chain((day) => {
    const hours = Math.max(1, day.length)
    const rows = fc.shuffledSubarray(day.flat(), { minLength: day.flat().length })
    const dealt = rows.map((all) =>
      Array.from({ length: hours }, (_, hour) => all.filter((_, i) => i % hours === hour)),
    )
    return fc.tuple(fc.constant(day), fc.shuffledSubarray([...day], { minLength: day.length }), dealt)
  })

  test('has the same kinds for any order of the hours, and of the rows among them', async () => {
    await fc.assert(
      fc.asyncProperty(shuffledDays, async ([day, otherOrder, otherHours]) => {
        const { schema } = await sealInMemory(day.map(linesOf))
        expect(modelOf((await sealInMemory(otherOrder.map(linesOf))).schema)).toEqual(modelOf(schema))
        expect(modelOf((await sealInMemory(otherHours.map(linesOf))).schema)).toEqual(modelOf(schema))
      }),
      runs(50),
    )
  })

  test('has its fields, at every depth, in the order of first appearance by hour, then line', async () => {
    const inOrder = (fields: unknown) =>
      JSON.stringify(fields, (_, value) => (value instanceof Map ? [...value] : (value as unknown)))
    await fc.assert(
      fc.asyncProperty(days({ keys: WILD_KEYS, duplicates: false }), smallGroups, async (day, rowGroupBytes) => {
        const { schema } = await sealInMemory(day.map(linesOf), { rowGroupBytes })
        expect(inOrder(modelOf(schema))).toBe(inOrder(modelSchema(day.flat())))
      }),
      runs(80),
    )
  })
})
