import { isUtf8 } from 'node:buffer'
import { type RootNode, schemaTree } from '../../parquet/read-tree.ts'
import { compileRules } from '../../shred/rules.ts'
import { type FieldJson, schemaFromJson, type TypeJson } from '../../shred/schema-json.ts'
import { Shredder } from '../../shred/shredder.ts'
import type { RowBatch } from '../row-batch.ts'
import { countWrong, type ExtraMember } from './extra-members.ts'
import type { Findings } from './findings.ts'
import type { RowTexts } from './row-texts.ts'

/** Deeper and wider than any dataset may be. */
const LIMITS = { maxDepth: 128, maxPaths: 1_000_000, rowGroupBytes: 2 ** 22 }

/** The columns by the names that they have in the export, whatever their keys were. */
export function ownNames(columns: readonly FieldJson[]): FieldJson[] {
  return columns.map(({ name, type }) => ({ name, type: ownNamesIn(type) }))
}

function ownNamesIn(type: TypeJson): TypeJson {
  if (typeof type === 'string') return type
  if ('list' in type) return { list: ownNamesIn(type.list) }
  if ('map' in type) return { map: ownNamesIn(type.map) }
  return { struct: ownNames(type.struct) }
}

export function rootOf(columns: readonly FieldJson[]): RootNode {
  return schemaTree(schemaFromJson(columns))
}

/**
 * JSON texts → columns, as convert does it in strict mode. Texts that are no rows of these columns are findings, and so are
 * extra members that are not what they should be. A batch is valid until the next one.
 */
export async function* shredRows(
  texts: AsyncIterable<RowTexts>,
  columns: readonly FieldJson[],
  findings: Findings,
  extras: readonly ExtraMember[] = [],
): AsyncGenerator<RowBatch> {
  const schema = schemaFromJson([...extras.map(({ name, type }) => ({ name, type })), ...columns])
  const root = rootOf(columns)
  const shredder = new Shredder({ rules: compileRules({}, schema), base: schema, fixed: false, limits: LIMITS })
  const take = (): RowBatch[] => {
    const group = shredder.rowGroup()
    if (group === undefined) return []
    const leaves = group.leaves.slice(extras.length)
    for (const [i, extra] of extras.entries()) {
      const wrong = countWrong(extra, group.leaves[i]!, leaves)
      if (wrong > 0) findings.add(`${wrong} of ${group.rows} rows have another ${extra.name} than they should`)
    }
    return [{ root, rows: group.rows, leaves, date: undefined }]
  }
  let row = 0
  try {
    for await (const { bytes, bounds } of texts) {
      for (let i = 0; i < bounds.length; i += 2) {
        const problem = problemOf(shredder, bytes, bounds[i]!, bounds[i + 1]!)
        row++
        if (problem !== undefined) findings.add(`row ${row}: ${problem}`)
        if (!shredder.rowGroupFull) continue
        yield* take()
        shredder.clearRowGroup()
      }
    }
    yield* take()
  } finally {
    shredder.free()
  }
}

function problemOf(shredder: Shredder, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (!isUtf8(bytes.subarray(start, end))) return 'bytes that are not UTF-8'
  const reject = shredder.line(bytes, start, end)
  return reject === undefined ? undefined : `${reject.reason}: ${reject.detail}`
}
