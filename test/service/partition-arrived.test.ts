import { mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginSeal, completeSeal } from '../../lib/catalog/day-transitions.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import { updateDay } from '../../lib/catalog/update-day.ts'
import { DaysealError } from '../../lib/errors.ts'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { withUploads } from '../../lib/intake/slice-settings.ts'
import type { Announcement } from '../../lib/service/announcement.ts'
import { archiveHours, archiveUploads, isOfUploads } from '../../lib/service/archive-objects.ts'
import { partitionArrived } from '../../lib/service/partition-arrived.ts'
import { partitionInFlight } from '../../lib/service/partition-in-flight.ts'
import { sealDay } from '../../lib/service/seal-day.ts'
import type { Service } from '../../lib/service/service.ts'
import { DATE } from '../seal/day.ts'
import { makeUploads } from '../seal/uploaded.ts'
import { thrownBy } from '../thrown.ts'

const NEVER = new AbortController().signal
/** Ledgers are written now, and nothing is waited for by then. */
const MUCH_LATER = new Date('2099-01-01T00:00:00.000Z')

let place: Awaited<ReturnType<typeof makeUploads>>
let service: Service
let scratch: string
let announced: (readonly [string | undefined, Announcement])[]
let lost: number
beforeEach(async () => {
  place = await makeUploads({ silentHours: 'any', quietMinutes: 0 })
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
    await put('late.log', '03', '22')
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
    await place.arrive('a.log', events('03').replaceAll(DATE, '2025-03-13'))
    await arrive('a.log')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(await service.catalog.day('logs', '2025-03-13')).toMatchObject({ state: 'open', hours_found: 1 })
    expect(await seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2, row_count: 1 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', late: [] })
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
    await place.arrive('a.log', events('03').replaceAll(DATE, '2025-03-13'))
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
    await put('a.log', '04')
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
  const due = (name: string) => utimes(join(place.location, 'uploads', name), 0, MUCH_LATER.getTime() / 1000 - 3_600)
  const sweep = async () => {
    const seen: string[] = []
    const onPartitioned = (key: string, { kind }: { kind: string }) => seen.push(`${key} ${kind}`)
    const run = { dataset: 'logs', scheduled: MUCH_LATER, onPartitioned, ...options() }
    return { run: () => partitionInFlight(service, run), seen }
  }

  it('is partitioned an hour after it was put', async () => {
    for (const name of ['a.log', 'b.log', 'new.log']) await put(name, '03')
    for (const name of ['a.log', 'b.log']) await due(name)
    await utimes(join(place.location, 'uploads/new.log'), 0, MUCH_LATER.getTime() / 1000 - 3_599)
    const { run, seen } = await sweep()
    await run()
    expect(seen).toEqual(['uploads/a.log partitioned', 'uploads/b.log partitioned'])
    const { inFlight } = await listUploads(place.archive, 'uploads/')
    expect(inFlight.map(({ key }) => key)).toEqual(['uploads/new.log'])
  })

  it('has its turn when another one fails', async () => {
    for (const name of ['a.log', 'b.log']) {
      await put(name, name === 'a.log' ? '03' : '04')
      await due(name)
    }
    const broken = { ...place.archive, read: (key: string) => failing(key) ?? place.archive.read(key) }
    service = { ...service, openStores: () => ({ ...place, archive: broken }) }
    const { run, seen } = await sweep()
    expect((await thrownBy(run)).message).toContain('uploads/a.log is away')
    expect(seen).toEqual(['uploads/b.log partitioned'])
  })

  function failing(key: string): AsyncIterable<Uint8Array> | undefined {
    if (key !== 'uploads/a.log') return undefined
    return (async function* () {
      yield Buffer.alloc(0)
      throw new DaysealError('storage', `${key} is away`)
    })()
  }
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
