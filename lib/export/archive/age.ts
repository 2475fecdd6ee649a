import { DaysealError } from '../../errors.ts'

const DAY_MS = 86_400_000
const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 1],
  ['w', 7],
])

/** `30d` or `4w` in days. Throws `usage`. */
export function parseAge(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,5})([dw])$/.exec(text) ?? []
  const days = Number(digits) * (UNITS.get(unit) ?? Number.NaN)
  if (days >= 1) return days
  throw new DaysealError('usage', 'not an age', {
    seen: JSON.stringify(text),
    wanted: 'days or weeks, at least one: 30d, 4w',
  })
}

/** The last day that had ended `age` days before `now`, in UTC. */
export function lastDayOlderThan(age: number, now: Date): string {
  const day = Math.floor(now.getTime() / DAY_MS) - age - 1
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}
