import { readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { status } from '../../lib/catalog/status.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import { lastDayOlderThan, parseAge } from '../../lib/export/archive/age.ts'
import { planOffload, sealedDays } from '../../lib/export/archive/plan-offload.ts'
import { seal } from '../../lib/seal/seal.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { DATE, jsonl, writeDay } from '../archive-day.ts'
import {
  datasetOf,
  filesIn,
  notPassed,
  type Place,
  sealDay,
  sealFast,
  snapshot,
  testPlace,
  verifyDay,
} from '../bad-input/place.ts'
import { faultyStore } from '../seal/faulty-store.ts'
import { s3Bucket } from '../store/s3-bucket.ts'
import { thrownBy } from '../thrown.ts'
import { archive, flipByte, flippingReads, NOW, offload, ofKind, visibleFiles } from './archive-place.ts'
import { sha256, validBag } from './valid-bag.ts'

const HOURS = ['04', '05', '06']
const SOURCES = HOURS.map((hour) => `20250314/${hour}.jsonl.gz`)
const NOT_A_SOURCE = '20250314/notes.txt'

/** A sealed day of three hours, and a file in its folder that is no hour's. */
async function sealedPlace(): Promise<Place> {
  const place = await testPlace()
  await writeDay(place.archive, { hours: HOURS, files: { 'notes.txt': 'not a source' } })
  await sealFast(place, DATE)
  return place
}

const offloads = (place: Place) => visibleFiles(join(place.out, 'offloads'))
const zipOf = (place: Place, name = DATE) => join(place.out, 'offloads', `${name}.zip`)
const at = (place: Place, key: string) => join(place.archive, key)

/** Nothing was written or deleted. */
async function unharmed(place: Place, act: () => Promise<unknown>): Promise<void> {
  const before = await snapshot(place.folder)
  await act()
  const after = await snapshot(place.folder)
  expect(Object.keys(after).filter((file) => !file.includes('.dayseal-tmp-'))).toEqual(Object.keys(before))
  expect(after).toMatchObject(before)
}

describe('an offload', () => {
  test('puts the sources into a bag, and leaves them where they are', async () => {
    const place = await sealedPlace()
    const before = await snapshot(place.archive)
    const outcome = ofKind(await offload(place, { sources: 'keep' }), 'offloaded')
    const payload = await validBag(zipOf(place))
    expect([...payload.keys()]).toEqual([
      'data/history/2025-03-14/manifest.g0001.json',
      'data/sources/2025-03-14.json',
      ...SOURCES.map((key) => `data/archive/${key}`),
    ])
    for (const key of SOURCES) expect(sha256(payload.get(`data/archive/${key}`)!)).toBe(before[key])
    const zip = await readFile(zipOf(place))
    expect(outcome).toMatchObject({
      generation: 1,
      zips: ['offloads/2025-03-14.zip'],
      written: { key: 'offloads/2025-03-14.zip', bytes: zip.length, sha256: sha256(zip), files: 3 },
      deleted: { files: 0, bytes: 0, kept: [] },
      gone: 0,
    })
    expect(await snapshot(place.archive)).toEqual(before)
    await unharmed(place, async () => ofKind(await offload(place, { sources: 'keep' }), 'already-offloaded'))
  })

  test('deletes the sources, and nothing else, when a zip holds them', async () => {
    const place = await sealedPlace()
    const { written, deleted } = ofKind(await offload(place), 'offloaded')
    await validBag(zipOf(place))
    expect(await filesIn(place.archive)).toEqual([NOT_A_SOURCE])
    expect(deleted).toEqual({ files: 3, bytes: written!.sourceBytes, kept: [] })
    await unharmed(place, async () => {
      expect(ofKind(await offload(place), 'already-offloaded')).toMatchObject({
        gone: 3,
        zips: ['offloads/2025-03-14.zip'],
      })
    })
  })

  test('leaves a day that is still sealed, never stale, and whose sources verify says are gone', async () => {
    const place = await sealedPlace()
    await offload(place)
    expect((await sealDay(place, { minHours: 3 })).kind).toBe('already-sealed')
    expect(notPassed(await verifyDay(place))).toEqual([
      expect.stringMatching(/^warned sources.there: gone: 20250314\/04/),
    ])
    expect(await status({ dataset: datasetOf(place), now: NOW })).toMatchObject([{ date: DATE, state: 'partial' }])
  })

  test('can be taken back: what is unpacked from the zip is the archive again', async () => {
    const place = await sealedPlace()
    await offload(place)
    for (const [path, content] of await validBag(zipOf(place))) {
      if (path.startsWith('data/archive/')) await writeFile(at(place, path.slice('data/archive/'.length)), content)
    }
    expect(notPassed(await verifyDay(place))).toEqual([])
    expect((await sealDay(place, { minHours: 3 })).kind).toBe('already-sealed')
    expect(await status({ dataset: datasetOf(place), now: NOW })).toMatchObject([{ date: DATE, state: 'partial' }])
  })

  test('clears away what a killed run left a week ago, also when nothing is there to do', async () => {
    const place = await sealedPlace()
    await offload(place)
    const left = join(place.out, 'offloads', '.dayseal-tmp-1-left')
    await writeFile(left, 'half')
    await offload(place)
    expect(await filesIn(join(place.out, 'offloads'))).toHaveLength(2)
    await utimes(left, new Date('2020-01-01'), new Date('2020-01-01'))
    expect(ofKind(await offload(place), 'already-offloaded').gone).toBe(3)
    expect(await filesIn(join(place.out, 'offloads'))).toEqual(['2025-03-14.zip'])
  })

  test('uses a zip that is there, and goes on deleting where it was cut', async () => {
    const place = await sealedPlace()
    const faulty = faultyStore(openStore(place.archive), 2, 'before')
    expect(await thrownBy(() => offload(place, { archive: faulty.store }))).toMatchObject({
      message: 'the connection broke',
    })
    expect(await filesIn(place.archive)).toEqual([...SOURCES.slice(1), NOT_A_SOURCE])
    const zip = await readFile(zipOf(place))
    const outcome = ofKind(await offload(place), 'offloaded')
    expect(outcome).toMatchObject({ written: null, deleted: { files: 2, kept: [] }, gone: 1 })
    expect((await readFile(zipOf(place))).equals(zip)).toBe(true)
    expect(await filesIn(place.archive)).toEqual([NOT_A_SOURCE])
  })

  test('first keeps, then deletes with the zip that it wrote', async () => {
    const place = await sealedPlace()
    await offload(place, { sources: 'keep' })
    expect(ofKind(await offload(place), 'offloaded')).toMatchObject({ written: null, deleted: { files: 3 } })
  })

  test('puts sources that came later into one more zip', async () => {
    const place = await testPlace()
    const layout = '{yyyy}{MM}{dd}/{HH}*.jsonl'
    const dataset = datasetOf(place, { layout })
    await writeDay(place.archive, { hours: [], files: { '04a.jsonl': jsonl([{ n: 1 }]) } })
    await sealDay(place, { layout, minHours: 1 })
    await offload(place, {}, dataset)
    await writeDay(place.archive, { hours: [], files: { '05late.jsonl': jsonl([{ n: 2 }]) } })
    await unharmed(place, async () => {
      // No manifest names the late one.
      expect(ofKind(await offload(place, {}, dataset), 'already-offloaded')).toMatchObject({ gone: 1 })
    })
    expect(await sealDay(place, { layout, minHours: 1 })).toMatchObject({ kind: 'sealed', generation: 2 })
    const second = ofKind(await offload(place, {}, dataset), 'offloaded')
    expect(second).toMatchObject({ generation: 2, deleted: { files: 1 }, gone: 1 })
    expect(second.zips).toEqual(['offloads/2025-03-14.zip', 'offloads/2025-03-14.2.zip'])
    expect([...(await validBag(zipOf(place, '2025-03-14.2'))).keys()]).toContain('data/archive/20250314/05late.jsonl')
    expect(await filesIn(place.archive)).toEqual([])
    expect(notPassed(await verifyDay(place, { layout }))).toEqual([expect.stringMatching(/^warned sources.there/)])
  })

  test('puts a source that was sealed again with other content into one more zip', async () => {
    const place = await sealedPlace()
    await offload(place, { sources: 'keep' })
    await writeDay(place.archive, { hours: ['05'], rows: () => [{ n: 99 }] })
    await sealDay(place, { minHours: 3, allowRemoval: true })
    const outcome = ofKind(await offload(place), 'offloaded')
    expect(outcome).toMatchObject({ written: { key: 'offloads/2025-03-14.2.zip', files: 1 }, deleted: { files: 3 } })
    expect(await filesIn(place.archive)).toEqual([NOT_A_SOURCE])
  })
})

describe('nothing is written or deleted', () => {
  test.each<[string, (place: Place) => Promise<void>]>([
    ['whose source has other content', (place) => flipByte(at(place, SOURCES[1]!))],
    [
      'whose data is damaged',
      async ({ out }) => flipByte(join(out, 'generations', DATE, (await filesIn(join(out, 'generations', DATE)))[0]!)),
    ],
    [
      'whose manifest names a source that is none of it',
      async ({ out }) => {
        const file = join(out, `history/${DATE}/manifest.g0001.json`)
        await writeFile(file, (await readFile(file, 'utf8')).replace(SOURCES[0]!, NOT_A_SOURCE))
      },
    ],
  ])('of a day that does not verify: one %s', async (_, damage) => {
    const place = await sealedPlace()
    await damage(place)
    await unharmed(place, async () => {
      expect(ofKind(await offload(place), 'not-verified').verdict.result).toBe('failed')
    })
  })

  test('of a day that is not sealed, or whose archive is not there', async () => {
    const place = await sealedPlace()
    await unharmed(place, async () => {
      expect(await thrownBy(() => offload(place, { date: '2025-03-15' }))).toMatchObject({ code: 'guard' })
      const archive = openStore(join(place.folder, 'nowhere'))
      expect(await thrownBy(() => offload(place, { archive }))).toMatchObject({ code: 'storage' })
    })
  })

  test('when a zip that is there is not valid, or of something else', async () => {
    const place = await sealedPlace()
    await offload(place, { sources: 'keep' })
    const zip = await readFile(zipOf(place))
    zip[zip.indexOf(await readFile(at(place, SOURCES[1]!))) + 20]! ^= 1
    await writeFile(zipOf(place), zip)
    await unharmed(place, async () => {
      expect(await thrownBy(() => offload(place))).toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining('offloads/2025-03-14.zip'),
      })
    })
    await rm(zipOf(place))
    const theirs = await testPlace()
    await writeDay(theirs.archive, { hours: HOURS })
    const dataset = { ...datasetOf(theirs), name: 'other' }
    const sealing = { dataset, date: DATE, now: NOW, minHours: HOURS.length, newId: () => 'x' }
    await seal({ ...sealing, converter: convertHere() })
    const to = { store: openStore(place.out), prefix: 'offloads/' }
    await archive(theirs, { dataset, name: DATE, dates: [DATE], to })
    await unharmed(place, async () => {
      expect(await thrownBy(() => offload(place))).toMatchObject({
        code: 'usage',
        message: expect.stringMatching(
          /seen: other 2025-03-14; .*formerly: \['other'\] in the configuration of default/,
        ),
      })
    })
  })

  test('when the zip does not read back as it was written', async () => {
    const place = await sealedPlace()
    const rows = Array.from({ length: 3000 }, (_, n) => ({ n: Math.imul(n, 2654435761) }))
    await writeDay(place.archive, { hours: ['05'], rows: () => rows })
    await sealDay(place, { minHours: 3 })
    const to = { store: flippingReads(openStore(place.out), '.zip'), prefix: 'offloads/' }
    await unharmed(place, async () => {
      expect(await thrownBy(() => offload(place, { to }))).toMatchObject({ code: 'storage' })
    })
  })

  test('when writing the zip fails, wherever', async () => {
    const place = await sealedPlace()
    const out = openStore(place.out)
    // How many writes there are depends on how the bytes come together: until one run meets no fault.
    let failing = 1
    for (; ; failing++) {
      const to = { store: faultyStore(out, failing, 'before').store, prefix: 'offloads/' }
      const before = await snapshot(place.archive)
      const fault = await offload(place, { to }).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (fault === undefined) break
      expect(fault).toMatchObject({ message: 'the connection broke' })
      expect(await offloads(place)).toEqual([])
      expect(await snapshot(place.archive)).toEqual(before)
    }
    expect(failing).toBeGreaterThan(3)
  })

  test('when another run writes the zip meanwhile', async () => {
    const place = await sealedPlace()
    const out = openStore(place.out)
    const store = onceBefore(out, 'write', async () => {
      await putObject(out, 'offloads/2025-03-14.zip', Buffer.from('theirs'))
    })
    expect(await thrownBy(() => offload(place, { to: { store, prefix: 'offloads/' } }))).toMatchObject({
      code: 'conflict',
    })
    expect(await readFile(zipOf(place), 'utf8')).toBe('theirs')
    expect(await filesIn(place.archive)).toHaveLength(4)
  })
})

