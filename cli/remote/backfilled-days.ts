import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { DayRecord } from '../../lib/catalog/day-record.ts'
import type { DaysealError } from '../../lib/errors.ts'
import type { ExecutionEnd } from './execution.ts'
import { remoteFailure } from './remote-failure.ts'

export type BackfilledDay =
  | { readonly kind: 'sealed'; readonly date: string; readonly day: DayRecord }
  | { readonly kind: 'incomplete'; readonly date: string; readonly note: string }
  | { readonly kind: 'failed'; readonly date: string; readonly error: DaysealError }

export interface Backfilled {
  readonly dataset: string
  /** In order, without a gap. */
  readonly dates: readonly string[]
  /** The present UTC day. */
  readonly today: string
}

/**
 * What came of each day of a Backfill, as the catalog knows it: the execution itself only says whether a day failed.
 * Throws the failure of an execution that did not come to its days, or of which no day knows why.
 */
export async function backfilledDays(
  catalog: Catalog,
  { dataset, dates, today }: Backfilled,
  end: ExecutionEnd,
  signal: AbortSignal,
): Promise<readonly BackfilledDay[]> {
  const failed = (error: string, cause: string) =>
    remoteFailure('the deployed system could not seal the days', error, cause)
  if (end.kind === 'failed' && end.error !== 'Dayseal.backfill') throw failed(end.error, end.cause)
  const records = await catalog.days(dataset, dates[0]!, dates.at(-1)!, signal)
  const known = new Map(records.map((day) => [day.date, day]))
  const days = dates.map((date) => outcomeOf(date, known.get(date), today))
  if (end.kind === 'failed' && days.every(({ kind }) => kind === 'sealed')) throw failed(end.error, end.cause)
  return days
}

const NOT_SEALED = 'the deployed system could not seal the day'

function outcomeOf(date: string, day: DayRecord | undefined, today: string): BackfilledDay {
  if (day?.state === 'sealed' || day?.state === 'stale') return { kind: 'sealed', date, day }
  if (day?.state === 'incomplete') return { kind: 'incomplete', date, note: day.note ?? 'hours are missing' }
  if (day?.state === 'failed') return { kind: 'failed', date, error: failureIn(day.note ?? '') }
  if (date >= today) return { kind: 'incomplete', date, note: 'the UTC day is not over' }
  const seen = day === undefined ? 'the catalog knows nothing of it' : `the catalog says: ${day.state}`
  return { kind: 'failed', date, error: remoteFailure(NOT_SEALED, 'its execution was cut', seen) }
}

/** As lib/service/conclude-day.ts writes it: the error's name, and its cause. */
function failureIn(note: string): DaysealError {
  const [, error = 'an error without a name', cause = note] = /^([\w.]+): (.*)$/s.exec(note) ?? []
  return remoteFailure(NOT_SEALED, error, cause)
}
