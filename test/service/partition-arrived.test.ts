import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { uploadsTold } from '../../functions/uploads-told.ts'
import { beginSeal, completeSeal } from '../../lib/catalog/day-transitions.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import { updateDay } from '../../lib/catalog/update-day.ts'
import { withUploads } from '../../lib/intake/slice-settings.ts'
import { announceInFlight } from '../../lib/service/announce-in-flight.ts'
import type { Announcement } from '../../lib/service/announcement.ts'
import { archiveHours, archiveUploads, isOfUploads } from '../../lib/service/archive-objects.ts'
import { eachInTurn } from '../../lib/service/each-in-turn.ts'
import { partitionArrived } from '../../lib/service/partition-arrived.ts'
import { sealDay } from '../../lib/service/seal-day.ts'
import type { Service } from '../../lib/service/service.ts'
import { DATE } from '../seal/day.ts'
import { makeUploads } from '../seal/uploaded.ts'

const NEVER = new AbortController().signal
/** Ledgers are written now, and nothing is waited for by then. */
const MUCH_LATER = new Date('2099-01-01T00:00:00.000Z')

let place: Awaited<ReturnType<typeof makeUploads>>
let service: Service
let scratch: string
let announced: (readonly [string | undefined, Announcement])[]
let lost: number
beforeEach(async () => {
  place = await makeUploads({ silentHours: 'any', quietMinutes: 0, onReplace: 'replace' })
  scratch = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  announced = []
  lost = 0
  service = {
    datasets: new Map([['logs', place.dataset]]),
    openStores: () => place,
    catalog: openStateCatalog(place.out, { newId: () => 'catalog' }),
    announce: async (_, date, announcement) => {
      if (lost-- > 0) throw new Error('the bus is away')
      announced.push([date, announcement])
    },
    now: () => MUCH_LATER,
  }
})
afterEach(async () => {
  await place.remove()
  await rm(scratch, { recursive: true })
})

let ids = 0
const options = () => ({ newId: () => `id${++ids}`, scratch, signal: NEVER })
const arrive = (name: string) =>
  partitionArrived(service, { dataset: withUploads(place.dataset), key: `uploads/${name}` }, options())
const put = (name: string, ...hours: readonly string[]) => place.arrive(name, events(...hours))
const dayRecord = () => service.catalog.day('logs', DATE)
const seal = (owner: string) => {
  const lease = { leaseUntil: new Date(MUCH_LATER.getTime() + 900_000), owner }
  return sealDay(service, { dataset: 'logs', date: DATE, minHours: 24, ...lease, ...options() })
}

/** One event of each of these hours of the day. */
function events(...hours: readonly string[]): string {
  return hours.map((hour) => `${JSON.stringify({ time: `${DATE}T${hour}:15:00Z` })}\n`).join('')
}

