import { matchPath, type PathStep, parsePath } from '../../path-pattern.ts'
import type { Generation } from '../../seal/history.ts'
import type { Manifest } from '../../seal/manifest.ts'
import type { Schema } from '../../shred/type.ts'
import type { Selection } from '../settings.ts'
import { columnsOf, joinDays } from './dataset-columns.ts'
import { columnsAt, noSuchColumn } from './find-column.ts'

/** A column that a selection names, and the days that have rows and lack it. */
export interface AbsentColumn {
  readonly column: string
  /** `YYYY-MM-DD`. */
  readonly days: readonly string[]
}

interface Day {
  readonly generation: Generation
  readonly schema: Schema
}

/** A column that is chosen, or by which rows are. */
interface Named {
  readonly option: string
  readonly path: string
  /** Rows in which it is null are wanted too. */
  readonly mayBeNull: boolean
}

/**
 * Of the columns that a selection names, those that some of the days lack. One that was there all day and never had a value
 * is not lacking. One that no day has is a mistake: a renamed column, or another name than was meant, would choose nothing, in
 * silence. One that the dataset has on other days may be chosen all the same, and is null, and so it may be wanted as null; days
 * without any column have none to miss.
 * @param known columns that the dataset has on other days
 * @throws DaysealError `usage` for a column that none of the days has
 */
export function absentColumns(
  days: readonly Day[],
  known: Schema,
  selection: Selection,
  { time, watermark }: { readonly time: string | undefined; readonly watermark: string | undefined },
): readonly AbsentColumn[] {
  const roots = days.map(({ generation, schema }) => ({ manifest: generation.manifest, ...columnsOf(schema) }))
  const withRows = roots.filter(({ manifest }) => manifest.row_count > 0)
  const withColumns = roots.some(({ leaves }) => leaves.length > 0)
  const absent = namedBy(selection, time, watermark).flatMap(({ option, path, mayBeNull }): AbsentColumn[] => {
    const steps = parsePath(path)
    const isThere = roots.some(({ root }) => columnsAt(root, path).length > 0)
    const without = withRows.filter(({ root }) => columnsAt(root, path).length === 0)
    const lacking = without.filter(({ manifest }) => !wasNull(manifest, steps))
    const isNowhere = !isThere && withColumns && lacking.length === withRows.length && lacking.length > 0
    const isKnown = columnsAt(columnsOf(known).root, path).length > 0
    if (isNowhere && !(mayBeNull && isKnown)) {
      const { root } = joinDays(days.map(({ schema }) => schema))
      throw noSuchColumn(root, path, option, whereItIs(roots, path, isKnown))
    }
    if (isThere && lacking.length === 0) return []
    return [{ column: path, days: lacking.map(({ manifest }) => manifest.date_utc) }]
  })
  return [...new Map(absent.map((one) => [one.column, one])).values()]
}

/** What may have become of a column that no day has. */
function whereItIs(
  days: readonly { readonly manifest: Manifest }[],
  path: string,
  isKnown: boolean,
): string | undefined {
  const renamed = days.flatMap(({ manifest }) => manifest.schema).find(({ key }) => key !== undefined && key === path)
  if (renamed !== undefined) return `it is called ${renamed.name} on these days`
  return isKnown ? 'other days of the dataset have it: was it renamed?' : undefined
}

function namedBy(
  { columns = [], rename, where }: Selection,
  time: string | undefined,
  watermark: string | undefined,
): readonly Named[] {
  const named = (option: string, path: string | undefined): Named[] =>
    path === undefined ? [] : [{ option, path, mayBeNull: false }]
  return [
    ...columns.map((path) => ({ option: 'columns', path, mayBeNull: true })),
    ...Object.keys(rename).map((path) => ({ option: 'rename', path, mayBeNull: true })),
    ...Object.entries(where).map(([path, wanted]) => ({
      option: 'where',
      path,
      mayBeNull: [wanted].flat().includes(null),
    })),
    ...named('time', time),
    ...named('watermark', watermark),
  ]
}

/** Whether the path, or one around it, was there that day, and never with a value. */
function wasNull({ dropped_columns }: Manifest, steps: readonly PathStep[]): boolean {
  return dropped_columns.some(({ path, reason }) => {
    const dropped = parsePath(path)
    return reason === 'empty' && dropped.length <= steps.length && matchPath(dropped, steps.slice(0, dropped.length))
  })
}
