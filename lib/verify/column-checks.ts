import type { VerifyRules } from '../config.ts'
import type { RootNode } from '../parquet/read-tree.ts'
import { parsePath } from '../path-pattern.ts'
import { nodesAt } from './paths.ts'
import { type Check, check } from './verdict.ts'

/** Columns that must exist, groups of which one must, and columns that must not. `root` is undefined without a data file. */
export function checkColumns(rules: VerifyRules, root: RootNode | undefined): readonly Check[] {
  const exists = (path: string) => root !== undefined && nodesAt(root, parsePath(path)).length > 0
  return [
    ...rules.required.map((path) =>
      check({
        id: `columns.required.${path}`,
        title: `there is a column ${path}`,
        holds: exists(path),
        seen: exists(path) ? path : 'no such column',
        wanted: path,
      }),
    ),
    ...rules.oneOf.map((group) => {
      const found = group.filter(exists)
      return check({
        id: `columns.one_of.${group.join('|')}`,
        title: `there is one of ${group.join(', ')}`,
        holds: found.length > 0,
        seen: found.length > 0 ? found.join(', ') : 'none of them',
        wanted: 'at least one',
      })
    }),
    ...rules.absent.map((path) =>
      check({
        id: `columns.absent.${path}`,
        title: `there is no column ${path}`,
        holds: !exists(path),
        seen: exists(path) ? path : 'no such column',
        wanted: 'no such column',
      }),
    ),
  ]
}