describe('an upload arrives', () => {
  it('is partitioned once, and tells of its days', async () => {
    await put('a.log', '03', '04')
    expect(await arrive('a.log')).toMatchObject({ kind: 'partitioned' })
    for (let i = 0; i < 9; i++) expect(await arrive('a.log')).toMatchObject({ kind: 'already-partitioned' })
    expect(await dayRecord()).toMatchObject({ state: 'open', hours_found: 2, generation: null })
    await put('b.log', '04', '05')
    await arrive('b.log')
    expect(await dayRecord()).toMatchObject({ state: 'open', hours_found: 3 })
    expect(announced).toEqual([])
  })

  it('does nothing when it is gone by the time its event comes', async () => {
    expect(await arrive('a.log')).toEqual({ kind: 'gone', key: 'uploads/a.log' })
  })

  it('is announced when it cannot be read', async () => {
    await place.arrive('a.log', 'PK\u0003\u0004 and no more')
    expect(await arrive('a.log')).toMatchObject({ kind: 'refused' })
    expect(announced).toMatchObject([[undefined, { kind: 'Upload Refused', key: 'uploads/a.log' }]])
  })

  it('makes a sealed day stale that has none of its slices, and says so once', async () => {
    await put('a.log', '03')
    await arrive('a.log')
    await seal('run-1')
    expect(await arrive('a.log')).toMatchObject({ kind: 'already-partitioned' })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 1 })
    await put('late.log', '22', '03')
    for (let i = 0; i < 3; i++) await arrive('late.log')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(announced).toMatchObject([[DATE, { kind: 'Day Stale', generation: 1 }]])
    expect(await seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2, row_count: 3 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 2, late: [] })
  })

  it('makes a sealed day stale that has slices of the version that it replaces', async () => {
    await put('a.log', '03', '04')
    await put('b.log', '05')
    for (const name of ['a.log', 'b.log']) await arrive(name)
    await seal('run-1')
    await place.arrive('a.log', `${events('04').replaceAll(DATE, '2025-03-13')}${events('04', '06', '07')}`)
    await arrive('a.log')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(await service.catalog.day('logs', '2025-03-13')).toMatchObject({ state: 'open', hours_found: 1 })
    expect(await seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2, row_count: 4 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', late: [] })
  })

  it('never shrinks a sealed day: somebody has to say so', async () => {
    await put('a.log', '03', '04', '05')
    await arrive('a.log')
    await seal('run-1')
    await put('a.log', '05', '06')
    await arrive('a.log')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    await expect(seal('run-2')).rejects.toMatchObject({
      code: 'guard',
      message: expect.stringMatching(/would have fewer events than the generation before; seen: .*jsonl.gz: 2 of 3;/),
    })
    expect(await place.out.list('history/')).toHaveLength(1)
  })

  it('is announced when somebody has to decide about it', async () => {
    place.dataset.uploads!.onReplace = undefined
    await put('a.log', '03', '04')
    await arrive('a.log')
    await put('a.log', '04', '05')
    expect(await arrive('a.log')).toMatchObject({ kind: 'held' })
    expect(announced).toMatchObject([[undefined, { kind: 'Upload Held', key: 'uploads/a.log' }]])
  })

  it('leaves a day alone whose slices another upload has too', async () => {
    await put('a.log', '03')
    await put('copy.log', '03')
    for (const name of ['a.log', 'copy.log']) await arrive(name)
    await seal('run-1')
    await place.arrive('a.log', events('03').replaceAll(DATE, '2025-03-13'))
    await arrive('a.log')
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 1 })
    expect(announced).toEqual([])
  })

  it('tells what a stopped call did not tell, of the version before too', async () => {
    await put('a.log', '03')
    await put('b.log', '04')
    for (const name of ['a.log', 'b.log']) await arrive(name)
    await seal('run-1')
    await place.arrive('a.log', events('03', '03').replace(DATE, '2025-03-13'))
    lost = 1
    await expect(arrive('a.log')).rejects.toThrow('the bus is away')
    expect(await dayRecord()).toMatchObject({ state: 'sealed' })
    expect(await arrive('a.log')).toMatchObject({ kind: 'already-partitioned' })
    expect(await dayRecord()).toMatchObject({ state: 'stale' })
    expect(announced).toMatchObject([[DATE, { kind: 'Day Stale' }]])
  })

  it('is late for a seal that is under way, and has listed the archive before', async () => {
    await put('a.log', '03')
    await arrive('a.log')
    const day = { dataset: 'logs', date: DATE }
    const lease = { owner: 'run-1', until: new Date(MUCH_LATER.getTime() + 900_000).toISOString() }
    await updateDay(service.catalog, day, (present) => beginSeal(present, day, lease, MUCH_LATER), NEVER)
    await put('b.log', '04')
    await arrive('b.log')
    expect((await dayRecord())?.late).toMatchObject([{ key: expect.stringMatching(/^20250314\/04\//), listed: false }])
  })
})

describe('an upload that is replaced during a seal', () => {
  /** Between the beginning and the end of a seal that holds `a.log`, or has seen that it was replaced. */
  const replacedDuring = async (sources: 'old' | 'new') => {
    await put('a.log', '03')
    await arrive('a.log')
    const [old = ''] = (await place.archive.list('20250314/')).map(({ key }) => key)
    const { etag } = (await place.archive.head(old))!
    const day = { dataset: 'logs', date: DATE }
    const lease = { owner: 'run-1', until: new Date(MUCH_LATER.getTime() + 900_000).toISOString() }
    await updateDay(service.catalog, day, (present) => beginSeal(present, day, lease, MUCH_LATER), NEVER)
    await place.arrive('a.log', `${events('04')}${events('03')}`)
    await arrive('a.log')
    const [slice] = await place.archive.list('20250314/')
    const held = sources === 'old' ? { key: old, etag } : { key: slice!.key, etag: slice!.etag }
    const facts = { generation: 1, hours_found: 1, row_count: 1, parquet_size_bytes: 9, sources: [held] }
    const sealed = { ...facts, manifest_key: 'history/m', manifest_sha256: '0'.repeat(64), owner: 'run-1' }
    await updateDay(service.catalog, day, (present) => completeSeal(present, day, sealed, MUCH_LATER), NEVER)
    return dayRecord()
  }

  it('leaves a day stale that was sealed with the old slices', async () => {
    expect(await replacedDuring('old')).toMatchObject({ state: 'stale' })
  })

  it('leaves a day as it is that was sealed with the new ones', async () => {
    expect(await replacedDuring('new')).toMatchObject({ state: 'sealed', late: [] })
  })
})

describe('what is in flight', () => {
  const putAt = (name: string, secondsBefore: number) =>
    utimes(join(place.location, 'uploads', name), 0, MUCH_LATER.getTime() / 1000 - secondsBefore)

  it('is told of an hour after it was put', async () => {
    for (const name of ['a.log', 'b.log', 'done.log', 'new.log']) await put(name, '03')
    await arrive('done.log')
    for (const name of ['a.log', 'b.log']) await putAt(name, 3_600)
    await putAt('new.log', 3_599)
    const run = { dataset: 'logs', scheduled: MUCH_LATER, signal: NEVER }
    expect(await announceInFlight(service, run)).toBe(2)
    const told = (name: string) => [undefined, { kind: 'Upload In Flight', key: `uploads/${name}` }]
    expect(announced).toEqual([told('a.log'), told('b.log')])
  })
})

describe('the messages of a queue', () => {
  const told = (event: unknown) => uploadsTold(event, service).map(({ dataset, key }) => [dataset.name, key])
  const created = (key: string) => ({
    source: 'aws.s3',
    'detail-type': 'Object Created',
    detail: { bucket: { name: 'logs' }, object: { key, size: 1, etag: 'e', sequencer: '0' } },
  })

  it('tell of a new object, and of an upload in flight', () => {
    const archive = { ...place.dataset.archive, location: 's3://logs/web' }
    service = { ...service, datasets: new Map([['logs', { ...place.dataset, archive }]]) }
    expect(told(created('web/uploads/a.log'))).toEqual([['logs', 'uploads/a.log']])
    expect(told(created('web/else'))).toEqual([])
    const detail = { dataset: 'logs', key: 'uploads/b.log' }
    expect(told({ source: 'dayseal', 'detail-type': 'Upload In Flight', detail })).toEqual([['logs', 'uploads/b.log']])
    expect(() => told({ source: 'dayseal', 'detail-type': 'Day Sealed', detail })).toThrow()
  })
})

describe('one item after another', () => {
  it('has each its turn, and all failures are told', async () => {
    const seen: number[] = []
    const turns = eachInTurn([1, 2, 3], NEVER, async (n) => {
      seen.push(n)
      if (n < 3) throw new Error(`${n} failed`)
    })
    await expect(turns).rejects.toThrow('Error: 1 failed; Error: 2 failed')
    expect(seen).toEqual([1, 2, 3])
  })

  it('ends when there is no time left, with what failed before', async () => {
    const controller = new AbortController()
    const turns = eachInTurn([1, 2, 3], controller.signal, async (n) => {
      controller.abort(new Error('no time'))
      throw new Error(`${n} failed`)
    })
    await expect(turns).rejects.toThrow('Error: 1 failed; Error: no time')
  })
})

describe('an object of a bucket', () => {
  const ID = '0123456789abcdef'.repeat(2)
  const datasets = () => [{ ...place.dataset, archive: { ...place.dataset.archive, location: 's3://logs/web' } }]
  const kinds = (key: string) => ({
    hours: archiveHours(datasets(), 'logs', key).map(({ date, hour }) => `${date} ${hour}`),
    uploads: archiveUploads(datasets(), 'logs', key).map((upload) => upload.key),
    known: isOfUploads(datasets(), 'logs', key),
  })

  it.each([
    ['web/uploads/a.log', { hours: [], uploads: ['uploads/a.log'], known: true }],
    ['web/uploads/2025/a.log', { hours: [], uploads: ['uploads/2025/a.log'], known: true }],
    ['web/uploads/.a.log.swp', { hours: [], uploads: [], known: true }],
    ['web/uploads/', { hours: [], uploads: [], known: true }],
    [`web/20250314/05/${ID}.jsonl.gz`, { hours: [], uploads: [], known: true }],
    [`web/_uploads/ledgers/${ID}/00000001.json`, { hours: [], uploads: [], known: true }],
    ['web/20250314/05/app.jsonl.gz', { hours: ['2025-03-14 05'], uploads: [], known: false }],
    ['web/else', { hours: [], uploads: [], known: false }],
    ['other/uploads/a.log', { hours: [], uploads: [], known: false }],
  ])('%s', (key, wanted) => {
    expect(kinds(key)).toEqual(wanted)
  })
})
