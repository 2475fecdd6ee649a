import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import { archiveHours } from '../../lib/service/archive-objects.ts'
import { concludeDay, type Ending } from '../../lib/service/conclude-day.ts'
import { planRange } from '../../lib/service/plan-range.ts'
import { planSeal, scheduledDate } from '../../lib/service/plan-seal.ts'
import { daysToVerifyAgain, verifyDays } from '../../lib/service/verify-days.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { DATE, NOW, twoRows } from '../seal/day.ts'
import { thrownBy } from '../thrown.ts'
import { makeRunning, NEVER, type Running } from './running.ts'

let running: Running
beforeEach(async () => {
  running = await makeRunning((dataset) => ({ ...dataset, guards: { ...dataset.guards, minHours: 23 } }))
})
afterEach(() => running.remove())

const dayRecord = () => running.service.catalog.day('logs', DATE)
const plan = (time: string) => {
  running.setClock(new Date(time))
  return planSeal(running.service, { dataset: 'logs', date: DATE })
}
const conclude = (owner: string, ending: Ending) =>
  concludeDay(running.service, { dataset: 'logs', date: DATE, owner, started: NOW, ending, signal: NEVER })

describe('planSeal', () => {
  it('waits for all hours until the deadline, then takes what the guard accepts', async () => {
    await running.day.removeHour('03')
    expect(await plan('2025-03-15T00:05:00Z')).toMatchObject({
      kind: 'incomplete',
      found: 23,
      wanted: 24,
      missing: ['03'],
      deadline: '2025-03-15T06:00:00.000Z',
      past_deadline: false,
      wait_seconds: 600,
    })
    expect(await plan('2025-03-15T05:59:30Z')).toMatchObject({ kind: 'incomplete', wait_seconds: 30 })
    expect(await plan('2025-03-15T06:00:00Z')).toMatchObject({ kind: 'ready', wanted: 23, past_deadline: true })
    await running.day.removeHour('04')
    expect(await plan('2025-03-15T06:00:00Z')).toMatchObject({ kind: 'incomplete', found: 22, wait_seconds: 0 })
  })

  it('has nothing to wait for when all hours are there, when the day is sealed, or not over', async () => {
    expect(await plan('2025-03-15T00:05:00Z')).toMatchObject({ kind: 'ready', found: 24, wait_seconds: 0 })
    await running.day.seal()
    expect(await plan('2025-03-15T00:05:00Z')).toMatchObject({ kind: 'sealed', hours_to_convert: [], wait_seconds: 0 })
    expect(await plan('2025-03-14T23:59:59Z')).toMatchObject({ kind: 'refused', wait_seconds: 0 })
  })

  it('takes the day from the scheduled time, however late it runs', () => {
    expect(scheduledDate(new Date('2025-03-15T00:05:00Z'))).toBe('2025-03-14')
    expect(scheduledDate(new Date('2025-01-01T00:00:00Z'))).toBe('2024-12-31')
  })

  it('lists the days of a range, and refuses one that a state machine cannot hold', async () => {
    const range = (from: string, to: string, dataset = 'logs') => planRange(running.service, { dataset, from, to })
    expect(range('2025-02-28', '2025-03-01')).toEqual({
      dataset: 'logs',
      days: ['2025-02-28', '2025-03-01'].map((date) => ({ dataset: 'logs', date })),
    })
    expect(range('2020-01-01', '2026-10-01').days).toHaveLength(2466)
    const error = await thrownBy(async () => range('2010-01-01', '2025-12-31'))
    expect(error.message).toMatch(/^too many days for one backfill; seen: 5844; wanted: at most \d{4}/)
    expect((await thrownBy(async () => range('2025-01-01', '2025-01-02', 'logz'))).code).toBe('usage')
  })

  it('refuses a dataset that is not configured', async () => {
    const error = await thrownBy(() => planSeal(running.service, { dataset: 'logz', date: DATE }))
    expect(error.message).toBe('there is no such dataset; seen: "logz"; wanted: logs')
  })
})

