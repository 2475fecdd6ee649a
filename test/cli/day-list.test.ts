import { expect, test } from 'vitest'
import { daysOf, rangeOf } from '../../cli/day-list.ts'

const NOW = new Date('2025-03-01T00:30:00Z')

test('without a flag it is yesterday in UTC', () => {
  expect(daysOf({ date: [] }, NOW)).toEqual(['2025-02-28'])
})

test('days that are named come in order, each once', () => {
  expect(daysOf({ date: ['2025-02-02', '2024-02-29', '2025-02-02'] }, NOW)).toEqual(['2024-02-29', '2025-02-02'])
})

test('a range has both its ends; without --to it goes to yesterday', () => {
  expect(daysOf({ date: [], from: '2024-02-28', to: '2024-03-01' }, NOW)).toEqual([
    '2024-02-28',
    '2024-02-29',
    '2024-03-01',
  ])
  expect(daysOf({ date: [], from: '2025-02-27' }, NOW)).toEqual(['2025-02-27', '2025-02-28'])
})

test('a range that begins after yesterday is that day, for the guard to refuse', () => {
  expect(daysOf({ date: [], from: '2025-03-01' }, NOW)).toEqual(['2025-03-01'])
})

test.each([
  [{ date: ['2015-13-01'] }, '--date is no day; seen: "2015-13-01"; wanted: a day of the calendar'],
  [{ date: ['2015-02-29'] }, '--date is no day; seen: "2015-02-29"; wanted: a day of the calendar'],
  [{ date: ['today'] }, '--date is no day; seen: "today"; wanted: YYYY-MM-DD, such as 2025-03-14'],
  [{ date: [], from: '20250301' }, '--from is no day; seen: "20250301"; wanted: YYYY-MM-DD, such as 2025-03-14'],
  [
    { date: [], from: '2025-01-01', to: '2025-01-00' },
    '--to is no day; seen: "2025-01-00"; wanted: a day of the calendar',
  ],
  [{ date: [], from: '2025-01-02', to: '2025-01-01' }, '--from is after --to; seen: 2025-01-02 and 2025-01-01'],
  [{ date: [], to: '2025-01-01' }, '--to is given without --from; wanted: both, or --from alone'],
  [{ date: ['2025-01-01'], from: '2025-01-01' }, '--date and --from or --to are given'],
])('%j is refused', (flags, message) => {
  expect(() => daysOf(flags, NOW)).toThrow(message)
})

test('a range with an open end stays open', () => {
  expect(rangeOf({ date: [], to: '2025-01-01' })).toEqual({ to: '2025-01-01' })
  expect(rangeOf({ date: [] })).toEqual({})
})
