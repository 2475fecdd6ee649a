import type { VerifyRules } from '../config.ts'
import type { Cell, StructCell } from '../parquet/read-rows.ts'
import type { RootNode } from '../parquet/read-tree.ts'
import { parsePath } from '../path-pattern.ts'
import { readInstant } from './instant.ts'
import { type Found, valuesAt } from './paths.ts'
import { type Check, check, many, some } from './verdict.ts'

/** Looks at sampled rows one by one and keeps what it needs for its check. */
export interface RowRule {
  see(row: number, cells: StructCell): void
  verdict(): Check
}

type Rule = VerifyRules['rules'][number]
type Block = VerifyRules['blocks'][number]

/** Sanity rules of the dataset, and flags that must agree with their block. Memory: a few examples per rule. */
export function rowRules(rules: VerifyRules, root: RootNode): readonly RowRule[] {
  return [
    ...rules.rules.map((rule, index) => valueRule(rule, index, root)),
    ...rules.blocks.flatMap((block) => (block.flag === undefined ? [] : [flagRule(block, block.flag, root)])),
  ]
}

function valueRule(rule: Rule, index: number, root: RootNode): RowRule {
  const path = parsePath(rule.path)
  const wanted = wantedBy(rule)
  return counting(
    { id: `rows.${index + 1}.${rule.path}`, title: `${rule.path} in sampled rows`, level: rule.level, wanted },
    (cells) => valuesAt(root, cells, path).flatMap((found) => problemOf(rule, found) ?? []),
  )
}

function wantedBy({ nonEmpty, timestamp, min, max }: Rule): string {
  const range = min !== undefined || max !== undefined ? [`a number from ${min ?? '−∞'} to ${max ?? '∞'}`] : []
  return [...(nonEmpty ? ['not empty'] : []), ...(timestamp ? ['a timestamp'] : []), ...range].join(', ') || 'anything'
}

/** Null is for `nonEmpty` to judge; the other rules are for values. */
function problemOf(rule: Rule, { kind, cell }: Found): string | undefined {
  if (isEmpty(cell)) {
    if (rule.nonEmpty) return kind === 'missing' ? 'no such column' : cell === null ? 'null' : 'empty'
    if (cell === null) return undefined
  }
  if (rule.timestamp && kind !== 'timestamp' && !isTime(cell)) return show(cell)
  if (rule.min === undefined && rule.max === undefined) return undefined
  const number = typeof cell === 'bigint' || typeof cell === 'number' ? cell : Number.NaN
  const inRange = kind !== 'timestamp' && number >= (rule.min ?? -Infinity) && number <= (rule.max ?? Infinity)
  return inRange ? undefined : show(cell)
}

function isTime(cell: Cell): boolean {
  const text = typeof cell === 'bigint' || typeof cell === 'number' ? String(cell) : cell
  return typeof text === 'string' && readInstant(text, 'auto') !== undefined
}

function isEmpty(cell: Cell): boolean {
  if (cell === null || cell === '') return true
  if (typeof cell !== 'object') return false
  return ('list' in cell && cell.list.length === 0) || ('map' in cell && cell.map.length === 0)
}

function show(cell: Cell): string {
  if (typeof cell === 'object' && cell !== null) return 'list' in cell ? 'a list' : 'map' in cell ? 'a map' : 'a struct'
  const text = typeof cell === 'string' ? JSON.stringify(cell) : String(cell)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

function flagRule(block: Block, flag: string, root: RootNode): RowRule {
  const blockPath = parsePath(block.path)
  const flagPath = parsePath(flag)
  const title = `${flag} says whether ${block.path} is there, in sampled rows`
  const wanted = `true exactly where ${block.path} is there`
  return counting({ id: `blocks.${block.path}.flag.${flag}`, title, level: block.level, wanted }, (cells) => {
    const isThere = valuesAt(root, cells, blockPath).some(({ cell }) => cell !== null)
    const says = valuesAt(root, cells, flagPath).some(({ cell }) => cell === true)
    return isThere === says ? [] : [`${flag} ${says} and ${block.path} ${isThere ? 'there' : 'null'}`]
  })
}

function counting(
  about: { readonly id: string; readonly title: string; readonly level: 'error' | 'warn'; readonly wanted: string },
  problemsOf: (cells: StructCell) => readonly string[],
): RowRule {
  const examples: string[] = []
  let rows = 0
  let bad = 0
  return {
    see(row, cells) {
      rows++
      const problems = problemsOf(cells)
      if (problems.length === 0) return
      bad++
      if (examples.length < 3) examples.push(`row ${row}: ${problems[0]}`)
    },
    verdict() {
      const seen =
        bad === 0 ? `so in ${many(rows, 'row')}` : `not so in ${bad} of ${many(rows, 'row')} (${some(examples)})`
      return check({ ...about, holds: bad === 0, seen })
    },
  }
}
