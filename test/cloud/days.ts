import { expect, it } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { BACKFILL, FEW_HOURS, hourFile, SEAL_DAY, uploadDay, uploadHour } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo, generations, LONG_AGO, todayAt } from './sealed-days.ts'

const YESTERDAY = daysAgo(1)
const WITHOUT_03 = HOURS.filter((hour) => hour !== '03')

/** Days that are late, partial, raced for, or many. */
export function days(cloud: () => Cloud): void {
  const seal = (date: string, options = {}) => cloud().execute(SEAL_DAY, { dataset: 'app', date }, options)
  const told = () =>
    cloud()
      .announced.filter(({ detail }) => detail.dataset === 'app')
      .map((event) => event['detail-type'])

  it('converts what no event told of, before it seals', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    expect(await seal(LONG_AGO)).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), LONG_AGO)).toMatchObject([{ generation: 1, row_count: 80 }])
  })

  it('waits for an hour until it comes', async () => {
    await uploadDay(cloud(), YESTERDAY, WITHOUT_03)
    let waited = 0
    const end = await seal(YESTERDAY, {
      waitMs: 300,
      onState: (name: string) => {
        if (name === 'WaitForHours' && ++waited === 2) void uploadHour(cloud(), YESTERDAY, '03')
      },
    })
    expect(end).toMatchObject({ kind: 'succeeded' })
    expect(waited).toBeGreaterThanOrEqual(2)
    expect(await generations(cloud(), YESTERDAY)).toMatchObject([{ generation: 1, is_partial: false, hours_found: 24 }])
  })

  it('seals what there is once the deadline has passed, where the guard accepts it', async () => {
    await uploadDay(cloud(), LONG_AGO, WITHOUT_03)
    expect(await seal(LONG_AGO)).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), LONG_AGO)).toMatchObject([{ is_partial: true, missing_hours: ['03'] }])
    expect(cloud().announced).toMatchObject([{ 'detail-type': 'Day Sealed', detail: { missingHours: ['03'] } }])
  })

  it('fails, and says so, when too many hours never come', async () => {
    await uploadDay(cloud(), LONG_AGO, HOURS.slice(0, 3))
    expect(await seal(LONG_AGO)).toMatchObject({ kind: 'failed', error: 'Dayseal.incomplete' })
    expect(await generations(cloud(), LONG_AGO)).toEqual([])
    expect(cloud().announced).toMatchObject([
      { 'detail-type': 'Day Incomplete', detail: { date: LONG_AGO, found: 3, wanted: 4, missing: HOURS.slice(3) } },
    ])
  })

  it('refuses a day that is not over', async () => {
    await uploadDay(cloud(), daysAgo(0), ['00'])
    expect(await seal(daysAgo(0))).toMatchObject({ kind: 'failed', error: 'Dayseal.incomplete' })
  })

  it('seals once when the schedule fires twice', async () => {
    await uploadDay(cloud(), YESTERDAY)
    for (let i = 0; i < 2; i++) expect((await cloud().tick(todayAt('00:05')))[0]?.kind).toBe('succeeded')
    expect(await generations(cloud(), YESTERDAY)).toHaveLength(1)
    expect(told()).toEqual(['Day Sealed'])
  })

  it('seals once when several executions race', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    const ends = await Promise.all([seal(LONG_AGO), seal(LONG_AGO), seal(LONG_AGO)])
    expect(ends.map(({ kind }) => kind)).toEqual(['succeeded', 'succeeded', 'succeeded'])
    expect(await generations(cloud(), LONG_AGO)).toHaveLength(1)
    expect(new Set(told())).toEqual(new Set(['Day Sealed']))
  })

  it('loses no hour that is converted while its day is being sealed', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    const arrived: Promise<void>[] = []
    const end = await seal(LONG_AGO, {
      onState: (name: string) => {
        if (name === 'Seal') arrived.push(arriveLate())
      },
    })
    await Promise.all(arrived)
    expect(end.kind).toBe('succeeded')
    const rows = (await generations(cloud(), LONG_AGO)).map(({ row_count }) => row_count)
    // Either the seal saw it, or the day is known to be stale: then the next seal has it.
    if (rows.at(-1) === 80) {
      expect(told()).toContain('Day Stale')
      expect((await seal(LONG_AGO)).kind).toBe('succeeded')
    }
    expect((await generations(cloud(), LONG_AGO)).at(-1)?.row_count).toBe(81)

    async function arriveLate(): Promise<void> {
      cloud().deliver([await uploadHour(cloud(), LONG_AGO, '05', hourFile('05', 21, 'late'))])
      await cloud().drain()
    }
  })

  it('verifies on demand, with the sources, and in rotation', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    await seal(LONG_AGO)
    const asked = await cloud().invoke('Verify', { dataset: 'app', dates: [LONG_AGO], source: true })
    expect(asked.kind === 'answered' && JSON.parse(asked.payload)).toMatchObject({
      result: 'warned',
      days: [{ warned_checks: ['manifest.complete'] }],
    })
    // A day's first turn is `everyDays` after it, 90 by default.
    const due = new Date(todayAt('03:00').getTime() + 85 * 86_400_000)
    expect(await cloud().tick(due)).toMatchObject([
      { kind: 'succeeded', output: { dataset: 'app', result: 'warned', days: [{ date: LONG_AGO }] } },
      { kind: 'succeeded', output: { dataset: 'kept', days: [] } },
      { kind: 'succeeded', output: { dataset: 'web', days: [] } },
    ])
    expect(await cloud().tick(todayAt('03:00'))).toMatchObject(Array(3).fill({ output: { days: [] } }))
  })

  it('fills a range of days, and names the one that fails', async () => {
    const range = [6, 5, 4].map(daysAgo)
    await uploadDay(cloud(), range[0]!, FEW_HOURS)
    await uploadDay(cloud(), range[2]!, FEW_HOURS)
    const input = { dataset: 'app', from: range[0], to: range[2] }
    const end = await cloud().execute(BACKFILL, input)
    expect(end).toMatchObject({ kind: 'failed', error: 'Dayseal.backfill', cause: expect.stringContaining(range[1]!) })
    await uploadDay(cloud(), range[1]!, FEW_HOURS)
    expect(await cloud().execute(BACKFILL, input)).toMatchObject({ kind: 'succeeded' })
    for (const date of range) expect(await generations(cloud(), date)).toHaveLength(1)
  })
}
