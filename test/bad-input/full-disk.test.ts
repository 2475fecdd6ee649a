import type { PathLike } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { convertHour } from '../../lib/convert/convert-hour.ts'
import { convertSettings } from '../../lib/convert/settings.ts'
import { DaysealError } from '../../lib/errors.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE, folderOf, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import { datasetOf, filesIn, notPassed, openPlace, type Place, sealDay, verifyDay } from './place.ts'

/*
 * A disk that is full from the n-th change on, for every n: files cannot be made, written, synced, named or put into new
 * folders; removing still works. Only this thread meets it, so hours are converted here or before.
 */
const disk = vi.hoisted(() => ({ changes: 0, fullFrom: Number.POSITIVE_INFINITY }))

async function change<T>(act: () => Promise<T>): Promise<T> {
  if (++disk.changes < disk.fullFrom) return act()
  throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', errno: -28 })
}

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    mkdir: (path: PathLike, options: object) => change(() => real.mkdir(path, options)),
    link: (from: PathLike, to: PathLike) => change(() => real.link(from, to)),
    rename: (from: PathLike, to: PathLike) => change(() => real.rename(from, to)),
    open: async (path: PathLike, flags: string | number) => {
      if (flags !== 'wx') return real.open(path, flags)
      const handle = await change(() => real.open(path, flags))
      const [write, sync] = [handle.write.bind(handle), handle.sync.bind(handle)]
      return Object.assign(handle, {
        write: (bytes: Uint8Array, at: number) => change(() => write(bytes, at)),
        sync: () => change(sync),
      })
    },
  }
})

const hours = ['04', '05']
const minHours = 2

/** Runs `act` on a disk that is full from change number `from` on. Undefined when there were not so many. */
async function onFullDisk(from: number, act: () => Promise<unknown>): Promise<DaysealError | undefined> {
  Object.assign(disk, { changes: 0, fullFrom: from })
  try {
    await act()
    return undefined
  } catch (error) {
    if (!(error instanceof DaysealError)) throw error
    return error
  } finally {
    Object.assign(disk, { changes: 0, fullFrom: Number.POSITIVE_INFINITY })
  }
}

function expectFull(error: DaysealError, place: Place): void {
  expect(error.code).toBe('storage')
  expect(error.message).toMatch(
    /^cannot (write|copy|make the folder) .*ENOSPC: .*the disk is full: free some space, then run again$/,
  )
  expect(error.message).toContain(place.out)
}

const temporary = async (folder: string) => (await filesIn(folder)).filter((file) => file.includes('/.'))

describe('a disk that gets full while an hour is converted', () => {
  test('leaves no unfinished file, and nothing that the next seal would take for whole', async () => {
    const { place, remove } = await openPlace()
    onTestFinished(remove)
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': withBroken(3) } })
    const archive = openStore(place.archive)
    const sources = await archive.list(folderOf(DATE))
    const task = { date: DATE, hour: '05', sources, settings: convertSettings(datasetOf(place)), base: [], day: null }
    const [ledger, part, quarantine] = [
      `hourly/${DATE}/05.json`,
      `hourly/${DATE}/05.parquet`,
      `quarantine/${DATE}/05.jsonl.gz`,
    ]
    const states = new Set<string>()
    let from = 1
    for (; ; from++) {
      const here = { ...place, out: join(place.folder, `full-${from}`) }
      const out = openStore(here.out, { createRoot: true })
      const error = await onFullDisk(from, () => convertHour(task, { archive, out }))
      if (error === undefined) break
      expectFull(error, here)
      const state = (await filesIn(here.out)).join(' ')
      // The ledger comes after its part and before its quarantine, which a seal looks at as well.
      expect(['', part, `${ledger} ${part}`, `${ledger} ${part} ${quarantine}`]).toContain(state)
      if (states.has(state)) continue
      states.add(state)
      expect(await sealDay(here, { minHours: 1 })).toMatchObject({ kind: 'sealed' })
      expect(notPassed(await verifyDay(here))).toEqual([])
    }
    expect(from).toBeGreaterThan(10)
    expect(states.size).toBeGreaterThan(2)
  })
})

/** `before`: generations that are there already. */
describe.each([{ before: 0 }, { before: 1 }])(
  'a disk that gets full while a day is sealed after $before others',
  ({ before }) => {
    let place: Place
    let undisturbed: string | null

    beforeAll(async () => {
      const opened = await openPlace()
      place = opened.place
      await writeDay(place.archive, { hours, files: { '05.jsonl.gz': withBroken(3) } })
      // The hours are converted in another output, and moved here: worker threads know nothing of the full disk.
      const apart = { ...place, out: join(place.folder, 'apart') }
      if (before > 0) {
        for (const each of [place, apart]) await sealDay(each, { minHours })
        await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': withBroken(4) } })
      }
      const outcome = await sealDay(apart, { minHours })
      if (outcome.kind !== 'sealed') throw new Error(outcome.kind)
      undisturbed = outcome.manifest.parquet_sha256
      for (const folder of ['hourly', 'quarantine']) {
        await cp(join(apart.out, folder), join(place.out, folder), { recursive: true, force: true })
      }
      return opened.remove
    }, 60_000)

    test('leaves what was sealed, or what is sealed whole, at any moment', async () => {
      const reached = { uncommitted: 0, committed: 0 }
      for (let from = 1; ; from++) {
        const here = { ...place, out: join(place.folder, `full-${from}`) }
        await cp(place.out, here.out, { recursive: true })
        const error = await onFullDisk(from, () => sealDay(here, { minHours }))
        if (error === undefined) break
        expectFull(error, here)
        expect(await temporary(here.out)).toEqual([])
        const found = await verifyDay(here, { source: false })
        const isCommitted = (found.generation ?? 0) > before
        reached[isCommitted ? 'committed' : 'uncommitted']++
        const failed = notPassed(found).filter((line) => line.startsWith('failed'))
        expect(failed).toEqual(found.generation === null ? [expect.stringMatching(/^failed presence.manifest/)] : [])

        const next = await sealDay(here, { minHours })
        expect(next).toMatchObject({ kind: isCommitted ? 'already-sealed' : 'sealed', generation: before + 1 })
        expect(next).toMatchObject({ manifest: { parquet_sha256: undisturbed } })
        expect(notPassed(await verifyDay(here))).toEqual([])
        await rm(here.out, { recursive: true })
      }
      expect(reached.uncommitted).toBeGreaterThan(5)
      expect(reached.committed).toBeGreaterThan(5)
    })
  },
)

/** An hour with as many broken lines as that. */
function withBroken(lines: number): Buffer {
  return gzipSync(
    `${jsonl(Array.from({ length: 200 }, (_, n) => ({ ...rowsOf('05')[0], n })))}${'broken\n'.repeat(lines)}`,
  )
}
