import { Cron } from 'croner'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cronExpression, everyHoursExpression } from '../../infra/schedule-expression.ts'
import { lastDue } from '../../lib/export/schedule.ts'
import { minutesDue } from '../cloud/aws-cron.ts'
import { thrownBy } from '../thrown.ts'

const DAY_MS = 86_400_000
const YEARS = [2026, 2028]

describe('a schedule of five fields, for EventBridge', () => {
  test.each([
    ['15 5 * * *', 'cron(15 5 * * ? *)'],
    ['*/15 6,7,22 * * *', 'cron(0,15,30,45 6,7,22 * * ? *)'],
    ['0 0 1 * *', 'cron(0 0 1 * ? *)'],
    ['0 6 * * MON-FRI', 'cron(0 6 ? * 2-6 *)'],
    ['0 6 * * 0', 'cron(0 6 ? * 1 *)'],
    ['0 6 * * 7', 'cron(0 6 ? * 1 *)'],
    ['0 6 * * sat,sun', 'cron(0 6 ? * 1,7 *)'],
    ['0 6 * * 5-7', 'cron(0 6 ? * 1,6,7 *)'],
    ['0 6 * * FRI-SUN', 'cron(0 6 ? * 1,6,7 *)'],
    ['0 0 L FEB *', 'cron(0 0 L 2 ? *)'],
    ['0 0 15W * *', 'cron(0 0 15W * ? *)'],
    ['0 0 * * FRIL', 'cron(0 0 ? * 6L *)'],
    ['0 0 * * 5#2', 'cron(0 0 ? * 6#2 *)'],
    ['0 0 ? * 1', 'cron(0 0 ? * 2 *)'],
    ['0 0 1-31 * 1', 'cron(0 0 * * ? *)'],
    ['@weekly', 'cron(0 0 ? * 1 *)'],
    ['  5  4 * * * ', 'cron(5 4 * * ? *)'],
  ])('%s', (schedule, expression) => {
    expect(cronExpression(schedule)).toBe(expression)
    for (const year of YEARS) expectSameMoments(schedule, year)
  })

  test.each([
    ['0 0 1 * MON', 'both 1 for days of the month and MON for days of the week'],
    ['0 0 L * 5', 'both L for days of the month and 5 for days of the week'],
    ['0 0 1 * +1', '+1'],
    ['0 0 1,15W * *', '1,15W'],
    ['0 0 LW * *', 'LW'],
  ])('is refused when it is %s', async (schedule, seen) => {
    expect(() => new Cron(schedule, { mode: '5-part', paused: true })).not.toThrow()
    const { code, message } = await thrownBy(() => cronExpression(schedule))
    expect(code).toBe('usage')
    expect(message).toContain(`the schedule '${schedule}' cannot be deployed; seen: ${seen}; wanted: `)
  })

  test('means the same moments of a year, whatever its fields', () => {
    fc.assert(fc.property(schedules, fc.constantFrom(...YEARS), expectSameMoments), { numRuns: 40 })
  })

  test('is due every so many hours from midnight on', () => {
    for (let hours = 1; hours <= 24; hours++) {
      const moments = minutesDue(everyHoursExpression(hours), new Date('2026-03-01T00:00:00Z'))
      const wanted = Array.from({ length: 1440 }, (_, minute) => new Date(Date.UTC(2026, 2, 1, 0, minute)))
        .filter((now) => lastDue({ schedule: undefined, everyHours: hours }, now)?.getTime() === now.getTime())
        .map((now) => now.getUTCHours() * 60 + now.getUTCMinutes())
      expect(moments).toEqual(wanted)
    }
  })
})

/** One of the fields of days is any, as EventBridge wants it. Few moments a day, so that a year of them is soon compared. */
const schedules = fc
  .record({
    minute: field(0, 59, 2),
    hour: field(0, 23, 2),
    month: fc.oneof(fc.constant('*'), field(1, 12, 6), fc.constantFrom('JAN', 'feb-APR', 'NOV,DEC', '*/5')),
    day: fc.oneof(fc.constantFrom('*', 'L', '31', '1W', '30W', '*/10', '10-20/3'), field(1, 31, 8)),
    weekday: fc.oneof(
      fc.constantFrom('*', 'MON-SUN', '0-7', '6-7', 'SUN#1', '6L', '5#5', '1-7/2', '*/3'),
      field(0, 7, 4),
    ),
    which: fc.constantFrom('day', 'weekday', 'neither'),
  })
  .map(({ minute, hour, month, day, weekday, which }) =>
    [minute, hour, which === 'day' ? day : '*', month, which === 'weekday' ? weekday : '*'].join(' '),
  )

function field(first: number, last: number, most: number): fc.Arbitrary<string> {
  const number = fc.integer({ min: first, max: last })
  const few = fc.uniqueArray(number, { minLength: 1, maxLength: most }).map((numbers) => numbers.join(','))
  const range = fc
    .tuple(number, fc.integer({ min: 0, max: most - 1 }))
    .map(([from, more]) => `${from}-${Math.min(last, from + more)}`)
  const step = fc.tuple(number, fc.integer({ min: Math.ceil((last - first) / most), max: last - first }))
  return fc.oneof(
    few,
    range,
    step.map(([from, by]) => `${from}-${last}/${by}`),
  )
}

function expectSameMoments(schedule: string, year: number): void {
  const expression = cronExpression(schedule)
  const start = Date.UTC(year, 0, 1)
  const days = Array.from({ length: (Date.UTC(year + 1, 0, 1) - start) / DAY_MS }, (_, n) => start + n * DAY_MS)
  const moments = days.flatMap((day) => minutesDue(expression, new Date(day)).map((minute) => day + minute * 60_000))
  const wanted = new Cron(schedule, { mode: '5-part', timezone: 'Etc/UTC', paused: true })
    .nextRuns(moments.length + 1, new Date(start - 1))
    .map((moment) => moment.getTime())
    .filter((moment) => moment < start + days.length * DAY_MS)
  expect({ schedule, expression, moments }).toEqual({ schedule, expression, moments: wanted })
}
