import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { schemaFromJson } from '../../lib/shred/schema-json.ts'
import { sameSchema } from '../../lib/shred/type.ts'
import { type Day, days, linesOf, WILD_KEYS } from '../generate/json-rows.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { asColumns, modelOf } from '../model/model-of-schema.ts'
import { modelSchema } from '../model/schema-model.ts'
import { generationSaid } from '../seal/sealed-data.ts'
import { inDirectories } from './directories.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'

const anyDays = days({ keys: WILD_KEYS, maxHours: 4 })
/** A day, and another version of one of its hours. */
const changedDays = fc
  .tuple(anyDays, anyDays)
  .chain(([day, other]) =>
    fc.tuple(fc.constant(day), fc.nat({ max: day.length - 1 }), fc.constantFrom(...other, [...day[0]!, ...other[0]!])),
  )

function failures(checks: readonly { readonly result: string }[]) {
  return checks.filter(({ result }) => result === 'failed')
}

describe('a sealed day', () => {
  test('holds the rows of its hours, has the same bytes for one worker and two, and passes verification with its sources', async () => {
    await fc.assert(
      fc.asyncProperty(anyDays, (day: Day) =>
        inDirectories(async (directories) => {
          await directories.writeHours(day.map(linesOf))
          const one = await directories.seal('one', { workers: 1 })
          const two = await directories.seal('two', { workers: 2 })
          expect(two.manifest).toEqual({
            ...one.manifest,
            data_key: two.manifest.data_key,
            sources: two.manifest.sources,
          })
          const bytes = await directories.data('one', one.manifest)
          const wanted = modelSchema(day.flat())
          expect(modelOf(schemaFromJson(one.manifest.schema))).toEqual(asColumns(wanted))
          expect(bytes && (await readWithDayseal(bytes))).toEqual(bytes && expectedRows(day.flat(), wanted))
          expect(failures((await directories.verify('one')).checks)).toEqual([])
        }),
      ),
      runs(4),
    )
  })

  test('after one hour changed, has the bytes of a first seal from the same schema', async () => {
    await fc.assert(
      fc.asyncProperty(changedDays, ([day, hour, changed]) =>
        inDirectories(async (directories) => {
          await directories.writeHours(day.map(linesOf))
          const before = await directories.seal('again')
          await directories.copySchema('again', 'fresh')
          const newDay = day.map((rows, i) => (i === hour ? changed : rows))
          fc.pre(linesOf(changed) !== linesOf(day[hour]!))
          await directories.writeHours(newDay.map((rows, i) => (i === hour ? linesOf(rows) : undefined)))
          const after = await directories.seal('again', { allowRemoval: true })
          expect(after.generation).toBe(2)
          expect(after.converted).toContain(String(hour).padStart(2, '0'))
          const [old, now] = [before, after].map(({ manifest }) => schemaFromJson(manifest.schema))
          if (sameSchema(old!, now!)) expect(after.converted).toHaveLength(1)
          const fresh = await directories.seal('fresh')
          expect(after.manifest.schema).toEqual(fresh.manifest.schema)
          const [data, first] = [
            await directories.data('again', after.manifest),
            await directories.data('fresh', fresh.manifest),
          ]
          expect(data && generationSaid(Buffer.from(data), 2, 1)).toEqual(first && Buffer.from(first))
          expect(failures((await directories.verify('again')).checks)).toEqual([])
          const bytes = await directories.data('again', after.manifest)
          const rows = newDay.flat()
          // What the first seal learnt stays learnt, so that the columns are the sealed ones and not always the least.
          expect(bytes && (await readWithDayseal(bytes))).toEqual(bytes && expectedRows(rows, modelOf(now!)))
        }),
      ),
      runs(3),
    )
  })
})
