import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bulkLines } from '../generate/bulk-rows.ts'
import { expectedRows } from '../model/expected-rows.ts'
import { modelLines } from '../model/line-model.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { modelSchema } from '../model/schema-model.ts'
import { readWithDayseal } from './read-rows.ts'
import { runs } from './runs.ts'
import { sealInMemory } from './seal-in-memory.ts'

test('rows by the thousand: strings that hardly repeat, late fields, lines cut off', async () => {
  const options = fc.record({
    seed: fc.nat(),
    lines: fc.constant(5000),
    fresh: fc.constantFrom(0.1, 0.7, 0.8, 0.9, 1),
    broken: fc.constantFrom(0, 0.02),
    late: fc.constantFrom(0, 30),
  })
  await fc.assert(
    fc.asyncProperty(options, fc.constantFrom(2 ** 25, 400_000, 50_000), async (bulk, rowGroupBytes) => {
      const bytes = Buffer.from(bulkLines(bulk).join('\n'))
      const lines = modelLines(bytes, { maxLineBytes: 2 ** 20, maxDepth: 64 })
      const rows = lines.flatMap(({ fate }) => (fate.kind === 'row' ? [fate.row] : []))
      const wanted = modelSchema(rows)
      const sealed = await sealInMemory([bytes], { rowGroupBytes, pieceBytes: 2 ** 16 })
      expect(modelOf(sealed.schema)).toEqual(wanted)
      const seen = await readWithDayseal(sealed.bytes!)
      const expected = expectedRows(rows, wanted)
      expect(seen).toHaveLength(expected.length)
      // By text, because a deep comparison of so many rows takes longer than making them.
      const differing = seen.findIndex((row, i) => JSON.stringify(row) !== JSON.stringify(expected[i]))
      expect(seen[differing]).toEqual(expected[differing])
    }),
    runs(2),
  )
})
