import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import type { Announcement } from '../../lib/service/announcement.ts'
import { type OffloadedDays, offloadDays } from '../../lib/service/offload.ts'
import type { Service, Stores } from '../../lib/service/service.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { folderOf, jsonl, writeDay } from '../archive-day.ts'
import { datasetOf, filesIn, type Place, sealFast, testPlace } from '../bad-input/place.ts'
import { visibleFiles } from '../export/archive-place.ts'
import { validBag } from '../export/valid-bag.ts'
import { thrownBy } from '../thrown.ts'

const HOURS = ['04', '05']
const [FIRST, SECOND, YOUNG] = ['2025-03-13', '2025-03-14', '2025-03-15'] as const
/** On this day SECOND is the last that is 30 days old. */
const SCHEDULED = new Date('2025-04-14T04:00:00Z')
const NEVER = new AbortController().signal

interface Offloading {
  readonly place: Place
  /** With the date, or undefined. */
  readonly announced: readonly (readonly [string | undefined, Announcement])[]
  run(options?: { readonly scheduled?: Date; readonly signal?: AbortSignal }): Promise<OffloadedDays>
  /** Puts something in front of the stores from now on. */
  through(change: (stores: Stores) => Stores): void
  loseAnnouncements(): void
  sources(date: string): Promise<readonly string[]>
}

/** Sealed days of two hours, and a dataset with a policy for those that are 30 days old. */
async function offloading(deleteSource: boolean, dates: readonly string[] = [FIRST, SECOND]): Promise<Offloading> {
  const place = await testPlace()
  for (const date of dates) {
    await writeDay(place.archive, { date, hours: HOURS })
    await sealFast(place, date)
  }
  const dataset = { ...datasetOf(place), offload: { olderThan: 30, deleteSource, at: '04:00' } }
  const announced: [string | undefined, Announcement][] = []
  let change = (stores: Stores) => stores
  let lost = false
  const service: Service = {
    datasets: new Map([[dataset.name, dataset]]),
    openStores: () => change({ archive: openStore(place.archive), out: openStore(place.out) }),
    catalog: openStateCatalog(openStore(place.out), { newId: () => 'catalog' }),
    announce: async (_, date, announcement) => {
      if (lost) throw new Error('the bus is away')
      announced.push([date, announcement])
    },
    now: () => new Date('2031-01-01T00:00:00Z'),
  }
  return {
    place,
    announced,
    run: ({ scheduled = SCHEDULED, signal = NEVER } = {}) =>
      offloadDays(service, { dataset: dataset.name, scheduled, signal }),
    through: (changed) => {
      change = changed
    },
    loseAnnouncements: () => {
      lost = true
    },
    sources: (date) => filesIn(join(place.archive, folderOf(date))),
  }
}

const FILES = HOURS.map((hour) => `${hour}.jsonl.gz`)
const zips = ({ place }: Offloading) => visibleFiles(join(place.out, 'offloads'))
const payload = async ({ place }: Offloading, name: string) => [
  ...(await validBag(join(place.out, 'offloads', name))).keys(),
]
const bagged = (date: string) => FILES.map((file) => `data/archive/${folderOf(date)}/${file}`)
const other = ({ place }: Offloading, date: string) =>
  writeFile(join(place.archive, folderOf(date), FILES[1]!), jsonl([{ another: 'row' }]))
const NOTHING = { first_day: null, last_day: null, days: 0, files: 0, bytes: 0, deleted: 0, left: 0 }

