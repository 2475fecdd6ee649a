import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateRange, HOURS, hoursGuard, isDate, parseDate, todayGuard, yesterday } from '../../lib/archive/guards.ts'
import { thrownBy } from '../thrown.ts'

const instant = fc.date({
  min: new Date('0001-01-02T00:00:00Z'),
  max: new Date('9999-12-30T00:00:00Z'),
  noInvalidDate: true,
})

describe('todayGuard', () => {
  it('passes a day once it is over in UTC, not a millisecond before', () => {
    expect(todayGuard('2015-09-12', new Date('2015-09-13T00:00:00.000Z'))).toEqual({ kind: 'passed' })
    expect(todayGuard('2015-09-12', new Date('2015-09-12T23:59:59.999Z'))).toEqual({
      kind: 'refused',
      date: '2015-09-12',
      today: '2015-09-12',
    })
  })

  it('refuses days to come', () => {
    expect(todayGuard('2016-01-01', new Date('2015-12-31T12:00:00Z')).kind).toBe('refused')
  })

  it('always passes yesterday', () => {
    fc.assert(fc.property(instant, (now) => todayGuard(yesterday(now), now).kind === 'passed'))
  })
})

describe('hoursGuard', () => {
  it('passes a whole day and names what a partial one lacks', () => {
    expect(hoursGuard(HOURS, 24)).toEqual({ kind: 'passed' })
    const found = HOURS.filter((hour) => hour !== '00' && hour !== '13')
    expect(hoursGuard(found, 24)).toEqual({ kind: 'refused', found: 22, wanted: 24, missing: ['00', '13'] })
    expect(hoursGuard(found, 23).kind).toBe('refused')
    expect(hoursGuard(found, 22)).toEqual({ kind: 'passed' })
  })

  it('counts an hour once, and only hours', () => {
    expect(hoursGuard(['05', '05', '24', 'x'], 2)).toMatchObject({ kind: 'refused', found: 1 })
    expect(hoursGuard([], 1)).toMatchObject({ kind: 'refused', found: 0, missing: HOURS })
  })
})

describe('parseDate', () => {
  it.each(['2015-09-12', '2016-02-29', '2000-02-29', '1970-01-01', '9999-12-31'])('takes %s', (text) => {
    expect(parseDate(text)).toBe(text)
  })

  it.each([
    ['2015-02-29', 'a day of the calendar'],
    ['1900-02-29', 'a day of the calendar'],
    ['2015-13-01', 'a day of the calendar'],
    ['2015-00-10', 'a day of the calendar'],
    ['2015-09-31', 'a day of the calendar'],
    ['2015-09-00', 'a day of the calendar'],
    ['20150912', 'YYYY-MM-DD'],
    ['2015-9-12', 'YYYY-MM-DD'],
    [' 2015-09-12', 'YYYY-MM-DD'],
    ['2015-09-12\n', 'YYYY-MM-DD'],
    ['2015-09-12T00:00:00Z', 'YYYY-MM-DD'],
    ['٢٠١٥-٠٩-١٢', 'YYYY-MM-DD'],
    ['yesterday', 'YYYY-MM-DD'],
    ['', 'YYYY-MM-DD'],
  ])('refuses %j', async (text, wanted) => {
    const error = await thrownBy(() => parseDate(text))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(`seen: ${JSON.stringify(text)}; wanted: ${wanted}`)
  })
})

describe('dateRange', () => {
  it('has both ends and every day between', () => {
    expect(dateRange('2016-02-28', '2016-03-01')).toEqual(['2016-02-28', '2016-02-29', '2016-03-01'])
    expect(dateRange('2015-09-12', '2015-09-12')).toEqual(['2015-09-12'])
  })

  it('has no gaps, whatever the ends', () => {
    fc.assert(
      fc.property(instant, fc.integer({ min: 0, max: 800 }), (start, days) => {
        const from = yesterday(start)
        const to = new Date(Date.parse(`${from}T00:00:00Z`) + days * 86_400_000)
        fc.pre(to.getUTCFullYear() <= 9999)
        const range = dateRange(from, to.toISOString().slice(0, 10))
        expect(range).toHaveLength(days + 1)
        expect(range.every(isDate)).toBe(true)
        expect(range.slice(1).every((day, index) => yesterday(new Date(`${day}T12:00:00Z`)) === range[index])).toBe(
          true,
        )
      }),
    )
  })

  it('refuses an end before the start, and what is no date', async () => {
    expect((await thrownBy(() => dateRange('2015-09-13', '2015-09-12'))).message).toContain(
      'from 2015-09-13 to 2015-09-12',
    )
    expect((await thrownBy(() => dateRange('2015-09-13', '2015-09-31'))).code).toBe('usage')
  })
})
