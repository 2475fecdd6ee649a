import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkArchive } from '../../lib/export/archive/check-archive.ts'
import { TEMPORARY } from '../../lib/store/key.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { verify } from '../../lib/verify/verify.ts'
import { DATE, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import {
  datasetOf,
  filesIn,
  notPassed,
  openPlace,
  type Place,
  sealDay,
  sealFast,
  snapshot,
  testPlace,
} from '../bad-input/place.ts'
import { faultyStore } from '../seal/faulty-store.ts'
import { s3Bucket } from '../store/s3-bucket.ts'
import { thrownBy } from '../thrown.ts'
import { archive, flipByte, flippingReads, NOW, unpack, visibleFiles } from './archive-place.ts'
import { rawZip, readRawZip } from './raw-zip.ts'
import { sha256, validBag, validBagOf } from './valid-bag.ts'

const NEXT = '2025-03-15'
const HOURS = ['04', '05', '06']

/** Two days of three hours, one with quarantined lines, the first sealed twice. */
let place: Place

beforeAll(async () => {
  const opened = await openPlace()
  place = opened.place
  const broken = gzipSync(`${jsonl(Array.from({ length: 40 }, (_, n) => ({ n })))}no JSON\n`)
  await writeDay(place.archive, { hours: HOURS, files: { '05.jsonl.gz': broken } })
  await writeDay(place.archive, { date: NEXT, hours: HOURS })
  await sealFast(place, DATE)
  await sealFast(place, NEXT)
  await writeDay(place.archive, { hours: ['06'], rows: (hour) => [...rowsOf(hour), { late: true }] })
  expect(await sealDay(place, { minHours: 3 })).toMatchObject({ kind: 'sealed', generation: 2 })
  return opened.remove
})

/** The same days, to be damaged. */
async function copy(): Promise<Place> {
  const { folder, archive: logs, out } = await testPlace()
  await cp(place.archive, logs, { recursive: true, preserveTimestamps: true })
  await cp(place.out, out, { recursive: true, preserveTimestamps: true })
  await rm(join(out, 'archives'), { recursive: true, force: true })
  return { folder, archive: logs, out, flags: ['--archive', logs, '--out', out] }
}

const zipOf = (at: Place, name: string) => join(at.out, 'archives', `${name}.zip`)

describe('an archive', () => {
  test('is a bag with what was sealed, as it lies under the output', async () => {
    const written = await archive(place, { name: 'sealed', dates: [DATE, NEXT] })
    const payload = await validBag(zipOf(place, 'sealed'))
    const sealed = await filesIn(place.out)
    const wanted = sealed.filter((file) =>
      /^(history\/|hourly\/.*\.json$|quarantine\/|generations\/2025-03-14\/g0002|generations\/2025-03-15)/.test(file),
    )
    expect([...payload.keys()].sort()).toEqual(wanted.map((file) => `data/${file}`))
    expect(wanted).toHaveLength(3 + 6 + 1 + 2)
    for (const file of wanted) {
      expect(payload.get(`data/${file}`)!.equals(await readFile(join(place.out, file))), file).toBe(true)
    }
    expect(written).toMatchObject({ key: 'archives/sealed.zip', files: 12, skipped: [] })
    expect(written.sha256).toBe(sha256(await readFile(zipOf(place, 'sealed'))))
    expect(written.days).toMatchObject([
      { date: DATE, generation: 2, hasData: true },
      { date: NEXT, generation: 1, hasData: true },
    ])
  })

  test('says who made it, when and of what; its times are those of the seals', async () => {
    await archive(place, { name: 'told', dates: [DATE, NEXT] })
    const entries = readRawZip(await readFile(zipOf(place, 'told')))
    const info = entries.find(({ name }) => name === 'told/bag-info.txt')!.content.toString()
    expect(info).toMatch(/^Bag-Software-Agent: dayseal \d+\.\d+\.\d+\nBagging-Date: 2025-06-01\n/)
    expect(info).toContain('External-Identifier: default/told\n')
    expect(info).toContain('Sealed days of default: 2025-03-14 to 2025-03-15 (2)\n')
    expect(entries[0]).toMatchObject({ name: 'told/bagit.txt', modified: '2025-06-01T12:00:00' })
    expect(entries[1]).toMatchObject({ modified: '2025-06-01T00:05:00' })
    const methods = entries.map(({ name, method }) => [name.replace(/.*\./, ''), method] as const)
    expect(new Map(methods)).toEqual(
      new Map([
        ['txt', 8],
        ['json', 8],
        ['parquet', 0],
        ['gz', 0],
      ]),
    )
  })

  test('unpacked, verifies by itself, source lines included', async () => {
    await archive(place, { name: 'whole', dates: [DATE, NEXT], parts: ['sealed', 'sources'] })
    const { folder } = await testPlace()
    await unpack(await validBag(zipOf(place, 'whole')), folder)
    const dataset = { ...datasetOf(place), out: join(folder, 'data') }
    for (const date of [DATE, NEXT]) {
      const stores = { out: openStore(dataset.out), archive: openStore(join(dataset.out, 'archive')) }
      const verdict = await verify({ dataset, date, ...stores })
      expect(verdict.facts).toMatchObject({ sources: 3, rows_sampled: date === DATE ? 45 : 6 })
      expect(notPassed(verdict)).toEqual([expect.stringMatching(/^warned view.newest: view behind: there is none/)])
    }
  })

  test('holds the sources alone, with the manifests that name them', async () => {
    const written = await archive(place, { name: 'sources', parts: ['sources'] })
    const payload = await validBag(zipOf(place, 'sources'))
    expect([...payload.keys()]).toEqual([
      'data/history/2025-03-14/manifest.g0001.json',
      'data/history/2025-03-14/manifest.g0002.json',
      'data/sources/2025-03-14.json',
      ...HOURS.map((hour) => `data/archive/20250314/${hour}.jsonl.gz`),
    ])
    for (const hour of HOURS) {
      const name = `20250314/${hour}.jsonl.gz`
      expect(payload.get(`data/archive/${name}`)!.equals(await readFile(join(place.archive, name)))).toBe(true)
    }
    expect(written.days[0]!.sources.size).toBe(3)
  })

  test('has sources of any name under names that every system takes, and says which is which', async () => {
    const here = await testPlace()
    const layout = '{yyyy}{MM}{dd}/{HH}*.jsonl'
    const names = ['05.jsonl', '05 a%b:c.jsonl', '05é\n.jsonl', '05A.jsonl', '05a.jsonl', `05${'x'.repeat(200)}.jsonl`]
    await writeDay(here.archive, {
      hours: [],
      files: Object.fromEntries(names.map((name) => [name, jsonl([{ name }])])),
    })
    await sealDay(here, { minHours: 1, layout })
    await archive(here, { name: 'names', parts: ['sealed', 'sources'] }, { layout })
    const payload = await validBag(zipOf(here, 'names'))
    const { sources } = JSON.parse(payload.get('data/sources/2025-03-14.json')!.toString())
    expect(sources.map(({ key }: { key: string }) => key).sort()).toEqual(
      names.map((name) => `20250314/${name}`).sort(),
    )
    for (const { key, path } of sources) {
      expect(payload.get(`data/archive/${path}`)!.toString()).toBe(jsonl([{ name: key.slice('20250314/'.length) }]))
      expect(path).toMatch(/^20250314\/[\w.=@+,~-]{1,180}$/)
    }
    expect(new Set(sources.map(({ path }: { path: string }) => path.toLowerCase())).size).toBe(names.length)
  })

  test('has what an export of each day makes', async () => {
    const exportDay = async function* ({ manifest }: { readonly manifest: { readonly date_utc: string } }) {
      for (const format of ['csv', 'parquet']) {
        const chunks = (async function* () {
          yield Buffer.from(`${format} of `)
          yield Buffer.from(manifest.date_utc)
        })()
        yield { path: `some/${manifest.date_utc}.${format}`, chunks }
      }
    }
    await archive(place, { name: 'exports', dates: [DATE, NEXT], parts: ['sealed'], exportDay })
    const payload = await validBag(zipOf(place, 'exports'))
    const exported = [...payload].filter(([path]) => path.startsWith('data/exports/'))
    expect(exported.map(([path, content]) => [path, content.toString()])).toEqual([
      ['data/exports/some/2025-03-14.csv', 'csv of 2025-03-14'],
      ['data/exports/some/2025-03-14.parquet', 'parquet of 2025-03-14'],
      ['data/exports/some/2025-03-15.csv', 'csv of 2025-03-15'],
      ['data/exports/some/2025-03-15.parquet', 'parquet of 2025-03-15'],
    ])
  })

  test('of a day without rows and columns has no data', async () => {
    const here = await testPlace()
    await writeDay(here.archive, { hours: ['04'], rows: () => [] })
    await sealFast(here, DATE)
    expect((await archive(here)).days).toMatchObject([{ date: DATE, hasData: false }])
    expect([...(await validBag(zipOf(here, 'all'))).keys()]).toEqual([
      'data/history/2025-03-14/manifest.g0001.json',
      'data/hourly/2025-03-14/04.json',
    ])
  })

  test('is the same to the byte for the same days and clock', async () => {
    const options = { name: 'twice', dates: [DATE, NEXT], parts: ['sealed', 'sources'], existing: 'replace' } as const
    const first = await archive(place, options)
    const bytes = await readFile(zipOf(place, 'twice'))
    expect((await archive(place, options)).sha256).toBe(first.sha256)
    expect((await readFile(zipOf(place, 'twice'))).equals(bytes)).toBe(true)
  })

  test('goes to another place', async () => {
    const { out } = await testPlace()
    const { key } = await archive(place, {
      name: 'elsewhere',
      to: { store: openStore(out, { createRoot: true }), prefix: '' },
    })
    expect(key).toBe('elsewhere.zip')
    await validBag(join(out, 'elsewhere.zip'))
  })
})

describe('no archive is made', () => {
  test('of days that are not sealed, unless they are left out', async () => {
    const dates = [DATE, NEXT, '2025-03-16', '2025-03-17']
    const error = await thrownBy(() => archive(place, { name: 'unsealed', dates }))
    expect(error).toMatchObject({
      code: 'guard',
      message: expect.stringContaining('2025-03-16, 2025-03-17 are not sealed'),
    })
    const { days, skipped } = await archive(place, { name: 'unsealed', dates, unsealed: 'skip' })
    expect({ days: days.length, skipped }).toEqual({ days: 2, skipped: ['2025-03-16', '2025-03-17'] })
    const none = { name: 'none', dates: ['2025-03-17'], unsealed: 'skip' } as const
    expect(await thrownBy(() => archive(place, none))).toMatchObject({ code: 'guard' })
    expect(await visibleFiles(join(place.out, 'archives'))).not.toContain('none.zip')
  })

  test('in the place of another one, unless that is asked for', async () => {
    await archive(place, { name: 'taken' })
    const before = await readFile(zipOf(place, 'taken'))
    const error = await thrownBy(() => archive(place, { name: 'taken', dates: [NEXT] }))
    expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('archives/taken.zip') })
    expect((await readFile(zipOf(place, 'taken'))).equals(before)).toBe(true)
    await archive(place, { name: 'taken', dates: [NEXT], existing: 'replace' })
    expect((await validBag(zipOf(place, 'taken'))).has('data/hourly/2025-03-15/05.json')).toBe(true)
  })

  test('in the place of one that came meanwhile', async () => {
    const exportDay = async function* () {
      const chunks = (async function* () {
        await writeFile(zipOf(place, 'raced'), 'theirs')
        yield Buffer.from('x')
      })()
      yield { path: 'x.csv', chunks }
    }
    expect(await thrownBy(() => archive(place, { name: 'raced', exportDay }))).toMatchObject({ code: 'usage' })
    expect(await readFile(zipOf(place, 'raced'), 'utf8')).toBe('theirs')
  })

  test.each(['', '../up', 'a/b', 'con', 'a.', 'ä', '.hidden', '-x', 'x'.repeat(101), 'a b'])(
    'with the name %j',
    async (name) => {
      expect(await thrownBy(() => archive(place, { name }))).toMatchObject({ code: 'usage' })
    },
  )

  test.each<[string, string, (here: Place) => Promise<void>]>([
    ['whose data is damaged', 'corrupt', async ({ out }) => flipByte(await dataOf(out))],
    ['whose data is gone', 'corrupt', async ({ out }) => rm(await dataOf(out))],
    ['whose manifest is damaged', 'corrupt', ({ out }) => flipByte(join(out, `history/${DATE}/manifest.g0001.json`))],
    ['whose quarantine is damaged', 'corrupt', ({ out }) => flipByte(join(out, `quarantine/${DATE}/05.jsonl.gz`))],
    ['whose quarantine is gone', 'corrupt', ({ out }) => rm(join(out, `quarantine/${DATE}/05.jsonl.gz`))],
    ['with a source that is gone', 'source', ({ archive: logs }) => rm(join(logs, '20250314/05.jsonl.gz'))],
    ['with a source of other content', 'source', ({ archive: logs }) => flipByte(join(logs, '20250314/05.jsonl.gz'))],
    ['without an archive', 'storage', ({ archive: logs }) => rm(logs, { recursive: true })],
  ])('of a day %s', async (_, code, damage) => {
    const here = await copy()
    await damage(here)
    const before = await snapshot(here.out)
    const error = await thrownBy(() => archive(here, { parts: ['sealed', 'sources'] }))
    expect(error).toMatchObject({ code })
    expect(await snapshot(here.out)).toEqual(before)
  })

  test('half, wherever writing fails', async () => {
    const here = await copy()
    const store = openStore(here.out)
    // How many writes there are depends on how the bytes come together: until one run meets no fault.
    let failing = 1
    for (; ; failing++) {
      const to = { store: faultyStore(store, failing, 'before').store, prefix: 'archives/' }
      const fault = await archive(here, { to }).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (fault === undefined) break
      expect(fault).toMatchObject({ message: 'the connection broke' })
      expect(await filesIn(join(here.out, 'archives'))).toEqual([])
    }
    expect(failing).toBeGreaterThan(10)
  })

  test('and what a killed run left is removed after a week', async () => {
    const here = await copy()
    const folder = join(here.out, 'archives')
    await mkdir(folder)
    for (const [name, days] of [
      ['old', 8],
      ['new', 6],
    ] as const) {
      const file = join(folder, `${TEMPORARY}${name}`)
      await writeFile(file, 'half')
      const time = new Date(NOW.getTime() - days * 86_400_000)
      await utimes(file, time, time)
    }
    await archive(here)
    expect(await filesIn(folder)).toEqual([`${TEMPORARY}new`, 'all.zip'])
  })

  test('when it is stopped', async () => {
    const here = await copy()
    const stop = new AbortController()
    const reason = new Error('stopped')
    const onProgress = ({ done }: { readonly done: number }) => done === 1 && stop.abort(reason)
    const dates = [DATE, NEXT]
    await expect(archive(here, { dates, signal: stop.signal, onProgress })).rejects.toBe(reason)
    expect(await filesIn(join(here.out, 'archives'))).toEqual([])
  })

  test('that does not read back as it was written', async () => {
    const here = await copy()
    const to = { store: flippingReads(openStore(here.out), '.zip'), prefix: 'archives/' }
    const error = await thrownBy(() => archive(here, { to }))
    expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('does not read back') })
    expect(await visibleFiles(join(here.out, 'archives'))).toEqual([])
  })
})

