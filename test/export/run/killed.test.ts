import { cp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExportRecord } from '../../../lib/catalog/export-record.ts'
import { openStateCatalog } from '../../../lib/catalog/state-catalog.ts'
import { killedStore } from '../../seal/killed-store.ts'
import { type SealedPlace, sealedPlace } from './sealed-place.ts'

const [ONE, TWO] = ['2025-03-11', '2025-03-12'] as const
/** Some odd rows are rejected, so that there is a file of them. */
const row = (day: string, id: number) => ({ ts: `${day}T00:00:0${id}Z`, id, value: `${day} ${id}` })

const merge = { into: 'merge' as const, keys: ['id'] }
const compute = {
  twice: ({ id }: Readonly<Record<string, unknown>>) => {
    if (id === 2) throw new Error('no')
    return Number(id) * 2
  },
}
const SETTINGS = {
  'into one file, in two formats': { formats: ['csv' as const, 'sqlite' as const], incremental: merge },
  'into files of their own, with latest and rejects': {
    formats: ['ndjson' as const, 'csv' as const],
    incremental: {},
    latest: true,
    compute,
    onError: 'reject' as const,
  },
  'into one file without meta files': { incremental: merge, includeMetadata: false },
  'of the last day, of which one is kept': {
    formats: ['ndjson' as const, 'csv' as const],
    days: 1,
    latest: true,
    retentionCount: 1,
  },
}

/** Names and contents below the output without what differs from run to run: times, and the names of runs and writes. */
async function placeNow({ out }: SealedPlace): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {}
  const neutral = (text: string) =>
    text
      .replace(/_\d{8}_\d{6}(_\d+)?/g, '_TIME')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
      .replace(/"(run|write)_id": "\w+"/g, '"$1_id": "ID"')
  for (const name of (await readdir(out, { recursive: true })).sort()) {
    const path = join(out, name)
    if (!/^(exports|_state\/export-state)\//.test(name) || !(await stat(path)).isFile()) continue
    const target = await readlink(path).catch(() => undefined)
    files[neutral(name)] = neutral(target ?? (await readFile(path)).toString('latin1'))
  }
  return files
}

describe.each(Object.entries(SETTINGS))('an export %s', (_, settings) => {
  it('that is killed before any of its changes ends, with the next run, as one that nobody disturbed', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1), row(ONE, 2)])
    await place.export(settings)
    await place.seal(TWO, [row(TWO, 1), row(TWO, 2), row(TWO, 3)])
    const snapshot = join(place.root, 'snapshot')
    await cp(place.out, snapshot, { recursive: true, verbatimSymlinks: true })
    // The next run, and one when what was left is old.
    const later = () => new Date(place.clock().getTime() + 8 * 86_400_000)
    const next = async () => {
      await place.export(settings)
      await place.export(settings, { clock: later })
    }
    await place.export(settings)
    await next()
    const wanted = await placeNow(place)
    expect(Object.keys(wanted).length).toBeGreaterThan(1)
    for (let at = 1, isOver = false; !isOver; at++) {
      await rm(place.out, { recursive: true })
      await cp(snapshot, place.out, { recursive: true, verbatimSymlinks: true })
      const { store, isDead } = killedStore(place.store, at)
      const catalog = openStateCatalog(store, { newId: place.newId })
      const error = await place.export(settings, { destination: store, catalog }).then(
        () => undefined,
        (thrown: Error) => thrown.message,
      )
      isOver = !isDead()
      expect(error).toBe(isOver ? undefined : 'killed')
      await next()
      expect(await placeNow(place), `killed before change ${at}`).toEqual(wanted)
      if ('incremental' in settings) expect(await countedTwice(place)).toEqual([])
    }
  }, 240_000)
})

/** Days that two runs say they exported, though they were sealed once. */
async function countedTwice(place: SealedPlace): Promise<readonly string[]> {
  const runs = await place.catalog.exports('app', { limit: 100 })
  const days = runs.filter(({ outcome }) => outcome === 'exported').map(({ last_day }) => last_day!)
  return days.filter((day, i) => days.indexOf(day) !== i)
}

describe('an incremental run that is cut after it counts', () => {
  it('is told of, and recorded as what it was, by the next run', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1), row(ONE, 3)])
    const settings = { incremental: {} }
    const away = () => Promise.reject(new Error('the bus is away'))
    await expect(place.export(settings, { onExported: away })).rejects.toThrow('the bus is away')
    const [cut] = await place.catalog.exports('app', { limit: 10 })
    expect(cut).toMatchObject({ outcome: 'running', files: [] })
    await expect(place.export(settings, { onExported: away })).rejects.toThrow('the bus is away')
    const told: ExportRecord[] = []
    const tell = async (run: ExportRecord) => void told.push(run)
    expect((await place.export(settings, { onExported: tell })).kind).toBe('nothing-new')
    const facts = { outcome: 'exported', first_day: ONE, last_day: ONE, days: 1, rows_in: 2, rows_out: 2 }
    expect(told).toMatchObject([{ run_id: cut!.run_id, started: cut!.started, ...facts }])
    const runs = await place.catalog.exports('app', { limit: 10 })
    expect(runs.map(({ outcome }) => outcome)).toEqual(['nothing-new', 'failed', 'exported'])
    expect(runs.at(-1)).toEqual(told[0])
    expect(runs.at(-1)!.files).toMatchObject([{ format: 'ndjson', bytes: runs.at(-1)!.bytes }])
    expect((await place.export(settings, { onExported: tell })).kind).toBe('nothing-new')
    expect(told).toHaveLength(1)
  })

  it('is no fault when its files were taken away', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    const settings = { incremental: merge }
    await place.export(settings)
    for (const { key } of await place.store.list('exports/')) {
      if (key.endsWith('.ndjson')) await rm(join(place.out, key))
    }
    expect((await place.export(settings)).kind).toBe('nothing-new')
  })

  it('has a latest again that somebody removed', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    const settings = { incremental: merge }
    await place.export(settings)
    await rm(join(place.out, 'exports/rows/latest.ndjson'))
    expect((await place.export(settings)).kind).toBe('nothing-new')
    expect(await readFile(join(place.out, 'exports/rows/latest.ndjson'), 'utf8')).toContain(ONE)
  })

  it('leaves latest to a run that counts by then', async () => {
    const place = await sealedPlace()
    const settings = { incremental: merge }
    await place.seal(ONE, [row(ONE, 1)])
    let beaten = false
    const slow = {
      ...place.store,
      async alias(from: string, to: string) {
        if (!beaten) {
          beaten = true
          await place.seal(TWO, [row(TWO, 2)])
          await place.export(settings)
        }
        return place.store.alias(from, to)
      },
    }
    await place.export(settings, { destination: slow })
    expect(beaten).toBe(true)
    expect(await readFile(join(place.out, 'exports/rows/latest.ndjson'), 'utf8')).toContain(TWO)
    const pointer = JSON.parse(await readFile(join(place.out, 'exports/rows/latest.ndjson.json'), 'utf8'))
    const target = await readlink(join(place.out, 'exports/rows/latest.ndjson'))
    expect(pointer.key).toBe(`exports/rows/${target}`)
  })
})