/** A store in which something happens before the first call of a method. */
function onceBefore(store: ObjectStore, method: 'write' | 'delete' | 'head', act: () => Promise<void>): ObjectStore {
  let first = true
  const before = async () => {
    if (!first) return
    first = false
    await act()
  }
  return {
    ...store,
    [method]: async (key: string) => {
      await before()
      return store[method](key)
    },
  }
}

describe('a source stays', () => {
  test('when it is written again after it was packed', async () => {
    const place = await sealedPlace()
    const archive = onceBefore(openStore(place.archive), 'delete', () =>
      writeFile(at(place, SOURCES[2]!), 'written again'),
    )
    const { deleted, written } = ofKind(await offload(place, { archive }), 'offloaded')
    expect(written?.files).toBe(3)
    expect(deleted).toMatchObject({ files: 2, kept: [SOURCES[2]] })
    expect(await filesIn(place.archive)).toEqual([SOURCES[2], NOT_A_SOURCE])
    expect(await readFile(at(place, SOURCES[2]!), 'utf8')).toBe('written again')
  })

  test('when it is written again after the zip of an earlier run was checked', async () => {
    const place = await sealedPlace()
    await offload(place, { sources: 'keep' })
    // The first deletion comes after the day was verified.
    const archive = onceBefore(openStore(place.archive), 'delete', () => flipByte(at(place, SOURCES[1]!)))
    expect(ofKind(await offload(place, { archive }), 'offloaded').deleted).toMatchObject({
      files: 2,
      kept: [SOURCES[1]],
    })
    expect(await filesIn(place.archive)).toEqual([SOURCES[1], NOT_A_SOURCE])
  })

  test('when the work is stopped', async () => {
    const place = await sealedPlace()
    const stop = new AbortController()
    const reason = new Error('stopped')
    const onProgress = ({ phase }: { readonly phase: string }) => phase === 'delete' && stop.abort(reason)
    await expect(offload(place, { signal: stop.signal, onProgress })).rejects.toBe(reason)
    expect(await filesIn(place.archive)).toEqual([...SOURCES.slice(1), NOT_A_SOURCE])
  })
})

