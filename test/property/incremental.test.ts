import fc from 'fast-check'
import { expect, test } from 'vitest'
import { learnSchema } from '../../lib/shred/learn.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import { learntToJson } from '../../lib/shred/schema-json.ts'
import { sameSchema } from '../../lib/shred/type.ts'
import { days, linesOf, WILD_KEYS } from '../generate/json-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

/** A day, and another content for one of its hours: of the same shapes, of other shapes, or of nothing. */
const changes = fc
  .tuple(days({ keys: WILD_KEYS, maxHours: 4 }), days({ keys: WILD_KEYS }))
  .chain(([day, other]) =>
    fc.tuple(
      fc.constant(day),
      fc.nat({ max: day.length - 1 }),
      fc.constantFrom(...day, ...other, [], [...day[0]!, ...other[0]!]),
    ),
  )

test('after one hour changed, parts that are kept and an hour made anew join to the bytes of a first seal', async () => {
  await fc.assert(
    fc.asyncProperty(changes, fc.constantFrom(2 ** 25, 60, 1), async ([day, hour, changed], rowGroupBytes) => {
      const before = day.map(linesOf)
      const after = day.map((rows, i) => linesOf(i === hour ? changed : rows))
      const first = await sealInMemory(before, { rowGroupBytes })
      const base = learntToJson(learnSchema([], first.profile, compileRules({}, undefined)))
      const fresh = await sealInMemory(after, { rowGroupBytes, base })
      const second = await sealInMemory(after, { rowGroupBytes, base, before: { hours: before, sealed: first } })
      expect(second.schema).toEqual(fresh.schema)
      expect(second.bytes?.toString('latin1')).toBe(fresh.bytes?.toString('latin1'))
      if (sameSchema(first.schema, second.schema))
        expect(second.again.filter((name) => Number(name) !== hour)).toEqual([])
    }),
    runs(100),
  )
})
