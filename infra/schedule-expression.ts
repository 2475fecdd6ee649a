import { DaysealError } from '../lib/errors.ts'

/*
 * From the cron of configurations (five fields, as croner reads them, UTC) to that of EventBridge Scheduler
 * (docs.aws.amazon.com/scheduler, "Schedule types": six fields, weekdays 1 to 7 from Sunday on, and a `?` for one of the two
 * fields of days). Sets of numbers are written out as lists: in a step the two differ.
 */

interface Field {
  readonly first: number
  readonly last: number
  readonly names: readonly string[]
}

const MINUTE: Field = { first: 0, last: 59, names: [] }
const HOUR: Field = { first: 0, last: 23, names: [] }
const DAY: Field = { first: 1, last: 31, names: [] }
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const MONTH: Field = { first: 1, last: 12, names: ['', ...MONTHS] }
/** 7 is Sunday too. */
const WEEKDAY: Field = { first: 0, last: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] }

const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}

/** `cron(…)` of a schedule that is five fields of cron. Throws `usage` for what EventBridge Scheduler cannot express. */
export function cronExpression(schedule: string): string {
  const trimmed = schedule.trim()
  const fields = (NICKNAMES[trimmed.toLowerCase()] ?? trimmed).toUpperCase().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  const refuse = (seen: string, wanted: string) =>
    new DaysealError('usage', `the schedule '${schedule}' cannot be deployed`, {
      seen,
      wanted,
      hint: 'write it as several exports, or run `dayseal exports run-due` on a machine',
    })
  const list = (text: string, field: Field) => {
    const values = valuesOf(text, field)
    if (values === undefined) throw refuse(text, 'numbers, names, lists, ranges and steps')
    return listed(values, field)
  }
  const days = { day: special(day, DAY_FORMS) ?? list(day, DAY), weekday: weekdayOf(weekday, list) }
  return `cron(${list(minute, MINUTE)} ${list(hour, HOUR)} ${daysAndMonth(days, list(month, MONTH))} *)`

  function daysAndMonth(of: { readonly day: string; readonly weekday: string }, months: string): string {
    // Where both are given, either will do, so that one with every day makes it every day.
    if (isAny(day)) return of.weekday === '*' ? `* ${months} ?` : `? ${months} ${of.weekday}`
    if (isAny(weekday)) return `${of.day} ${months} ?`
    if (of.day === '*' || of.weekday === '*') return `* ${months} ?`
    throw refuse(`both ${day} for days of the month and ${weekday} for days of the week`, 'a * for one of them')
  }
}

/** `cron(…)` of what is due every so many hours from midnight UTC on. */
export function everyHoursExpression(hours: number): string {
  const times = Array.from({ length: Math.ceil(24 / hours) }, (_, n) => n * hours)
  return `cron(0 ${listed(times, HOUR)} * * ? *)`
}

/** What both languages write alike: the last day of the month, and the working day that is nearest to a day. */
const DAY_FORMS = /^(L|\d{1,2}W)$/

function special(text: string, forms: RegExp): string | undefined {
  return forms.test(text) ? text : undefined
}

/** Of a weekday the last in the month (`5L`) or the n-th (`5#2`), or a set of them. */
function weekdayOf(text: string, list: (text: string, field: Field) => string): string {
  const [, day = '', form] = /^(\w+?)(L|#[1-5])$/.exec(text) ?? []
  const number = form === undefined ? undefined : numberOf(day, WEEKDAY)
  return number === undefined ? list(text, WEEKDAY) : `${(number % 7) + 1}${form}`
}

function isAny(text: string): boolean {
  return text === '*' || text === '?'
}

/** Undefined for what is no set of numbers. */
function valuesOf(text: string, field: Field): readonly number[] | undefined {
  const sets = text.split(',').map((part) => partOf(part, field))
  return sets.every((set) => set !== undefined) ? sets.flat() : undefined
}

function partOf(part: string, field: Field): readonly number[] | undefined {
  const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? []
  const [from, to] = rangeOf(range, field)
  if (from === undefined || to === undefined || from > to || Number(step) === 0) return undefined
  return Array.from({ length: Math.floor((to - from) / Number(step)) + 1 }, (_, n) => from + n * Number(step))
}

function rangeOf(text: string, field: Field): readonly (number | undefined)[] {
  if (isAny(text)) return [field.first, field.last]
  const [from, to = from, more] = text.split('-').map((end) => numberOf(end, field))
  if (more !== undefined) return []
  // MON-SUN ends with the week.
  return [from, field === WEEKDAY && to === 0 && from !== 0 ? 7 : to]
}

function numberOf(text: string, { first, last, names }: Field): number | undefined {
  const number = /^\d+$/.test(text) ? Number(text) : names.indexOf(text)
  return number >= first && number <= last ? number : undefined
}

/** `*` for all of them; three and more in a row as a range. */
function listed(values: readonly number[], field: Field): string {
  const isWeekday = field === WEEKDAY
  const numbers = new Set(isWeekday ? values.map((day) => (day % 7) + 1) : values)
  if (numbers.size === (isWeekday ? 7 : field.last - field.first + 1)) return '*'
  const runs: number[][] = []
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const run = runs.at(-1)
    if (run?.at(-1) === number - 1) run.push(number)
    else runs.push([number])
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run.at(-1)}` : run.join(','))).join(',')
}
