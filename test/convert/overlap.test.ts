import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { convertHere } from '../../lib/convert/convert-here.ts'
import type { ConvertStores, ConvertTask } from '../../lib/convert/convert-hour.ts'
import type { Converter } from '../../lib/convert/convert-hours.ts'
import { convertHereAndInThreads, convertInThreads } from '../../lib/convert/convert-in-threads.ts'
import type { Ledger } from '../../lib/convert/ledger.ts'
import { convertSettings } from '../../lib/convert/settings.ts'
import { DaysealError } from '../../lib/errors.ts'
import { partKey } from '../../lib/keys.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { thrownBy } from '../thrown.ts'
import { testDataset } from '../verify/sealed-day.ts'

const DATE = '2025-03-14'
const HOURS = ['05', '06', '07']

let folder: string
let stores: ConvertStores
let converter: Converter

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  await mkdir(join(folder, 'archive/20250314'), { recursive: true })
  for (const hour of HOURS) await writeFile(sourceOf(hour), gzipSync(`{"hour":"${hour}"}\n`))
  stores = { archive: openStore(join(folder, 'archive')), out: openStore(join(folder, 'out'), { createRoot: true }) }
})

afterEach(async () => {
  await converter.close()
  await rm(folder, { recursive: true })
})

const sourceOf = (hour: string) => join(folder, `archive/20250314/${hour}.jsonl.gz`)

async function tasks(): Promise<ConvertTask[]> {
  const settings = convertSettings(testDataset())
  const sources = await stores.archive.list('20250314/')
  return HOURS.map((hour, i) => ({ date: DATE, hour, sources: [sources[i]!], settings, base: [], day: null }))
}

/** The stores, with `onRead` and `onWrite` told of each source and part, and `onCommit` asked before a part becomes visible. */
function watched(
  onRead: (hour: string) => void,
  onCommit: (hour: string) => Promise<void>,
  onWrite: (hour: string) => void = () => undefined,
): ConvertStores {
  const { archive, out } = stores
  return {
    archive: {
      ...archive,
      read: (key, options) => {
        onRead(/(\d\d)\.jsonl/.exec(key)![1]!)
        return archive.read(key, options)
      },
    },
    out: {
      ...out,
      write: async (key) => {
        const sink = await out.write(key)
        const hour = HOURS.find((each) => partKey(DATE, each) === key)
        if (hour === undefined) return sink
        onWrite(hour)
        return {
          ...sink,
          commit: async () => {
            await onCommit(hour)
            return sink.commit()
          },
        }
      },
    },
  }
}

const parts = async () => (await stores.out.list(`hourly/${DATE}/`)).map(({ key }) => key)

describe('hours in one thread', () => {
  it('are read while the one before is committed, and committed one at a time', async () => {
    const read = new Map(HOURS.map((hour) => [hour, Promise.withResolvers<void>()]))
    let committing = 0
    const slow = watched(
      (hour) => read.get(hour)!.resolve(),
      async (hour) => {
        expect(++committing).toBe(1)
        // Without an overlap this would be waited for for ever.
        await read.get(HOURS[HOURS.indexOf(hour) + 1] ?? hour)!.promise
        // Long enough for the next hour to be read.
        await sleep(50)
        committing--
      },
    )
    converter = convertHere()
    const told: string[] = []
    const onConverted = ({ hour }: Ledger) => void told.push(hour)
    const ledgers = await converter.convert(await tasks(), slow, { onConverted })
    expect(ledgers.map(({ hour, rows }) => [hour, rows])).toEqual(HOURS.map((hour) => [hour, 1]))
    expect(told).toEqual(HOURS)
    expect(await parts()).toHaveLength(6)
  })

  it('end with the first fault of a commit, and the hour that was read is taken back', async () => {
    const full = new DaysealError('storage', 'the disk is full')
    const failing = watched(
      () => undefined,
      async (hour) => {
        if (hour === '05') throw full
      },
    )
    converter = convertHere()
    expect(await thrownBy(async () => converter.convert(await tasks(), failing, {}))).toBe(full)
    expect(await parts()).toEqual([])
    expect(await converter.convert(await tasks(), stores, {})).toHaveLength(3)
  })

  it('take back the hour that was read when the signal came', async () => {
    const controller = new AbortController()
    const written = Promise.withResolvers<void>()
    const stopped = watched(
      () => undefined,
      async () => {
        await written.promise
        // Long enough for the hour's end.
        await sleep(50)
        controller.abort(new Error('enough'))
      },
      (hour) => hour === '06' && written.resolve(),
    )
    converter = convertHere()
    const converting = converter.convert(await tasks(), stopped, { signal: controller.signal })
    await expect(converting).rejects.toThrow('enough')
    expect(await readdir(join(folder, 'out'), { recursive: true })).toEqual([
      'hourly',
      `hourly/${DATE}`,
      `hourly/${DATE}/05.json`,
      `hourly/${DATE}/05.parquet`,
    ])
  })
})

