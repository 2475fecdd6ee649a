import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDigest } from '../../lib/export/digest.ts'
import { lastOfKeys } from '../../lib/export/merge.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { columnCutter } from '../../lib/export/rows/cut-rows.ts'
import { leavesOfTree } from '../../lib/parquet/read-tree.ts'
import { batchOf } from './batch-of.ts'

/** The rows as batches that end at the cuts. */
function cut(whole: RowBatch, cuts: readonly number[]) {
  const edges = [...new Set([...cuts.filter((at) => at < whole.rows), whole.rows])].sort((a, b) => a - b)
  const leaves = leavesOfTree(whole.root)
  const cutters = whole.leaves.map((column, i) => columnCutter(column, leaves[i]!.maxDefinition, undefined))
  let start = 0
  const batches = edges.flatMap((end): RowBatch[] => {
    if (end === start) return []
    const range = { start, end, selected: end - start }
    start = end
    return [{ ...whole, rows: range.selected, leaves: cutters.map((cutter) => cutter(range)) }]
  })
  return {
    root: whole.root,
    async *batches() {
      yield* batches
    },
  }
}

describe('the last of equal keys', () => {
  it('is what a map by key keeps, for any batches and any number of passes', async () => {
    const row = fc.record({
      key: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constant(null)),
      other: fc.constantFrom('x', 'y'),
      list: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 3 }),
    })
    const rows = fc.array(row, { minLength: 1, maxLength: 80 })
    const cuts = fc.array(fc.nat(80))
    await fc.assert(
      fc.asyncProperty(rows, cuts, cuts, fc.integer({ min: 1, max: 40 }), async (all, rowCuts, keyCuts, atOnce) => {
        const numbered = all.map((one, n) => ({ ...one, n }))
        const { batch: whole } = batchOf(numbered.map((one) => JSON.stringify(one)))
        const isKey = (name: string) => name === 'key' || name === 'other'
        const keys = { ...whole.root, fields: whole.root.fields.filter(({ name }) => isKey(name)) }
        const last = new Map(numbered.map((one) => [`${one.key} ${one.other}`, one.n]))
        const wanted = [...last.values()].sort((a, b) => a - b)

        const kept: bigint[] = []
        const digest = createDigest(whole.root)
        const keyRows = { ...cut(whole, keyCuts), root: keys }
        for await (const batch of lastOfKeys(cut(whole, rowCuts), keyRows, all.length, atOnce)) {
          digest.add(batch)
          const { values } = batch.leaves.at(-1)!
          if (values.physical === 'INT64') kept.push(...values.values.subarray(0, values.count))
        }
        expect(kept.map(Number)).toEqual(wanted)
        const expected = createDigest(whole.root)
        const mask = Uint8Array.from(numbered, ({ n }) => (wanted.includes(n) ? 1 : 0))
        const leaves = leavesOfTree(whole.root)
        const range = { start: 0, end: whole.rows, selected: wanted.length }
        const columns = whole.leaves.map((column, i) => columnCutter(column, leaves[i]!.maxDefinition, mask)(range))
        expected.add({ ...whole, rows: wanted.length, leaves: columns })
        expect(digest.value()).toBe(expected.value())
      }),
      { numRuns: 300 },
    )
  })
})
