import { expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { DayContent, DayRecord } from '../../lib/catalog/day-record.ts'
import { beginSeal, completeSeal, markStale, openDay } from '../../lib/catalog/day-transitions.ts'
import { updateDay } from '../../lib/catalog/update-day.ts'
import { thrownBy } from '../thrown.ts'

const NOW = new Date('2025-03-15T00:05:00.000Z')
const DAY = { dataset: 'tier3', date: '2025-03-14' }

function open(date: string, hoursFound = 0): DayContent {
  const decided = openDay(undefined, { dataset: 'tier3', date }, hoursFound, NOW)
  if (decided.kind !== 'changed') throw new Error('a new day is not open')
  return decided.next
}

export function writingDays(catalog: () => Catalog): void {
  const put = (day: DayContent, expected?: number) => catalog().putDay(day, expected)
  const get = (date = DAY.date) => catalog().day('tier3', date)

  it('knows nothing at first', async () => {
    expect(await get()).toBeUndefined()
    expect(await catalog().days('tier3', '2025-01-01', '2025-12-31')).toEqual([])
  })

  it('writes a version on top of the one that was expected, and no other', async () => {
    const first = open(DAY.date, 1)
    expect(await put(first, 1)).toEqual({ kind: 'conflict' })
    expect(await put(first)).toEqual({ kind: 'written', day: { ...first, version: 1 } })
    expect(await put(first)).toEqual({ kind: 'conflict' })
    const second = open(DAY.date, 2)
    expect(await put(second, 2)).toEqual({ kind: 'conflict' })
    expect(await put(second, 1)).toEqual({ kind: 'written', day: { ...second, version: 2 } })
    expect(await put(open(DAY.date, 3), 1)).toEqual({ kind: 'conflict' })
    expect(await get()).toEqual({ ...second, version: 2 })
  })

  it.each([
    ['creating', undefined],
    ['replacing', 1],
  ])('has one winner among 20 that write the same at once, %s', async (_, expected) => {
    if (expected !== undefined) await put(open(DAY.date, 24))
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => put(open(DAY.date, 7), expected)))
    expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1)
    expect(await get()).toEqual({ ...open(DAY.date, 7), version: (expected ?? 0) + 1 })
  })

  it('loses no update of 20 at once', async () => {
    const lease = { owner: 'seal', until: '2025-03-15T01:00:00.000Z' }
    await updateDay(catalog(), DAY, (present) => beginSeal(present, DAY, lease, NOW))
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        updateDay(catalog(), DAY, (present) => markStale(present, { key: `late ${index}`, etag: 'e' }, NOW)),
      ),
    )
    const facts = {
      generation: 1,
      hours_found: 24,
      row_count: 10,
      parquet_size_bytes: 100,
      manifest_key: 'history/2025-03-14/manifest.g0001.json',
      manifest_sha256: 'b'.repeat(64),
    }
    const sources = Array.from({ length: 19 }, (_, index) => ({ key: `late ${index}`, etag: 'e' }))
    await updateDay(catalog(), DAY, (present) => completeSeal(present, DAY, { ...facts, owner: 'seal', sources }, NOW))
    expect(await get()).toEqual({
      ...DAY,
      ...facts,
      state: 'stale',
      note: null,
      lease: null,
      late: [{ key: 'late 19', etag: 'e', listed: false }],
      updated: NOW.toISOString(),
      version: 22,
    } satisfies DayRecord)
  })

  it('returns what a transition says that changes nothing', async () => {
    const outcome = await updateDay(catalog(), DAY, (present) => markStale(present, { key: 'a', etag: 'e' }, NOW))
    expect(outcome).toEqual({ kind: 'unchanged', present: undefined })
    expect(await get()).toBeUndefined()
  })

  it('gives up when others are faster every time', async () => {
    let writes = 0
    const racing = async (present: DayRecord | undefined) => {
      await put(open(DAY.date, writes++ % 24), present?.version)
    }
    const behind: Catalog = {
      ...catalog(),
      putDay: async (day, expected) => {
        await racing(await get())
        return catalog().putDay(day, expected)
      },
    }
    const error = await thrownBy(() => updateDay(behind, DAY, (present) => openDay(present, DAY, 24, NOW)))
    expect(error.code).toBe('conflict')
    expect(error.message).toContain('2025-03-14 of tier3')
    expect(writes).toBe(40)
  })

  it('lists the days of a range in order, both ends included', async () => {
    const dates = ['2025-03-02', '2024-12-31', '2025-01-01', '2025-03-01', '2025-02-28']
    for (const date of dates) await put(open(date))
    await catalog().putDay({ ...open('2025-02-01'), dataset: 'tier3-b' }, undefined)
    const between = async (from: string, to: string) =>
      (await catalog().days('tier3', from, to)).map(({ date }) => date)
    expect(await between('2025-01-01', '2025-03-01')).toEqual(['2025-01-01', '2025-02-28', '2025-03-01'])
    expect(await between('0001-01-01', '9999-12-31')).toEqual(dates.toSorted())
    expect(await between('2025-03-01', '2025-01-01')).toEqual([])
    expect((await thrownBy(() => between('2025-01-01', 'z'))).code).toBe('usage')
  })

  it('refuses what cannot be recorded', async () => {
    for (const change of [
      { state: 'lost' },
      { date: '2025-03-32' },
      { generation: 0 },
      { hours_found: 25 },
      { x: 1 },
    ]) {
      const error = await thrownBy(() => put({ ...open(DAY.date), ...change } as DayContent))
      expect(error.code).toBe('usage')
    }
    expect(await get()).toBeUndefined()
  })
}