describe('sealDay and concludeDay', () => {
  it('seal once, and announce a generation once', async () => {
    expect(await running.concludeSealed('run-1')).toEqual({ outcome: 'sealed', announced: true })
    expect(await running.concludeSealed('run-2')).toEqual({ outcome: 'sealed', announced: false })
    expect(running.announced).toEqual([
      expect.objectContaining({ kind: 'Day Sealed', generation: 1, rowCount: 48, missingHours: [] }),
    ])
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 1, row_count: 48, lease: null })
  })

  it('announce once what a clock that runs ahead has sealed', async () => {
    const sealed = await running.seal('run-1')
    if (sealed.kind === 'refused') throw new Error('the seal was refused')
    running.setClock(new Date(NOW.getTime() - 3_600_000))
    const ending = { kind: 'sealed', seal: sealed } as const
    expect(await conclude('run-1', ending)).toEqual({ outcome: 'sealed', announced: true })
    expect(await conclude('run-1', ending)).toEqual({ outcome: 'sealed', announced: false })
  })

  it('lets one work on a day at a time, until its lease ends', async () => {
    const day = { dataset: 'logs', date: DATE }
    const { catalog } = running.service
    await running.concludeSealed('run-1')
    const known = (await dayRecord())!
    const { version: _, ...content } = known
    const lease = { owner: 'run-2', until: new Date(NOW.getTime() + 60_000).toISOString() }
    await catalog.putDay({ ...content, ...day, state: 'sealing', lease }, known.version)
    const busy = await thrownBy(() => running.seal('run-3'))
    expect(busy.code).toBe('conflict')
    expect(busy.message).toContain('run-2')
    running.setClock(new Date(NOW.getTime() + 60_001))
    expect(await running.seal('run-3')).toMatchObject({ kind: 'already-sealed' })
  })

  it('tell of an hour that came after the archive was listed', async () => {
    const { catalog } = running.service
    let late = false
    const interrupted: Catalog = {
      ...catalog,
      async putDay(content, expected, signal) {
        if (content.state === 'sealed' && !late) {
          late = true
          await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
          await running.arrive('05')
        }
        return catalog.putDay(content, expected, signal)
      },
    }
    expect(await running.seal('run-1', 24, interrupted)).toMatchObject({ kind: 'sealed', generation: 1 })
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1, lease: null })
    expect(running.announced).toContainEqual({ kind: 'Day Stale', generation: 1, key: '20250314/05.jsonl.gz' })
    expect(await running.seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 2, late: [] })
  })

  it('tell of an hour that was announced while a seal that does not hold it was under way', async () => {
    await running.concludeSealed('run-1')
    const known = (await dayRecord())!
    const { version: _, ...content } = known
    const lease = { owner: 'run-2', until: new Date(NOW.getTime() + 60_000).toISOString() }
    await running.service.catalog.putDay({ ...content, state: 'sealing', lease }, known.version)
    await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
    await running.arrive('05')
    expect(await dayRecord()).toMatchObject({ state: 'sealing', late: [{ listed: false }] })
  })

  it('refuse a day with too few hours', async () => {
    await running.day.removeHour('03')
    expect(await running.seal('run-1', 24)).toMatchObject({ kind: 'refused', found: 23, wanted: 24, missing: ['03'] })
    expect(await running.seal('run-1', 23)).toMatchObject({ kind: 'sealed', missing: ['03'] })
  })

  it('record and announce a day that stays incomplete, and one that fails', async () => {
    const missing = ['03', '04']
    const incomplete = { kind: 'incomplete', plan: { found: 22, wanted: 23, missing } } as const
    expect(await conclude('run-1', incomplete)).toEqual({ outcome: 'incomplete', announced: true })
    expect(await dayRecord()).toMatchObject({
      state: 'incomplete',
      hours_found: 22,
      note: '22 of 23 hours; missing: 03 04',
    })
    const failed = { kind: 'failed', error: 'Dayseal.source', cause: '05.jsonl.gz is cut', generation: null } as const
    expect(await conclude('run-2', failed)).toEqual({ outcome: 'failed', announced: true })
    expect(await dayRecord()).toMatchObject({ state: 'failed', note: 'Dayseal.source: 05.jsonl.gz is cut' })
    expect(running.announced).toEqual([
      { kind: 'Day Incomplete', found: 22, wanted: 23, missing },
      { kind: 'Day Failed', error: 'Dayseal.source', cause: '05.jsonl.gz is cut' },
    ])
    const runs = await running.service.catalog.runs('logs', { limit: 10, date: DATE })
    expect(runs.map(({ run_id, outcome }) => [run_id, outcome]).sort()).toEqual([
      ['run-1', 'incomplete'],
      ['run-2', 'failed'],
    ])
  })

  it('say nothing of a failure when somebody else has sealed the day meanwhile', async () => {
    await running.concludeSealed('run-1')
    const failed = { kind: 'failed', error: 'Dayseal.storage', cause: 'denied', generation: null } as const
    expect(await conclude('run-2', failed)).toEqual({ outcome: 'failed', announced: false })
    expect(await dayRecord()).toMatchObject({ state: 'sealed' })
  })
})

