import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import type { Dataset } from '../../lib/config.ts'
import type { Announcement } from '../../lib/service/announcement.ts'
import { arrive } from '../../lib/service/arrive.ts'
import { concludeDay } from '../../lib/service/conclude-day.ts'
import { sealDay } from '../../lib/service/seal-day.ts'
import type { Service } from '../../lib/service/service.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE, type Day, makeDay, NOW } from '../seal/day.ts'

/** A service over the directories of a day, with a clock that stands still, and what it announced. */
export interface Running {
  readonly day: Day
  readonly dataset: Dataset
  readonly service: Service
  readonly announced: readonly Announcement[]
  setClock(now: Date): void
  /** The next announcement fails. */
  loseAnnouncement(): void
  /** Tells of the hour's object as it is now. Sequencers go up with each call, unless one is given. */
  arrive(hour: string, sequencer?: string): ReturnType<typeof arrive>
  /** `catalog`: in place of the service's. */
  seal(owner?: string, minHours?: number, catalog?: Catalog): ReturnType<typeof sealDay>
  concludeSealed(owner?: string): ReturnType<typeof concludeDay>
  remove(): Promise<void>
}

export const NEVER = new AbortController().signal

export async function makeRunning(change: (dataset: Dataset) => Dataset = (same) => same): Promise<Running> {
  const day = await makeDay()
  const dataset = change(day.dataset)
  const announced: Announcement[] = []
  let clock = NOW
  let lost = 0
  let ids = 0
  const newId = () => `id${++ids}`
  const service: Service = {
    datasets: new Map([[dataset.name, dataset]]),
    openStores: ({ archive, out }) => ({
      archive: openStore(archive.location),
      out: openStore(out, { createRoot: true }),
    }),
    catalog: openStateCatalog(openStore(dataset.out, { createRoot: true }), { newId }),
    announce: async (name, date, announcement) => {
      if (name !== dataset.name || date !== (announcement.kind.startsWith('Export') ? undefined : DATE))
        throw new Error(`announced of ${date} of ${name}`)
      if (lost > 0) {
        lost--
        throw new Error('the bus is away')
      }
      announced.push(announcement)
    },
    now: () => clock,
  }
  let events = 0
  const seal = (owner = 'run-1', minHours = 24, catalog = service.catalog) => {
    const leaseUntil = new Date(clock.getTime() + 900_000)
    return sealDay(
      { ...service, catalog },
      { dataset: dataset.name, date: DATE, owner, minHours, newId, leaseUntil, signal: NEVER },
    )
  }
  return {
    day,
    dataset,
    service,
    announced,
    setClock: (now) => {
      clock = now
    },
    loseAnnouncement: () => {
      lost++
    },
    async arrive(hour, sequencer = (++events).toString(16).padStart(8, '0')) {
      const key = `${DATE.replaceAll('-', '')}/${hour}.jsonl.gz`
      const info = await openStore(day.archive).head(key)
      const object = { etag: info?.etag ?? 'gone', bytes: info?.size ?? 0, sequencer }
      return arrive(service, { dataset, date: DATE, hour, key }, object, NEVER)
    },
    seal,
    async concludeSealed(owner = 'run-1') {
      const sealed = await seal(owner)
      if (sealed.kind === 'refused') throw new Error('the seal was refused')
      const ending = { kind: 'sealed', seal: sealed } as const
      return concludeDay(service, { dataset: dataset.name, date: DATE, owner, started: clock, ending, signal: NEVER })
    },
    remove: () => rm(dirname(day.archive), { recursive: true, force: true }),
  }
}
