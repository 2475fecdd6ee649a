import { describe, expect, it } from 'vitest'
import { cronProblem, isDue, lastDue } from '../../lib/export/schedule.ts'

const at = (time: string) => new Date(`2025-03-14T${time}Z`)

describe('a schedule', () => {
  it('was last due at the moment before, or at this one', () => {
    const daily = { schedule: '15 5 * * *', everyHours: undefined }
    expect(lastDue(daily, at('05:14:59'))).toEqual(new Date('2025-03-13T05:15:00Z'))
    expect(lastDue(daily, at('05:15:00'))).toEqual(at('05:15:00'))
    expect(lastDue(daily, at('23:00:00'))).toEqual(at('05:15:00'))
    expect(lastDue({ schedule: '0 0 29 2 *', everyHours: undefined }, at('00:00:00'))).toEqual(
      new Date('2024-02-29T00:00:00Z'),
    )
  })

  it('of every so many hours counts from midnight', () => {
    const every = (everyHours: number, now: string) => lastDue({ schedule: undefined, everyHours }, at(now))
    expect(every(6, '05:59:59')).toEqual(at('00:00:00'))
    expect(every(6, '18:00:00')).toEqual(at('18:00:00'))
    expect(every(5, '23:59:59')).toEqual(at('20:00:00'))
    expect(every(24, '23:59:59')).toEqual(at('00:00:00'))
    expect(every(1, '07:01:00')).toEqual(at('07:00:00'))
  })

  it('is due until a run that ended well began since', () => {
    const daily = { schedule: '0 5 * * *', everyHours: undefined }
    const run = (started: string, outcome: 'exported' | 'nothing-new' | 'failed' | 'running') => ({
      started: at(started).toISOString(),
      outcome,
    })
    expect(isDue(daily, [], at('06:00:00'))).toBe(true)
    expect(isDue(daily, [run('04:59:59', 'exported')], at('06:00:00'))).toBe(true)
    expect(isDue(daily, [run('05:30:00', 'failed'), run('05:10:00', 'running')], at('06:00:00'))).toBe(true)
    expect(isDue(daily, [run('05:30:00', 'failed'), run('05:00:00', 'exported')], at('06:00:00'))).toBe(false)
    expect(isDue(daily, [run('05:00:01', 'nothing-new')], at('06:00:00'))).toBe(false)
    expect(isDue({ schedule: undefined, everyHours: undefined }, [], at('06:00:00'))).toBe(false)
  })

  it('has five fields', () => {
    expect(cronProblem('*/5 0-6 1,15 * MON')).toBeUndefined()
    for (const wrong of ['', 'daily', '0 5 * *', '0 0 5 * * *', '60 * * * *', '@daily']) {
      expect(cronProblem(wrong), wrong).toBeDefined()
    }
  })
})
