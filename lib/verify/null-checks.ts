import type { VerifyRules } from '../config.ts'
import type { Footer } from '../parquet/read.ts'
import type { ColumnNode } from '../parquet/read-tree.ts'
import { formatPath, parsePath } from '../path-pattern.ts'
import { nullsInside, nullsOf } from './levels.ts'
import { nodesAt } from './paths.ts'
import type { ScanFacts } from './scan.ts'
import { type Check, check, many, some } from './verdict.ts'

/** Null shares, from the levels of every row. A column that does not exist is null everywhere. */
export function checkNulls(rules: VerifyRules, footer: Footer, facts: ScanFacts): readonly Check[] {
  const bounds = Object.entries(rules.nulls).map(([path, limit]) => {
    const shares = nodesAt(footer.root, parsePath(path)).map((node) => shareOf(countNulls(node, footer, facts)))
    const share = shares.length === 0 ? 1 : Math.max(...shares)
    return check({
      id: `nulls.${path}`,
      title: `nulls in ${path}`,
      holds: share <= limit || footer.rows === 0,
      seen: shares.length === 0 ? 'no such column' : `a share of ${rounded(share)}`,
      wanted: `at most ${limit}`,
    })
  })
  return [...bounds, checkAllNull(rules, footer, facts)]
}

function checkAllNull(rules: VerifyRules, footer: Footer, facts: ScanFacts): Check {
  const empty = footer.leaves.filter((leaf, i) => {
    const { levels } = facts.leaves[i]!
    const values = levels.filter((_, at) => at % (leaf.maxDefinition + 1) === leaf.maxDefinition)
    return levels.some((count) => count > 0) && values.every((count) => count === 0)
  })
  return check({
    id: 'nulls.all',
    title: 'no column is null in every row',
    level: rules.allNull === 'error' ? 'error' : 'warn',
    holds: empty.length === 0,
    seen:
      empty.length === 0
        ? 'none'
        : some(
            empty.map(({ steps }) => formatPath(steps)),
            10,
          ),
    wanted: 'a value in every column',
  })
}

/** A block's share of its places, fields that must be there with it, and a flag that must agree, in that order. */
export function checkBlocks(rules: VerifyRules, footer: Footer, facts: ScanFacts): readonly Check[] {
  return rules.blocks.flatMap((block) => {
    const blocks = nodesAt(footer.root, parsePath(block.path))
    const counts = blocks.map((node) => countNulls(node, footer, facts))
    const places = counts.reduce((sum, count) => sum + count.places, 0)
    const present = counts.reduce((sum, count) => sum + count.places - count.nulls, 0)
    const share = places === 0 ? 0 : present / places
    const { minShare = 0, maxShare = 1, level } = block
    const shareCheck = check({
      id: `blocks.${block.path}.share`,
      title: `the share of rows with ${block.path}`,
      level,
      holds: (share >= minShare && share <= maxShare) || footer.rows === 0,
      seen: `${present} of ${many(places, 'row')}: ${rounded(share)}`,
      wanted: `${minShare} to ${maxShare}`,
    })
    const required = block.required.map((path) => {
      const missing = blocks.map((outer) => missingInside(outer, path, footer, facts)).reduce((a, b) => a + b, 0)
      return check({
        id: `blocks.${block.path}.required.${path}`,
        title: `${path} is there with ${block.path}`,
        level,
        holds: missing === 0,
        seen: missing === 0 ? `never null in ${present}` : `null ${many(missing, 'time')} in ${present}`,
        wanted: `a value wherever ${block.path} is there`,
      })
    })
    const asked = block.minShare !== undefined || block.maxShare !== undefined
    return asked ? [shareCheck, ...required] : required
  })
}

function missingInside(outer: ColumnNode, path: string, footer: Footer, facts: ScanFacts): number {
  const inner = nodesAt(outer, parsePath(path))
  const { places, nulls } = countNulls(outer, footer, facts)
  if (inner.length === 0) return places - nulls
  return inner.reduce((sum, node) => {
    return sum + nullsInside(node, outer, footer.leaves[node.firstLeaf]!, facts.leaves[node.firstLeaf]!.levels)
  }, 0)
}

function countNulls(node: ColumnNode, footer: Footer, facts: ScanFacts) {
  return nullsOf(node, footer.leaves[node.firstLeaf]!, facts.leaves[node.firstLeaf]!.levels)
}

function shareOf({ places, nulls }: { readonly places: number; readonly nulls: number }): number {
  return places === 0 ? 0 : nulls / places
}

/** Enough digits to tell 0 from one in a million. */
function rounded(share: number): string {
  return String(Number(share.toPrecision(6)))
}
