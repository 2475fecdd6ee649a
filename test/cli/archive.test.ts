import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { COMPILE_CACHE, openPlace, type Place, sealFast } from '../bad-input/place.ts'
import { visibleFiles } from '../export/archive-place.ts'
import { sha256, validBag } from '../export/valid-bag.ts'
import { startS3 } from '../servers/s3.ts'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

const NEXT = '2025-03-15'
const HOURS = ['04', '05']
const env = { ...COMPILE_CACHE, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' }

let place: Place

beforeAll(async () => {
  const opened = await openPlace()
  place = opened.place
  for (const date of [DATE, NEXT]) {
    await writeHours(place.archive, { date, hours: HOURS })
    await sealFast(place, date)
  }
  return opened.remove
})

const run = (...args: readonly string[]) => dayseal(['archive', ...args], { env })
const archive = (name: string, ...more: readonly string[]) => run(...place.flags, '--name', name, ...more)
const range = ['--from', DATE, '--to', NEXT]
const zipOf = (name: string) => join(place.out, 'archives', `${name}.zip`)

describe('archive', () => {
  test('puts days, their sources and exports into a zip, and says where it is', async () => {
    const { code, stdout, stderr } = await archive('both', ...range, '--sources', '--format', 'csv,ndjson')
    expect(stderr).toMatch(/^both pack 100 %\nboth check 100 %\n$/)
    expect(stdout).toMatch(
      /^both {2}archived 2 days: \d+ files \([\d.]+ kB\), 4 of them source files\n {2}zip {5}\S+\/archives\/both\.zip \([\d.]+ kB\), read back\n {2}sha256 {2}[0-9a-f]{64}\n$/,
    )
    expect(code).toBe(0)
    expect(stdout).toContain(sha256(await readFile(zipOf('both'))))
    const payload = await validBag(zipOf('both'))
    const exported = [...payload.keys()].filter((path) => path.startsWith('data/exports/'))
    expect(exported).toEqual(
      [DATE, NEXT].flatMap((date) =>
        ['csv', 'csv.meta.json', 'ndjson', 'ndjson.meta.json'].map((end) => `data/exports/default_${date}.${end}`),
      ),
    )
    const csv = payload.get(`data/exports/default_${DATE}.csv`)!.toString()
    expect(csv.trimEnd().split(/\r?\n/)).toHaveLength(1 + 2 * HOURS.length)
    const meta = JSON.parse(payload.get(`data/exports/default_${DATE}.csv.meta.json`)!.toString())
    expect(meta).toMatchObject({ status: 'complete', event_count: 4, source_days: [{ date: DATE, generation: 1 }] })
    expect(meta.files).toEqual([{ path: `default_${DATE}.csv`, bytes: csv.length, sha256: sha256(Buffer.from(csv)) }])
  })

  test('--json tells of it; options of formats are taken', async () => {
    const { code, stdout } = await archive(
      'told',
      '--date',
      DATE,
      '--format',
      'csv',
      '--option',
      'csv.delimiter=;',
      '--json',
    )
    expect(code).toBe(0)
    const zip = await readFile(zipOf('told'))
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'archive',
      exit_code: 0,
      dataset: 'default',
      name: 'told',
      location: place.out,
      key: 'archives/told.zip',
      bytes: zip.length,
      sha256: sha256(zip),
      days: [{ date_utc: DATE, dataset: 'default', generation: 1, has_data: true, sources: 0 }],
      skipped: [],
    })
    const csv = (await validBag(zipOf('told'))).get(`data/exports/default_${DATE}.csv`)!.toString()
    expect(csv.split(/\r?\n/)[0]).toContain(';')
  })

  test('--sources-only, --skip-unsealed and --destination', async () => {
    const cold = await temporaryFolder()
    const more = ['--sources-only', '--skip-unsealed', '--destination', cold]
    const { code, stdout } = await archive('cold', '--from', NEXT, '--to', '2025-03-16', ...more)
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('left out, not sealed: 2025-03-16'),
    })
    expect([...(await validBag(join(cold, 'cold.zip'))).keys()]).toEqual([
      `data/history/${NEXT}/manifest.g0001.json`,
      `data/sources/${NEXT}.json`,
      ...HOURS.map((hour) => `data/archive/20250315/${hour}.jsonl.gz`),
    ])
  })

  test('ends with 3 for a day that is not sealed, and with 2 for a name that is taken', async () => {
    const unsealed = await archive('unsealed', '--from', NEXT, '--to', '2025-03-17')
    expect(unsealed).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('2025-03-16, 2025-03-17 are not sealed'),
    })
    expect((await archive('taken', '--date', DATE)).code).toBe(0)
    const taken = await archive('taken', '--date', DATE)
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('or replace it with --replace') })
    expect((await archive('taken', '--date', DATE, '--replace')).code).toBe(0)
  })

  test.each(['after write archives/', 'before rename archives/'])('killed %s leaves no zip', async (at) => {
    await rm(zipOf('killed'), { force: true })
    const kill = { NODE_OPTIONS: `--import ${KILL_AT}`, DAYSEAL_TEST_KILL_AT: at }
    const child = start(['archive', ...place.flags, '--name', 'killed', ...range], { env: { ...env, ...kill } })
    child.stdout.resume()
    child.stderr.resume()
    expect(await new Promise((done) => child.on('close', (_, signal) => done(signal)))).toBe('SIGKILL')
    expect(await visibleFiles(join(place.out, 'archives'))).not.toContain('killed.zip')
    expect((await archive('killed', ...range)).code).toBe(0)
    await validBag(zipOf('killed'))
  })

  test('is about one dataset', async () => {
    const cwd = await temporaryFolder()
    const dataset = (out: string) => ({ archive: { location: 'logs' }, out })
    await writeFile(
      join(cwd, 'dayseal.config.json'),
      JSON.stringify({ datasets: { a: dataset('a'), b: dataset('b') } }),
    )
    const { code, stderr } = await dayseal(['archive', '--name', 'x'], { cwd, env })
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--name is about one dataset; seen: a, b'),
    })
  })

  test.each([
    [[], '--name is missing'],
    [['--name', '../x'], 'the archive cannot have that name; seen: "../x"'],
    [['--name', 'x', '--sources-only', '--format', 'csv'], '--format and --sources-only are given'],
    [['--name', 'x', '--format', 'cvs'], 'there is no format "cvs"'],
    [['--name', 'x', '--option', 'csv.header=false'], '--option is given without --format'],
    [['--name', 'x', '--max-expanded', '5'], '--max-expanded is given without --check'],
    [['--check', 'x', '--date', DATE], '--date and --check are given'],
  ])('%j ends with 2', async (args, message) => {
    const { code, stdout, stderr } = await run(...place.flags, ...args)
    expect(stderr).toContain(`dayseal: ${message}`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

const KILL_AT = resolve(import.meta.dirname, '../bad-input/kill-at.ts')

describe('archive --check', () => {
  test('reads a file, or a key under the output', async () => {
    await archive('checked', ...range, '--sources')
    const file = await run('--check', zipOf('checked'))
    expect(file.code).toBe(0)
    expect(file.stdout).toMatch(/checked\.zip: valid\n {2}✓ \d+ files \([\d.]+ kB\), every checksum as the bag says\n/)
    expect(file.stdout).toContain(
      '✓ 2 sealed days (2025-03-14 to 2025-03-15), as their manifests say, 4 source files as sealed',
    )
    const key = await run('--out', place.out, '--check', 'archives/checked.zip', '--json')
    expect(JSON.parse(key.stdout)).toMatchObject({
      exit_code: 0,
      valid: true,
      bag_info: { 'External-Identifier': 'default/checked' },
      days: [{ date_utc: DATE, sources: 2 }, { date_utc: NEXT }],
    })
  })

  test('ends with 1 and the problems for one that is damaged, or is none', async () => {
    const folder = await temporaryFolder()
    const zip = await readFile(zipOf('checked'))
    zip[zip.indexOf('PAR1') + 20]! ^= 1
    await writeFile(join(folder, 'damaged.zip'), zip)
    const damaged = await run('--check', join(folder, 'damaged.zip'))
    expect(damaged).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/damaged\.zip: not valid\n {2}✗ .*parquet/),
    })
    await writeFile(join(folder, 'none.zip'), 'no zip\x1b[2J')
    const none = await run('--check', join(folder, 'none.zip'), '--json')
    expect(none.code).toBe(1)
    expect(JSON.parse(none.stdout)).toMatchObject({ exit_code: 1, valid: false, problems: [expect.any(String)] })
  })

  test('ends with 5 when there is no such file, and expands no further than it may', async () => {
    expect(await run('--check', 'nowhere.zip')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('there is no file'),
    })
    expect((await run('--out', place.out, '--check', 'archives/nowhere.zip')).code).toBe(5)
    const limited = await run('--check', zipOf('checked'), '--max-expanded', '1000')
    expect(limited).toMatchObject({ code: 1, stdout: expect.stringContaining('more than 1000 bytes of content') })
  })

  test('reads an archive in a bucket', async () => {
    const server = await startS3()
    try {
      server.createBucket('cold')
      const endpoint = ['--endpoint', server.endpoint]
      const written = await archive('there', '--date', DATE, '--destination', 's3://cold/archives', ...endpoint)
      expect(written).toMatchObject({ code: 0, stdout: expect.stringContaining('s3://cold/archives/there.zip') })
      const checked = await run('--check', 's3://cold/archives/there.zip', ...endpoint)
      expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('s3://cold/archives/there.zip: valid') })
      expect((await run('--check', 's3://cold/archives/gone.zip', ...endpoint)).code).toBe(5)
    } finally {
      await server.close()
    }
  })
})