describe('verifyDays', () => {
  const verify = (dates: readonly string[], source = false) =>
    verifyDays(running.service, { dataset: 'logs', dates, source, runId: 'request-1', signal: NEVER })

  it('verifies each day, records it, and announces a failure', async () => {
    await running.day.seal()
    expect(await verify([DATE], true)).toMatchObject({ result: 'passed', days: [{ date: DATE, failed_checks: [] }] })
    const out = openStore(running.day.out)
    const manifest = JSON.parse(Buffer.from((await out.get(`history/${DATE}/manifest.g0001.json`))!.bytes).toString())
    await putObject(out, manifest.data_key, Buffer.from('something else'))
    const failed = await verify([DATE])
    expect(failed.result).toBe('failed')
    expect(failed.days[0]!.failed_checks.length).toBeGreaterThan(0)
    expect(running.announced).toEqual([
      { kind: 'Verification Failed', generation: 1, failedChecks: failed.days[0]!.failed_checks },
    ])
    const runs = await running.service.catalog.runs('logs', { limit: 10 })
    expect(runs.map(({ kind, date }) => [kind, date])).toContainEqual(['verify', DATE])
  })

  it('gives each sealed day its turn every so many days', async () => {
    await running.day.seal()
    const due = (today: string, every: number) => daysToVerifyAgain(running.service, 'logs', today, every)
    expect(await due('2025-03-21', 7)).toEqual([DATE])
    expect(await due('2025-03-28', 7)).toEqual([DATE])
    expect(await due('2025-03-22', 7)).toEqual([])
    expect(await due(DATE, 7)).toEqual([])
    expect(await due('2025-03-15', 1)).toEqual([DATE])
  })
})

describe('archiveHours', () => {
  const dataset = (name: string, location: string) => ({
    ...running.dataset,
    name,
    archive: { location, layout: '{yyyy}{MM}{dd}/{HH}.jsonl.gz' },
  })
  const hoursIn = (bucket: string, key: string, ...locations: string[]) =>
    archiveHours(
      locations.map((location, i) => dataset(`d${i}`, location)),
      bucket,
      key,
    ).map(({ dataset: { name }, date, hour, key }) => [name, date, hour, key])

  it('finds the datasets whose archive holds the object', () => {
    const key = '20250314/05.jsonl.gz'
    expect(hoursIn('logs', key, 's3://logs', 's3://logs/', 's3://logs2', 's3://logs/app')).toEqual([
      ['d0', DATE, '05', key],
      ['d1', DATE, '05', key],
    ])
    expect(hoursIn('logs', `app/${key}`, 's3://logs/app', 's3://logs/ap')).toEqual([['d0', DATE, '05', key]])
  })

  it('finds none for keys that the layout does not explain', () => {
    for (const key of [
      '20250314/24.jsonl.gz',
      'a b+c%20ü/05.jsonl.gz',
      '20250314/05.jsonl.gz/x',
      '../20250314/05.jsonl.gz',
    ])
      expect(hoursIn('logs', key, 's3://logs')).toEqual([])
  })
})
