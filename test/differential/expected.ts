import type { FieldJson } from '../../lib/shred/schema-json.ts'
import type { WrittenObject } from '../generate/json-tree.ts'
import { type ModelLine, modelLines } from '../model/line-model.ts'
import { rejections } from '../model/reject-model.ts'
import { overridesOf, type RuleModel, rulesModel } from '../model/rules-model.ts'
import { type ModelFields, modelSchema } from '../model/schema-model.ts'
import { declaredOf, fits } from '../model/strict-model.ts'
import { MAX_DEPTH, PLAIN_SCAN, type ScanOptions } from './scan.ts'

/** An hour to scan. */
export interface Hour {
  readonly bytes: Buffer
  /** As JSON paths have them; not together with `declared`. */
  readonly rules: readonly RuleModel[]
  /** The columns of strict mode. */
  readonly declared: ModelFields | undefined
  readonly limits: Pick<ScanOptions, 'rowGroupBytes' | 'maxLineBytes' | 'pieceBytes'>
}

export const plainHour = (bytes: Buffer): Hour => ({ bytes, rules: [], declared: undefined, limits: PLAIN_SCAN })

export function scanOptionsOf({ rules, declared, limits }: Hour): ScanOptions {
  const columns: FieldJson[] | undefined = declared && declaredOf(declared)
  return { ...limits, overrides: overridesOf(rules), declared: columns }
}

/** What must become of an hour: by JSON.parse, and by the schema rules read top down. None of it is from lib/. */
export interface Expected {
  readonly lines: readonly ModelLine[]
  readonly rows: readonly WrittenObject[]
  readonly rejects: readonly ModelLine[]
  readonly columns: ModelFields
}

export function expectedOf({ bytes, rules, declared, limits }: Hour): Expected {
  const rulesAt = rulesModel(rules)
  const lines = modelLines(bytes, { ...limits, maxDepth: MAX_DEPTH }).map((line) => {
    if (line.fate.kind !== 'row') return line
    const { row } = line.fate
    const unfit = declared !== undefined && !fits(row, { struct: declared })
    const reasons = unfit ? ['schema'] : rejections(row, rulesAt)
    return reasons.length === 0 ? line : { ...line, fate: { kind: 'reject', reasons } as const }
  })
  const rows = lines.flatMap(({ fate }) => (fate.kind === 'row' ? [fate.row] : []))
  const rejects = lines.filter(({ fate }) => fate.kind === 'reject')
  return { lines, rows, rejects, columns: declared ?? modelSchema(rows, rulesAt) }
}
