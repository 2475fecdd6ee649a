import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Ancestor, type Leaf, leavesOf, ROOT } from '../../lib/parquet/schema.ts'
import { rootLevels, siblingLevels } from '../../lib/shred/null-levels.ts'
import { narrowed, rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { shred } from '../parquet/reference-shred.ts'

const levels = (definition: number[], repetition?: number[]) => ({
  entries: definition.length,
  definition: Uint8Array.from(definition),
  repetition: repetition && Uint8Array.from(repetition),
})

function sharedAncestor(a: Leaf, b: Leaf): Ancestor {
  return a.ancestors.findLast(({ id }) => b.ancestors.some((other) => other.id === id)) ?? ROOT
}

describe('siblingLevels', () => {
  test('drops what repeats below the ancestor and clamps the rest', () => {
    // a list of structs {x: list}: null, [], [null, {x: null}], [{x: [1, 2]}, {x: []}]
    const x = levels([0, 1, 2, 3, 5, 5, 4], [0, 0, 0, 1, 0, 2, 1])
    expect(siblingLevels(x, { definition: 3, repetition: 1 })).toEqual(levels([0, 1, 2, 3, 3, 3], [0, 0, 0, 1, 0, 1]))
  })

  test('below the row there is a null per row', () => {
    const x = levels([0, 1, 2, 2], [0, 0, 0, 1])
    expect(siblingLevels(x, ROOT)).toEqual(rootLevels(3))
  })

  test('reads no further than the entries, and leaves its input alone', () => {
    const x = { entries: 2, definition: Uint8Array.of(1, 2, 9), repetition: undefined }
    expect(siblingLevels(x, { definition: 1, repetition: 0 })).toEqual(levels([1, 1]))
    expect(x.definition).toEqual(Uint8Array.of(1, 2, 9))
  })

  test('are the levels that a shredder gives a column which never occurs', () => {
    const late = schemas(3).chain((full) =>
      narrowed(full).chain((early) => rowsOf(early).map((rows) => ({ full, early, rows }))),
    )
    let compared = 0
    fc.assert(
      fc.property(late, ({ full, early, rows }) => {
        const present = leavesOf(early)
        const seen = shred(early, rows).leaves
        const wanted = shred(full, rows).leaves
        for (const [i, leaf] of leavesOf(full).entries()) {
          if (present.some(({ id }) => id === leaf.id)) continue
          const shared = present.map((sibling) => sharedAncestor(leaf, sibling))
          const deepest = Math.max(...shared.map(({ definition }) => definition))
          for (const [s, ancestor] of shared.entries()) {
            if (ancestor.definition < deepest) continue
            const made = siblingLevels(seen[s]!, ancestor)
            expect([...made.definition]).toEqual([...wanted[i]!.definition])
            const zeros = new Uint8Array(made.entries)
            expect([...(made.repetition ?? zeros)]).toEqual([...(wanted[i]!.repetition ?? zeros)])
            compared++
          }
        }
      }),
      { numRuns: 300 },
    )
    expect(compared).toBeGreaterThan(100)
  })
})
