import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sealOutcome } from '../../cli/remote/seal-day.ts'
import { ended, endingOf } from '../../functions/ending.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import type { Announcement } from '../../lib/service/announcement.ts'
import { concludeDay } from '../../lib/service/conclude-day.ts'
import { planSeal } from '../../lib/service/plan-seal.ts'
import { sealDay } from '../../lib/service/seal-day.ts'
import type { Service } from '../../lib/service/service.ts'
import { DATE, NOW } from '../seal/day.ts'
import { allHours, makeUploads } from '../seal/uploaded.ts'

const STARTED = new Date('2025-03-15T00:05:00.000Z')
const NEVER = new AbortController().signal

type Place = Awaited<ReturnType<typeof makeUploads>>
let place: Place
let service: Service
let clock = NOW
let announced: Announcement[] = []
beforeEach(async () => {
  place = await makeUploads({ silentHours: ['03'] })
  announced = []
  service = {
    datasets: new Map([['logs', place.dataset]]),
    openStores: () => place,
    catalog: openStateCatalog(place.out, { newId: () => 'catalog' }),
    announce: async (_, __, announcement) => void announced.push(announcement),
    now: () => clock,
  }
})
afterEach(() => place.remove())

const planAt = (time: string) => {
  clock = new Date(time)
  return planSeal(service, { dataset: 'logs', date: DATE })
}

describe('planSeal of a dataset with uploads', () => {
  it('waits for an upload in flight as for an hour, until the deadline', async () => {
    const { '03': _, ...hours } = allHours()
    await place.partition('a.jsonl', hours)
    await place.arrive('b.jsonl', '{}')
    const uploads = 'an upload is not partitioned yet: uploads/b.jsonl'
    const waiting = { kind: 'incomplete', found: 24, missing: [], uploads }
    expect(await planAt('2025-03-15T00:05:00Z')).toMatchObject({ ...waiting, past_deadline: false, wait_seconds: 600 })
    expect(await planAt('2025-03-15T05:59:30Z')).toMatchObject({ ...waiting, past_deadline: false, wait_seconds: 30 })
    expect(await planAt('2025-03-15T06:00:00Z')).toMatchObject({ ...waiting, past_deadline: true, wait_seconds: 0 })
  })

  it('waits for the quiet time no longer than it lasts, beyond the deadline too', async () => {
    await place.partition('a.jsonl', allHours())
    const waiting = { kind: 'incomplete', past_deadline: false }
    expect(await planAt('2025-03-15T00:05:00Z')).toMatchObject({ ...waiting, wait_seconds: 600 })
    expect(await planAt('2025-03-15T00:58:00Z')).toMatchObject({ ...waiting, wait_seconds: 120 })
    expect(await planAt('2025-03-15T01:00:00Z')).toMatchObject({ kind: 'ready', wait_seconds: 0, uploads: null })
    await place.partition('b.jsonl', { '05': [{ n: 1 }] }, { written: new Date('2025-03-15T05:55:00Z') })
    expect(await planAt('2025-03-15T06:30:00Z')).toMatchObject({ ...waiting, wait_seconds: 600 })
    expect(await planAt('2025-03-15T06:55:00Z')).toMatchObject({ kind: 'ready', past_deadline: true })
    await place.partition('c.jsonl', { '05': [{ n: 2 }] }, { written: new Date('2025-03-15T17:45:00Z') })
    expect(await planAt('2025-03-15T17:59:00Z')).toMatchObject({ ...waiting, wait_seconds: 60 })
    expect(await planAt('2025-03-15T18:00:00Z')).toMatchObject({ kind: 'incomplete', past_deadline: true })
  })

  it('has nothing to wait for the quiet time for when hours are missing at the deadline', async () => {
    const { '04': _, ...hours } = allHours()
    await place.partition('a.jsonl', hours, { written: new Date('2025-03-15T05:55:00Z') })
    const missing = { kind: 'incomplete', missing: ['04'], found: 23 }
    expect(await planAt('2025-03-15T05:59:00Z')).toMatchObject({ ...missing, past_deadline: false, wait_seconds: 60 })
    expect(await planAt('2025-03-15T06:00:00Z')).toMatchObject({ ...missing, past_deadline: true, wait_seconds: 0 })
  })

  it('wants the hours of a sealed day again whose upload was replaced', async () => {
    await place.partition('a.jsonl', allHours())
    await place.partition('b.jsonl', { '05': [{ n: 1 }] })
    await place.seal()
    expect(await planAt('2025-03-16T00:00:00Z')).toMatchObject({ kind: 'sealed' })
    await place.partition('b.jsonl', {}, { seq: 2 })
    expect(await planAt('2025-03-16T00:00:00Z')).toMatchObject({ kind: 'ready', hours_to_convert: ['05'] })
  })
})

describe('a day that is given up', () => {
  it('says that it waits for uploads, in its announcement, its note and the answer of a remote seal', async () => {
    await place.partition('a.jsonl', allHours())
    await place.arrive('b.jsonl', '{}')
    const plan = await planAt('2025-03-15T06:00:00Z')
    const uploads = 'an upload is not partitioned yet: uploads/b.jsonl'
    const request = { dataset: 'logs', date: DATE }
    const execution = { id: 'run-1', started: STARTED.toISOString() }
    const ending = endingOf(ended.parse({ outcome: 'incomplete', request, execution, plan, seal: { kind: 'none' } }))
    await concludeDay(service, { dataset: 'logs', date: DATE, owner: 'run-1', started: STARTED, ending, signal: NEVER })
    expect(announced).toEqual([{ kind: 'Day Incomplete', found: 24, wanted: 24, missing: [], uploads }])
    expect((await service.catalog.day('logs', DATE))?.note).toBe(`24 of 24 hours; ${uploads}`)
    const end = { kind: 'failed', error: 'Dayseal.incomplete', cause: JSON.stringify(plan) } as const
    expect(sealOutcome(end)).toMatchObject({ kind: 'incomplete', isOver: true, uploads })
  })

  it('is refused by a seal that comes after its plan', async () => {
    await place.partition('a.jsonl', allHours())
    await place.arrive('b.jsonl', '{}')
    clock = NOW
    const terms = { dataset: 'logs', date: DATE, owner: 'run-1', minHours: 24, newId: () => 'one' }
    const sealed = await sealDay(service, { ...terms, leaseUntil: new Date(NOW.getTime() + 900_000), signal: NEVER })
    expect(sealed).toMatchObject({ kind: 'refused', found: 24, wanted: 24, missing: [] })
  })
})