async function dataOf(out: string): Promise<string> {
  const [, second] = await filesIn(join(out, 'generations', DATE))
  return join(out, 'generations', DATE, second!)
}

describe('a valid bag', () => {
  /** The archive with other content, and every checksum of the bag made to fit it. */
  async function forged(path: RegExp, alter: (content: Buffer) => Buffer): Promise<readonly string[]> {
    await archive(place, { name: 'forged', parts: ['sealed', 'sources'], existing: 'replace' })
    const entries = readRawZip(await readFile(zipOf(place, 'forged')))
    const payload = entries.filter(({ name }) => name.startsWith('forged/data/'))
    const altered = payload.map(({ name, content }) => ({ name, content: path.test(name) ? alter(content) : content }))
    const line = ({ name, content }: { name: string; content: Buffer }) =>
      `${sha256(content)}  ${name.slice('forged/'.length)}\n`
    const manifest = { name: 'forged/manifest-sha256.txt', content: Buffer.from(altered.map(line).join('')) }
    const declaration = entries[0]!
    const info = {
      name: 'forged/bag-info.txt',
      content: Buffer.from(
        `Payload-Oxum: ${altered.reduce((sum, { content }) => sum + content.length, 0)}.${altered.length}\n`,
      ),
    }
    const tags = {
      name: 'forged/tagmanifest-sha256.txt',
      content: Buffer.from([manifest, info, declaration].map(line).join('')),
    }
    const zip = rawZip([declaration, ...altered, info, manifest, tags])
    validBagOf(zip)
    await writeFile(zipOf(place, 'forged'), zip)
    const check = await checkArchive({ store: openStore(place.out), key: 'archives/forged.zip' })
    return check.kind === 'valid' ? [] : check.problems
  }

  const flipped = (content: Buffer) =>
    Buffer.concat([content.subarray(0, 9), Buffer.from([content[9]! ^ 1]), content.subarray(10)])
  const text = (from: string | RegExp, to: string) => (content: Buffer) =>
    Buffer.from(content.toString().replace(from, to))

  test('that nobody altered holds what it says', async () => {
    expect(await forged(/$^/, flipped)).toEqual([])
  })

  test.each<[string, RegExp, (content: Buffer) => Buffer, RegExp]>([
    ['other data', /parquet$/, flipped, /generations\/.*: seen SHA-256 .* wanted .* \(the manifest of 2025-03-14\)/],
    ['another source', /05\.jsonl\.gz$/, flipped, /archive\/20250314\/05.jsonl.gz: seen SHA-256 .* wanted/],
    [
      'another manifest',
      /g0002\.json$/,
      text('"generation": 2', '"generation": 1'),
      /is the manifest of 2025-03-14, generation 1/,
    ],
    ['no manifest', /g0002\.json$/, text('{', '{{'), /is not what Dayseal writes there/],
    [
      'an index of other keys',
      /sources\/.*json$/,
      text('20250314/05', '20250314/07'),
      /wanted no source "20250314\/07/,
    ],
    [
      'an index of files that are not there',
      /sources\/.*json$/,
      text('"path": "20250314/05', '"path": "20250314/55'),
      /seen nothing/,
    ],
    ['an index that is none', /sources\/.*json$/, () => Buffer.from('[]'), /sources\/2025-03-14.json is not what/],
  ])('with %s is no archive of those days', async (_, path, alter, problem) => {
    expect((await forged(path, alter)).join('\n')).toMatch(problem)
  })
})