describe('a policy that keeps the source files', () => {
  test('puts those of the days that were old when the schedule was set into zips', async () => {
    const one = await offloading(false, [FIRST, SECOND, YOUNG])
    const done = await one.run()
    expect(done).toMatchObject({ first_day: FIRST, last_day: SECOND, days: 2, files: 4, deleted: 0, left: 0 })
    expect(done.bytes).toBeGreaterThan(0)
    expect(await zips(one)).toEqual([`${FIRST}.zip`, `${SECOND}.zip`])
    for (const date of [FIRST, SECOND])
      expect(await payload(one, `${date}.zip`)).toEqual(expect.arrayContaining(bagged(date)))
    for (const date of [FIRST, SECOND, YOUNG]) expect(await one.sources(date)).toEqual(FILES)
    const { bytes } = done
    expect(one.announced).toEqual([
      [undefined, { kind: 'Offload Done', firstDay: FIRST, lastDay: SECOND, days: 2, files: 4, bytes, deleted: 0 }],
    ])
  })

  test('counts the age from the time that was set, to the day', async () => {
    const one = await offloading(false, [FIRST, SECOND])
    expect(await one.run({ scheduled: new Date('2025-04-12T23:59:00Z') })).toMatchObject(NOTHING)
    expect(await one.run({ scheduled: new Date('2025-04-13T00:00:00Z') })).toMatchObject({ last_day: FIRST, days: 1 })
    expect(await one.run({ scheduled: new Date('2025-04-13T23:59:00Z') })).toMatchObject(NOTHING)
    expect(await zips(one)).toEqual([`${FIRST}.zip`])
    expect(one.announced).toHaveLength(1)
  })

  test('does not read a zip again that is there, and announces nothing', async () => {
    const one = await offloading(false)
    await one.run()
    const read: string[] = []
    one.through(({ archive, out }) => {
      const reading = (key: string) => read.push(key)
      return {
        archive,
        out: {
          ...out,
          read: (key, options) => {
            reading(key)
            return out.read(key, options)
          },
        },
      }
    })
    expect(await one.run()).toEqual({ dataset: 'default', ...NOTHING })
    expect(read).toEqual([])
    expect(one.announced).toHaveLength(1)
  })

  test('puts what came later, once it is sealed, into one more zip', async () => {
    const one = await offloading(false)
    await one.run()
    await writeDay(one.place.archive, { date: SECOND, hours: ['06'] })
    await sealFast(one.place, SECOND)
    expect(await one.run()).toMatchObject({ first_day: SECOND, last_day: SECOND, days: 1, files: 1 })
    expect(await zips(one)).toEqual([`${FIRST}.zip`, `${SECOND}.2.zip`, `${SECOND}.zip`])
    expect(await one.run()).toMatchObject(NOTHING)
  })
})

describe('a policy that deletes the source files', () => {
  test('deletes those that a zip holds, and has nothing to do afterwards', async () => {
    const one = await offloading(true, [FIRST, SECOND, YOUNG])
    expect(await one.run()).toMatchObject({ first_day: FIRST, last_day: SECOND, days: 2, files: 4, deleted: 4 })
    for (const date of [FIRST, SECOND]) {
      expect(await one.sources(date)).toEqual([])
      expect(await payload(one, `${date}.zip`)).toEqual(expect.arrayContaining(bagged(date)))
    }
    expect(await one.sources(YOUNG)).toEqual(FILES)
    expect(one.announced).toMatchObject([[undefined, { kind: 'Offload Done', days: 2, files: 4, deleted: 4 }]])
    expect(await one.run()).toMatchObject(NOTHING)
    expect(one.announced).toHaveLength(1)
  })

  test('goes on where a run was cut', async () => {
    const one = await offloading(true, [FIRST])
    let deletes = 0
    one.through(({ archive, out }) => ({
      archive: {
        ...archive,
        delete: async (key) => {
          if (++deletes === 2) throw new Error('the connection broke')
          await archive.delete(key)
        },
      },
      out,
    }))
    await expect(one.run()).rejects.toThrow('the connection broke')
    expect(await one.sources(FIRST)).toEqual(FILES.slice(1))
    expect(one.announced).toEqual([[FIRST, { kind: 'Offload Failed', error: 'Error', cause: 'the connection broke' }]])
    expect(await one.run()).toMatchObject({ days: 1, files: 0, bytes: 0, deleted: 1 })
    expect(await one.sources(FIRST)).toEqual([])
    expect(await zips(one)).toEqual([`${FIRST}.zip`])
  })

  test('keeps a source that is another than the one in the zip, and fails', async () => {
    const one = await offloading(true, [FIRST])
    one.through(({ archive, out }) => ({
      archive: {
        ...archive,
        delete: async (key) => {
          await archive.delete(key)
          await other(one, FIRST)
        },
      },
      out,
    }))
    const error = await thrownBy(() => one.run())
    expect(error.code).toBe('source')
    expect(error.message).toContain(`seen: ${folderOf(FIRST)}/${FILES[1]}; seal the day again`)
    expect(await one.sources(FIRST)).toEqual([FILES[1]])
    expect(one.announced).toMatchObject([
      [FIRST, { kind: 'Offload Failed', error: 'Dayseal.source', cause: error.message }],
      [undefined, { kind: 'Offload Done', days: 1, files: 2, deleted: 1 }],
    ])
  })
})

