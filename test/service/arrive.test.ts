import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { beginSeal } from '../../lib/catalog/day-transitions.ts'
import { updateDay } from '../../lib/catalog/update-day.ts'
import { DaysealError } from '../../lib/errors.ts'
import { arrive } from '../../lib/service/arrive.ts'
import { arriveInAll } from '../../lib/service/arrive-in-all.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE, NOW, twoRows } from '../seal/day.ts'
import { thrownBy } from '../thrown.ts'
import { makeRunning, NEVER, type Running } from './running.ts'

let running: Running
beforeEach(async () => {
  running = await makeRunning()
})
afterEach(() => running.remove())

const dayRecord = () => running.service.catalog.day('logs', DATE)
const sources = () => running.service.catalog.sources('logs', DATE)

describe('an object arrives', () => {
  it('converts its hour once, and knows the source', async () => {
    for (let i = 0; i < 10; i++) {
      expect(await running.arrive('05', '0000000A')).toMatchObject({ kind: i === 0 ? 'converted' : 'unchanged' })
    }
    expect(await sources()).toEqual([
      expect.objectContaining({ hour: '05', state: 'converted', sequencer: '0000000A', bytes: expect.any(Number) }),
    ])
    expect(await dayRecord()).toMatchObject({ state: 'open', hours_found: 24, generation: null })
    expect(running.announced).toEqual([])
  })

  it('leaves a day alone when an older event comes late', async () => {
    await running.arrive('05', '000000B0')
    expect(await running.arrive('05', '000000A0')).toEqual({ kind: 'older' })
    expect((await sources())[0]).toMatchObject({ sequencer: '000000B', state: 'converted' })
  })

  it('records an object that is gone by the time its event comes', async () => {
    await running.day.removeHour('05')
    expect(await running.arrive('05')).toEqual({ kind: 'empty', hoursFound: 23 })
    expect((await sources())[0]).toMatchObject({ state: 'deleted' })
  })

  it('makes a sealed day stale when its content is new, and says so once for each object', async () => {
    await running.concludeSealed()
    expect(await running.arrive('05')).toMatchObject({ kind: 'unchanged' })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 1 })
    await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
    const sequencer = '0000FF'
    for (let i = 0; i < 3; i++) await running.arrive('05', sequencer)
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(running.announced.filter(({ kind }) => kind === 'Day Stale')).toEqual([
      { kind: 'Day Stale', generation: 1, key: `${DATE.replaceAll('-', '')}/05.jsonl.gz` },
    ])
    expect(await running.seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 2, late: [] })
  })

  it('knows a sealed day that the catalog has lost', async () => {
    await running.day.seal()
    await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
    await running.arrive('05')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(running.announced).toMatchObject([{ kind: 'Day Stale', generation: 1 }])
  })

  it('tells of an hour that cannot be converted: which key, and why, once', async () => {
    await writeFile(join(running.day.archive, DATE.replaceAll('-', ''), '05.jsonl.gz'), 'no gzip, no JSON')
    for (let i = 0; i < 3; i++) expect((await thrownBy(() => running.arrive('05', '0A'))).code).toBe('source')
    expect(running.announced).toEqual([
      { kind: 'Hour Failed', hour: '05', key: '20250314/05.jsonl.gz', cause: expect.stringContaining('05.jsonl.gz') },
    ])
    expect((await sources())[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('05.jsonl.gz') })
    await running.day.writeHour('05', [{ hour: 5 }])
    expect(await running.arrive('05', '0B')).toMatchObject({ kind: 'converted' })
    expect((await sources())[0]).toMatchObject({ state: 'converted' })
  })

  it('tells of a stale day, and of a failed hour, when the first try to announce it came to nothing', async () => {
    await running.concludeSealed()
    const { announced } = running
    await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
    running.loseAnnouncement()
    await expect(running.arrive('05', '0B')).rejects.toThrow('the bus is away')
    await running.arrive('05', '0B')
    expect(announced.slice(1)).toMatchObject([{ kind: 'Day Stale', generation: 1 }])
    await writeFile(join(running.day.archive, DATE.replaceAll('-', ''), '05.jsonl.gz'), 'no gzip, no JSON')
    running.loseAnnouncement()
    await expect(running.arrive('05', '0C')).rejects.toThrow('the bus is away')
    for (let i = 0; i < 2; i++) await thrownBy(() => running.arrive('05', '0C'))
    expect(announced.slice(2)).toMatchObject([{ kind: 'Hour Failed', hour: '05' }])
  })

  it('announces no more of a cause than an event may hold', async () => {
    const { service, dataset } = running
    const openStores = () => {
      throw new DaysealError('source', 'x'.repeat(300_000))
    }
    const place = { dataset, date: DATE, hour: '05', key: '20250314/05.jsonl.gz' }
    const object = { etag: 'e', bytes: 1, sequencer: '0A' }
    for (let i = 0; i < 2; i++) await thrownBy(() => arrive({ ...service, openStores }, place, object, NEVER))
    expect(running.announced).toHaveLength(1)
    expect(JSON.stringify(running.announced).length).toBeLessThan(3000)
  })

  it('tells of a stale day whose seal ended before it could say so', async () => {
    const { catalog } = running.service
    const begun = await openedBy('run-1')
    await running.day.seal()
    await running.day.writeHour('05', [...twoRows('05'), { hour: 5, text: 'late' }])
    const { version, ...content } = begun
    const late = [{ key: '20250314/05.jsonl.gz', etag: await etagOf('05'), listed: false }]
    await catalog.putDay({ ...content, late }, version)
    running.setClock(new Date(NOW.getTime() + 120_000))
    await running.arrive('05')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1, lease: null })
    expect(running.announced).toMatchObject([{ kind: 'Day Stale', generation: 1 }])
  })

  it('gives each dataset over one archive its hour, also when that of another fails', async () => {
    const { dataset, service, day } = running
    const strict = { ...dataset, name: 'strict', limits: { ...dataset.limits, maxExpandedBytes: 1 } }
    const object = { etag: await etagOf('05'), bytes: 1, sequencer: '0A' }
    const place = { dataset, date: DATE, hour: '05', key: '20250314/05.jsonl.gz' }
    const outcomes: string[] = []
    const both = [{ ...place, dataset: { ...strict, out: join(day.out, '..', 'strict') } }, place]
    const quiet = { ...service, announce: async () => undefined }
    const error = await thrownBy(() =>
      arriveInAll(quiet, both, object, NEVER, ({ dataset: { name } }, { kind }) => outcomes.push(`${name} ${kind}`)),
    )
    expect(error.code).toBe('source')
    expect(outcomes).toEqual(['logs converted'])
  })

  /** A seal that has begun, and of which nothing else is heard. */
  async function openedBy(owner: string) {
    const lease = { owner, until: new Date(NOW.getTime() + 60_000).toISOString() }
    const day = { dataset: 'logs', date: DATE }
    const told = await updateDay(running.service.catalog, day, (present) => beginSeal(present, day, lease, NOW))
    if (told.kind !== 'written') throw new Error('somebody else has the day')
    return told.day
  }

  async function etagOf(hour: string): Promise<string> {
    return (await openStore(running.day.archive).head(`20250314/${hour}.jsonl.gz`))!.etag
  }
})
