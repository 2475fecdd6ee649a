import { dateRange, isDate, yesterday } from '../lib/archive/guards.ts'
import { DaysealError } from '../lib/errors.ts'
import type { CommonFlags } from './flags.ts'

type DayFlags = Pick<CommonFlags, 'date' | 'from' | 'to'>

/** `YYYY-MM-DD`, both included; an end that is not given is open. */
export interface DayRange {
  readonly from?: string
  readonly to?: string
}

/** The days that `--date`, `--from` and `--to` name, in order and each once; yesterday (UTC) when they name none. */
export function daysOf(flags: DayFlags, now: Date): readonly string[] {
  const { from, to } = rangeOf(flags)
  if (flags.date.length > 0) return [...new Set(flags.date.map((day) => checkDate('--date', day)))].sort()
  const last = to ?? yesterday(now)
  // A day to come is for the today guard to refuse.
  if (from !== undefined) return from > last ? [from] : dateRange(from, last)
  if (to === undefined) return [last]
  throw new DaysealError('usage', '--to is given without --from', { wanted: 'both, or --from alone' })
}

/** `--from` and `--to`, checked; a `--date` beside them is refused. */
export function rangeOf(flags: DayFlags): DayRange {
  const from = flags.from === undefined ? undefined : checkDate('--from', flags.from)
  const to = flags.to === undefined ? undefined : checkDate('--to', flags.to)
  if (from !== undefined && to !== undefined && from > to) {
    throw new DaysealError('usage', '--from is after --to', {
      seen: `${from} and ${to}`,
      wanted: 'the earlier day first',
    })
  }
  if (flags.date.length > 0 && (from !== undefined || to !== undefined)) {
    throw new DaysealError('usage', '--date and --from or --to are given', { wanted: 'single days, or a range' })
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

function checkDate(flag: string, text: string): string {
  if (isDate(text)) return text
  const wanted = /^\d{4}-\d{2}-\d{2}$/.test(text) ? 'a day of the calendar' : 'YYYY-MM-DD, such as 2025-03-14'
  throw new DaysealError('usage', `${flag} is no day`, { seen: JSON.stringify(text), wanted })
}
