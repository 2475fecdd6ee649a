/*
 * The cron of EventBridge, as its documentation has it ("Schedule types": Minutes, Hours, Day-of-month, Month,
 * Day-of-week, Year), UTC. Written for tests: it shares nothing with what is deployed.
 */

/** The moments of a day at which `cron(…)` is due, as minutes of the day, in order. Throws for what it does not know. */
export function minutesDue(expression: string, day: Date): readonly number[] {
  const [, text = ''] = /^cron\((.*)\)$/.exec(expression) ?? []
  const fields = text.split(' ')
  if (fields.length !== 6 || fields[5] !== '*') throw new Error(`not a schedule with any year: ${expression}`)
  const [minutes, hours, dayOfMonth, month, dayOfWeek] = fields as [string, string, string, string, string]
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new Error(`one ? is wanted for the days: ${expression}`)
  if (!within(month, 1, 12).includes(day.getUTCMonth() + 1)) return []
  if (dayOfWeek === '?' ? !isDayOfMonth(dayOfMonth, day) : !isDayOfWeek(dayOfWeek, day)) return []
  return within(hours, 0, 23).flatMap((hour) => within(minutes, 0, 59).map((minute) => hour * 60 + minute))
}

function isDayOfMonth(field: string, day: Date): boolean {
  const date = day.getUTCDate()
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()
  if (field === 'L') return date === last
  const [, nearest] = /^(\d+)W$/.exec(field) ?? []
  if (nearest === undefined) return within(field, 1, 31).includes(date)
  if (Number(nearest) > last) return false
  const at = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), Number(nearest)))
  const weekday = at.getUTCDay()
  const shift =
    weekday === 6 ? (Number(nearest) === 1 ? 2 : -1) : weekday === 0 ? (Number(nearest) === last ? -2 : 1) : 0
  return date === Number(nearest) + shift
}

function isDayOfWeek(field: string, day: Date): boolean {
  const weekday = day.getUTCDay() + 1
  const [, wanted, form, nth] = /^(\d)(?:(L)|#(\d))$/.exec(field) ?? []
  if (wanted === undefined) return within(field, 1, 7).includes(weekday)
  if (weekday !== Number(wanted)) return false
  if (form === undefined) return Math.ceil(day.getUTCDate() / 7) === Number(nth)
  return new Date(day.getTime() + 7 * 86_400_000).getUTCMonth() !== day.getUTCMonth()
}

/** `*`, and lists of numbers, ranges and steps. */
function within(field: string, first: number, last: number): readonly number[] {
  const numbers = field.split(',').flatMap((part) => {
    const [, from = '', to, step] = /^(\d+|\*)(?:-(\d+))?(?:\/(\d+))?$/.exec(part) ?? []
    if (from === '') throw new Error(`not a field of a schedule: ${field}`)
    const start = from === '*' ? first : Number(from)
    const end = to !== undefined ? Number(to) : from === '*' || step !== undefined ? last : start
    if (start < first || end > last || start > end) throw new Error(`beyond ${first} to ${last}: ${field}`)
    const by = Number(step ?? 1)
    return Array.from({ length: Math.floor((end - start) / by) + 1 }, (_, n) => start + n * by)
  })
  return [...new Set(numbers)].sort((a, b) => a - b)
}