describe('in buckets', () => {
  const bucket = s3Bucket()

  test('sources are offloaded and deleted, but for one that is written again', async () => {
    const place = await testPlace()
    const logs = bucket.openAt(`s3://${bucket.name()}/logs`)
    const location = `s3://${bucket.name()}/logs`
    const put = (key: string, text: string) => bucket.server().put(bucket.name(), `logs/${key}`, Buffer.from(text))
    const keys = HOURS.map((hour) => `20250314/${hour}.jsonl`)
    for (const key of keys) put(key, jsonl([{ key }]))
    const dataset = {
      ...datasetOf(place),
      archive: { location, layout: '{yyyy}{MM}{dd}/{HH}.jsonl' },
      s3: bucket.settings(),
    }
    await seal({ dataset, date: DATE, now: NOW, newId: () => 'one', converter: convertHere(), minHours: 3 })
    const archive = onceBefore(logs, 'delete', async () => put(keys[1]!, 'again'))
    const to = { store: bucket.openAt(`s3://${bucket.name()}/cold`), prefix: '' }
    const outcome = ofKind(await offload(place, { archive, to }, dataset), 'offloaded')
    expect(outcome.deleted).toMatchObject({ files: 2, kept: [keys[1]] })
    expect(await logs.list('')).toMatchObject([{ key: keys[1] }])
    expect(await to.store.list('')).toMatchObject([{ key: '2025-03-14.zip' }])
  })
})

