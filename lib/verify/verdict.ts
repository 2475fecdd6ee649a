/** What the verifier returns: JSON-able, and the same for the same files, rules and seed. */
export interface Verdict {
  readonly date_utc: string
  readonly dataset: string
  /** The generation that was verified; null when the day was never sealed. */
  readonly generation: number | null
  /** The worst result of the checks. */
  readonly result: Result
  readonly checks: readonly Check[]
  readonly facts: Facts
}

export type Result = 'passed' | 'warned' | 'failed'

/** What a check that does not hold means: `error` fails the verdict, `warn` only shows. */
export type Level = 'error' | 'warn'

export type Group =
  | 'presence'
  | 'manifest'
  | 'view'
  | 'quarantine'
  | 'parquet'
  | 'columns'
  | 'rows'
  | 'blocks'
  | 'nulls'
  | 'statistics'
  | 'sources'
  | 'export'

export interface Check {
  /** Stable, for programs: `manifest.row_count`. Rules of the dataset have their path in it: `nulls.meta`. */
  readonly id: string
  readonly group: Group
  readonly title: string
  readonly result: Result
  readonly level: Level
  readonly seen: string
  readonly wanted: string
}

/** Of the sealed day, as far as they could be read. */
export interface Facts {
  readonly row_count: number | null
  /** Leaf columns. */
  readonly columns: number | null
  readonly row_groups: number | null
  readonly parquet_size_bytes: number | null
  readonly hours_found: number | null
  readonly is_partial: boolean | null
  readonly sources: number | null
  readonly lines_read: number | null
  readonly rows_quarantined: number | null
  /** Rows whose values were looked at one by one. */
  readonly rows_sampled: number
}

export interface Finding {
  readonly id: string
  readonly title: string
  readonly holds: boolean
  readonly seen: string
  readonly wanted: string
  /** @default 'error' */
  readonly level?: Level
}

/** The id's first part is the group. */
export function check({ id, title, holds, seen, wanted, level = 'error' }: Finding): Check {
  const result = holds ? 'passed' : level === 'error' ? 'failed' : 'warned'
  return { id, group: id.split('.', 1)[0] as Group, title, result, level, seen, wanted }
}

export function worstOf(checks: readonly Check[]): Result {
  if (checks.some(({ result }) => result === 'failed')) return 'failed'
  return checks.some(({ result }) => result === 'warned') ? 'warned' : 'passed'
}

/** At most a few of many, for `seen`. */
export function some(items: readonly string[], limit = 3): string {
  const shown = items.slice(0, limit).join(', ')
  return items.length > limit ? `${shown} and ${items.length - limit} more` : shown
}

/** `1 row`, `2 rows`. */
export function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