describe('a day that does not verify', () => {
  test('is left alone and announced; it stops no other, and the run fails', async () => {
    const one = await offloading(true)
    await other(one, FIRST)
    const error = await thrownBy(() => one.run())
    expect(error.code).toBe('source')
    expect(error.message).toMatch(/^2025-03-13 does not verify; seen: failed checks: \S+/)
    expect(await one.sources(FIRST)).toEqual(FILES)
    expect(await one.sources(SECOND)).toEqual([])
    expect(await zips(one)).toEqual([`${SECOND}.zip`])
    expect(one.announced).toMatchObject([
      [FIRST, { kind: 'Offload Failed', error: 'Dayseal.source', cause: error.message }],
      [undefined, { kind: 'Offload Done', firstDay: SECOND, lastDay: SECOND, days: 1 }],
    ])
  })

  test('is one of several that are told by the first', async () => {
    const one = await offloading(false)
    for (const date of [FIRST, SECOND]) await other(one, date)
    const failed = one.run()
    await expect(failed).rejects.toThrow(AggregateError)
    await expect(failed).rejects.toThrow(/^2 days could not be offloaded; the first: 2025-03-13 does not verify/)
    expect(one.announced.map(([date, { kind }]) => [date, kind])).toEqual([
      [FIRST, 'Offload Failed'],
      [SECOND, 'Offload Failed'],
    ])
  })

  test('is not forgotten when the bus is away too', async () => {
    const one = await offloading(false, [FIRST])
    await other(one, FIRST)
    one.loseAnnouncements()
    await expect(one.run()).rejects.toThrow(/2025-03-13 does not verify.*the bus is away/s)
  })
})

describe('when the time runs out', () => {
  /** The signal aborts when the zip of the day is begun. */
  const timeUntil = (one: Offloading, date: string) => {
    const time = new AbortController()
    one.through(({ archive, out }) => ({
      archive,
      out: {
        ...out,
        write: (key) => {
          if (key === `offloads/${date}.zip`) time.abort(new DOMException('too late', 'TimeoutError'))
          return out.write(key)
        },
      },
    }))
    return time.signal
  }

  test('a day that was begun is for the next run, and so are those after it', async () => {
    const one = await offloading(true, [FIRST, SECOND, YOUNG])
    const scheduled = new Date('2025-06-01T04:00:00Z')
    const signal = timeUntil(one, SECOND)
    expect(await one.run({ scheduled, signal })).toMatchObject({ last_day: FIRST, days: 1, deleted: 2, left: 2 })
    expect(await zips(one)).toEqual([`${FIRST}.zip`])
    expect(await one.sources(SECOND)).toEqual(FILES)
    expect(one.announced).toMatchObject([[undefined, { kind: 'Offload Done', days: 1 }]])
    expect(await one.run({ scheduled })).toMatchObject({ first_day: SECOND, last_day: YOUNG, days: 2, left: 0 })
  })

  test('for the first day of a run, that is a failure: the next would have no more', async () => {
    const one = await offloading(true)
    const signal = timeUntil(one, FIRST)
    await expect(one.run({ signal })).rejects.toThrow('too late')
    expect(one.announced).toEqual([[FIRST, { kind: 'Offload Failed', error: 'Dayseal.timeout', cause: 'too late' }]])
    expect(await one.sources(FIRST)).toEqual(FILES)
    expect(await zips(one)).toEqual([])
  })
})

test('fails when what was done cannot be announced', async () => {
  const one = await offloading(false, [FIRST])
  one.loseAnnouncements()
  await expect(one.run()).rejects.toThrow('the bus is away')
  expect(await zips(one)).toEqual([`${FIRST}.zip`])
})

test('a dataset without a policy is refused', async () => {
  const place = await testPlace()
  const dataset = datasetOf(place)
  const service: Service = {
    datasets: new Map([[dataset.name, dataset]]),
    openStores: () => ({ archive: openStore(place.archive), out: openStore(place.out) }),
    catalog: openStateCatalog(openStore(place.out, { createRoot: true }), { newId: () => 'catalog' }),
    announce: async () => undefined,
    now: () => SCHEDULED,
  }
  const run = (name: string) => offloadDays(service, { dataset: name, scheduled: SCHEDULED, signal: NEVER })
  expect((await thrownBy(() => run('default'))).message).toContain('no policy for its old source files')
  expect((await thrownBy(() => run('other'))).code).toBe('usage')
})