describe('which days', () => {
  test.each([
    ['1d', 1],
    ['30d', 30],
    ['4w', 28],
  ])('%s are %i days', (text, days) => {
    expect(parseAge(text)).toBe(days)
  })

  test.each(['', '30', 'd', '0d', '0w', '-1d', '1.5d', '30 d', '30D', '1y', '999999d', '1d2w'])(
    '%j is no age',
    async (text) => {
      expect(await thrownBy(() => parseAge(text))).toMatchObject({
        code: 'usage',
        message: expect.stringContaining('30d, 4w'),
      })
    },
  )

  test('a day is as old as the time since its end', () => {
    expect(lastDayOlderThan(30, new Date('2025-04-14T00:00:00.000Z'))).toBe('2025-03-14')
    expect(lastDayOlderThan(30, new Date('2025-04-13T23:59:59.999Z'))).toBe('2025-03-13')
    expect(lastDayOlderThan(1, new Date('2024-03-02T12:00:00.000Z'))).toBe('2024-02-29')
  })

  test('sealed days are those of the history', async () => {
    const place = await sealedPlace()
    const out = openStore(place.out)
    expect(await sealedDays(out, { to: '2025-03-13' })).toEqual([])
    expect(await sealedDays(out, { from: '2025-03-14', to: '2025-03-14' })).toEqual([DATE])
    expect(await sealedDays(out, { from: '2025-03-15', to: '2025-03-16' })).toEqual([])
  })

  test('a plan tells what there is, and changes nothing', async () => {
    const place = await sealedPlace()
    const out = openStore(place.out)
    const where = {
      dataset: datasetOf(place),
      out,
      archive: openStore(place.archive),
      to: { store: out, prefix: 'offloads/' },
    }
    await unharmed(place, async () => {
      expect(await planOffload({ ...where, date: DATE })).toMatchObject({ generation: 1, files: 3, gone: 0, zips: [] })
      expect(await planOffload({ ...where, date: '2025-03-15' })).toMatchObject({ generation: null, files: 0 })
    })
    await offload(place)
    expect(await planOffload({ ...where, date: DATE })).toMatchObject({
      files: 0,
      bytes: 0,
      gone: 3,
      zips: ['offloads/2025-03-14.zip'],
    })
  })
})