describe.each([
  ['a thread', () => convertInThreads(1)],
  ['threads', () => convertInThreads(2)],
  ['this thread and another', () => convertHereAndInThreads(2)],
])('hours in %s', (_, create) => {
  it('are the same as in this one, and in the order of the tasks', async () => {
    converter = convertHere()
    const here = await converter.convert(await tasks(), stores, {})
    await rm(join(folder, 'out'), { recursive: true })
    await mkdir(join(folder, 'out'))
    converter = create()
    const told: string[] = []
    const onConverted = ({ hour }: Ledger) => void told.push(hour)
    expect(await converter.convert(await tasks(), stores, { onConverted })).toEqual(here)
    expect(told.sort()).toEqual(HOURS)
  })

  it('end with a fault of a commit, and go on with the next call', async () => {
    await mkdir(join(folder, 'out', `hourly/${DATE}/06.json/in-the-way`), { recursive: true })
    converter = create()
    const error = await thrownBy(async () => converter.convert(await tasks(), stores, {}))
    expect([error.code, error.message]).toEqual(['storage', expect.stringContaining('06.json')])
    await rm(join(folder, 'out', `hourly/${DATE}/06.json`), { recursive: true })
    expect(await converter.convert(await tasks(), stores, {})).toHaveLength(3)
  })

  it('end with the fault of an hour that cannot be read', async () => {
    await writeFile(sourceOf('07'), 'no gzip')
    converter = create()
    expect((await thrownBy(async () => converter.convert(await tasks(), stores, {}))).code).toBe('source')
  })

  it('end with the fault of whoever is told', async () => {
    converter = create()
    const onConverted = () => {
      throw new Error('enough')
    }
    const converting = tasks().then((all) => converter.convert(all, stores, { onConverted }))
    await expect(converting).rejects.toThrow('enough')
    expect(await converter.convert(await tasks(), stores, {})).toHaveLength(3)
  })

  it('may be converted twice at the same time', async () => {
    converter = create()
    const other = openStore(join(folder, 'other'), { createRoot: true })
    const all = await tasks()
    const [here, there] = await Promise.all([
      converter.convert(all, stores, {}),
      converter.convert(all, { ...stores, out: other }, {}),
    ])
    expect(here).toHaveLength(3)
    expect(there).toEqual(here)
  })

  it('see a signal that came before', async () => {
    converter = create()
    const options = { signal: AbortSignal.abort(new Error('stopped')) }
    await expect(tasks().then((all) => converter.convert(all, stores, options))).rejects.toThrow('stopped')
    expect(await parts()).toEqual([])
  })
})

it('nothing more is begun once whoever is told has failed', async () => {
  converter = convertInThreads(1)
  const onConverted = () => {
    throw new Error('enough')
  }
  const all = await tasks()
  const many = Array.from({ length: 60 }, () => all).flat()
  let told = 0
  const counting = () => {
    told++
    onConverted()
  }
  await expect(converter.convert(many, stores, { onConverted: counting })).rejects.toThrow('enough')
  expect(told).toBeLessThan(150)
})

it('a thread that cannot begin is an error', async () => {
  converter = convertInThreads(1)
  const unreadable = { ...stores, archive: { ...stores.archive, location: 'no-scheme://x' } }
  await expect(tasks().then((all) => converter.convert(all, unreadable, {}))).rejects.toThrow('no-scheme')
})