describe('in buckets', () => {
  const bucket = s3Bucket()

  test('an archive is written and read back in a few requests', async () => {
    const logs = bucket.openAt(`s3://${bucket.name()}/logs`)
    for (const hour of HOURS) {
      const key = `20250314/${hour}.jsonl.gz`
      await putObject(logs, key, await readFile(join(place.archive, key)))
    }
    const to = { store: bucket.openAt(`s3://${bucket.name()}/cold`), prefix: '' }
    const written = await archive(place, { name: 'one', parts: ['sealed', 'sources'], archive: logs, to })
    expect(await to.store.list('')).toMatchObject([{ key: 'one.zip', size: written.bytes }])
    const { bytes } = (await to.store.get('one.zip'))!
    expect(validBagOf(Buffer.from(bytes)).size).toBe(written.files)
    const reads = bucket.requests(({ method, key }) => method === 'GET' && key === 'cold/one.zip')
    expect(reads.length).toBeLessThan(8)
    expect(await thrownBy(() => archive(place, { name: 'one', to }))).toMatchObject({ code: 'usage' })
    expect(bucket.server().unfinished(bucket.name())).toEqual([])
  })
})

test('the clock is the one that is given', async () => {
  const now = new Date('2030-01-02T03:04:06.000Z')
  expect(now).not.toEqual(NOW)
  await archive(place, { name: 'clock', now })
  const entries = readRawZip(await readFile(zipOf(place, 'clock')))
  expect(entries.at(-1)?.modified).toBe('2030-01-02T03:04:06')
})
