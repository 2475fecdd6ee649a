import { describe, expect, test } from 'vitest'
import { exportRequest } from '../../functions/export-request.ts'

const name = { dataset: 'app', export: 'table' }

describe('what the export function is asked', () => {
  test.each([
    [
      'a schedule',
      { scheduledTime: '2026-11-22T04:30:00Z' },
      { kind: 'scheduled', time: new Date('2026-11-22T04:30:00Z') },
    ],
    ['a seal', { date: '2026-11-21' }, { kind: 'named', dates: ['2026-11-21'] }],
    [
      'a person, of some days',
      { dates: ['2026-11-21', '2026-11-20'] },
      { kind: 'named', dates: ['2026-11-21', '2026-11-20'] },
    ],
    ['a person', {}, { kind: 'configured' }],
  ])('by %s', (_, asked, days) => {
    expect(exportRequest.parse({ ...name, ...asked })).toEqual({ kind: 'run', ...name, days, full: false })
  })

  test('all days again', () => {
    expect(exportRequest.parse({ ...name, full: true })).toMatchObject({ days: { kind: 'configured' }, full: true })
  })

  test('a URL, for an hour unless it says otherwise', () => {
    const download = { kind: 'download', dataset: 'app', key: 'exports/table/x.csv' }
    expect(exportRequest.parse({ dataset: 'app', key: 'exports/table/x.csv' })).toEqual({
      ...download,
      expiresSeconds: 3600,
    })
    expect(exportRequest.parse({ dataset: 'app', key: 'exports/table/x.csv', expiresSeconds: 604_800 })).toMatchObject({
      expiresSeconds: 604_800,
    })
  })

  test.each([
    ['nothing', undefined],
    ['no export', { dataset: 'app' }],
    ['two kinds of days', { ...name, date: '2026-11-21', dates: ['2026-11-20'] }],
    ['a schedule and all days', { ...name, scheduledTime: '2026-11-22T04:30:00Z', full: true }],
    ['no days', { ...name, dates: [] }],
    ['a time that is none', { ...name, scheduledTime: 'today' }],
    ['an export and a key', { ...name, key: 'exports/x' }],
    ['a key that is too long', { dataset: 'app', key: 'x'.repeat(1025) }],
    ['no time', { dataset: 'app', key: 'exports/x', expiresSeconds: 0 }],
    ['more than 7 days', { dataset: 'app', key: 'exports/x', expiresSeconds: 604_801 }],
    ['half a second', { dataset: 'app', key: 'exports/x', expiresSeconds: 0.5 }],
    ['an unknown setting', { ...name, to: 's3://elsewhere' }],
  ])('is refused when it is %s', (_, event) => {
    expect(exportRequest.safeParse(event).success).toBe(false)
  })
})
