import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { DATE, folderOf, jsonl, writeDay } from '../archive-day.ts'
import type { Ran } from '../cli/dayseal.ts'
import { dateOfCase, dayseal, daysOf, filesIn, openPlace, type Place, sealDay, snapshot, testPlace } from './place.ts'

/** An hour may have several objects, of any compression. */
const LAYOUT = '{yyyy}{MM}{dd}/{HH}*.jsonl.gz'

const rows = Array.from({ length: 200 }, (_, n) => ({ n, text: createHash('sha256').update(`${n}`).digest('hex') }))
const text = Buffer.from(jsonl(rows))
/** Whole lines, the first half of them. */
const half = Buffer.from(jsonl(rows.slice(0, 100)))
const gzip = gzipSync(text)
const zstd = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })

interface Damage {
  readonly what: string
  readonly name: string
  readonly bytes: Uint8Array
  /** What the message says of the place. */
  readonly place: string | RegExp
}

const cut = (what: string, name: string, bytes: Uint8Array): Damage => ({
  what,
  name,
  bytes,
  place: `at byte ${bytes.length} `,
})
const bad = (what: string, name: string, bytes: Uint8Array, place: string | RegExp): Damage => ({
  what,
  name,
  bytes,
  place,
})
const gzipMiddle = gzip.length >> 1
const somewhere = /between bytes \d+ and \d+ /

const DAMAGES: readonly Damage[] = [
  cut('gzip cut in the middle', '05.jsonl.gz', gzip.subarray(0, gzipMiddle)),
  cut('gzip cut after whole lines', '05.jsonl.gz', gzipSync(half, { finishFlush: constants.Z_SYNC_FLUSH })),
  cut('gzip without its last byte', '05.jsonl.gz', gzip.subarray(0, -1)),
  cut('gzip whose second member is cut', '05.jsonl.gz', Buffer.concat([gzip, gzip.subarray(0, 50)])),
  bad('gzip with a flipped bit', '05.jsonl.gz', flipped(gzip, gzipMiddle), somewhere),
  bad('gzip with a wrong CRC', '05.jsonl.gz', flipped(gzip, gzip.length - 6), `bytes ${gzip.length - 8} and `),
  bad(
    'gzip with text after it',
    '05.jsonl.gz',
    Buffer.concat([gzip, Buffer.from('{}\n')]),
    `bytes ${gzip.length} and `,
  ),
  bad('text that is called gzip', '05.jsonl.gz', text, 'from byte 0 on'),
  cut('zstd cut after whole lines', '05.jsonl.zst', zstdCompressSync(half, { finishFlush: constants.ZSTD_e_flush })),
  cut('zstd whose second frame is cut', '05.jsonl.zst', Buffer.concat([zstd, zstd.subarray(0, 50)])),
  bad('zstd with a flipped bit', '05.jsonl.zst', flipped(zstd, zstd.length >> 1), somewhere),
  bad('text that is called zstd', '05.jsonl.zst', text, 'from byte 0 on'),
]

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.with(at, bytes[at]! ^ 0x10)
}

interface Case {
  readonly damage: Damage
  readonly date: string
  /** The damaged file. */
  readonly name: string
  readonly state: 'alone' | 'beside a good one' | 'sealed before'
}

const SOME = DAMAGES.filter(({ what }) => /after whole lines|zstd with a flipped/.test(what))
const CASES: readonly Case[] = [
  ...DAMAGES.map((damage) => ({ damage, name: damage.name, state: 'alone' as const })),
  ...SOME.map((damage) => ({ damage, name: damage.name.replace('05', '05-b'), state: 'beside a good one' as const })),
  ...SOME.map((damage) => ({ damage, name: damage.name, state: 'sealed before' as const })),
].map((one, index) => ({ ...one, date: dateOfCase(index) }))
const SEALED = CASES.filter(({ state }) => state === 'sealed before')

describe('an hour file that is', () => {
  let place: Place
  let run: Ran
  let before: Readonly<Record<string, string>>

  const sealCommand = (dates: readonly string[]) =>
    dayseal([
      ...['seal', ...place.flags, '--layout', LAYOUT, '--min-hours', '2', '--workers', '1', '--json'],
      ...dates.flatMap((date) => ['--date', date]),
    ])

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    for (const { date, name } of SEALED) {
      const whole = name.endsWith('.zst') ? zstd : gzip
      await writeDay(place.archive, { date, hours: ['04'], files: { [name]: whole } })
    }
    const first = await sealCommand(SEALED.map(({ date }) => date))
    if (first.code !== 0) throw new Error(first.stderr)
    before = await snapshot(place.out)
    for (const { date, name, damage, state } of CASES) {
      const files = { ...(state === 'beside a good one' ? { '05-a.jsonl.gz': gzip } : {}), [name]: damage.bytes }
      await writeDay(place.archive, { date, hours: state === 'sealed before' ? [] : ['04'], files })
    }
    run = await sealCommand(CASES.map(({ date }) => date))
    return opened.remove
  }, 60_000)

  test.each(CASES.map((one) => [`${one.damage.what}, ${one.state}`, one] as const))('%s', async (_, one) => {
    const { damage, date, name, state } = one
    const day = daysOf(run.stdout).get(date)
    expect(day).toMatchObject({ outcome: 'failed', exit_code: 4, error: { code: 'source' } })
    const { message } = day!.error!
    expect(message).toContain(`${folderOf(date)}/${name} `)
    expect(message).toMatch(damage.place)
    expect(message).toContain('fetch or write the object again')
    expect(run.stderr).toContain(`dayseal: ${date}: ${message}\n`)
    const files = (await filesIn(place.out)).filter((file) => file.includes(date))
    if (state === 'sealed before') expect(files).toEqual(Object.keys(before).filter((file) => file.includes(date)))
    else expect(files.filter((file) => !/^hourly\/[\d-]+\/04\.(json|parquet)$/.test(file))).toEqual([])
  })

  test('… ends the command with 4', () => {
    expect(run.code).toBe(4)
    expect(daysOf(run.stdout).size).toBe(CASES.length)
  })

  test('… leaves a generation that is there as it is, and it verifies', async () => {
    const after = await snapshot(place.out)
    expect(Object.keys(before).map((file) => [file, after[file]])).toEqual(Object.entries(before))
    const dates = SEALED.flatMap(({ date }) => ['--date', date])
    const verified = await dayseal(['verify', '--out', place.out, '--layout', LAYOUT, ...dates, '--json'])
    expect(verified.code).toBe(0)
    expect([...daysOf(verified.stdout).values()].map(({ result }) => result)).toEqual(SEALED.map(() => 'passed'))
  })
})

test('a cut file in a whole day: one line on stderr, and nothing on stdout', async () => {
  const place = await testPlace()
  await writeDay(place.archive, { files: { '17.jsonl.gz': gzip.subarray(0, 1000) } })
  const { code, stdout, stderr } = await dayseal(['seal', ...place.flags, '--date', DATE])
  expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
  const lines = stderr.split('\n').filter((line) => line.startsWith('dayseal:'))
  expect(lines).toEqual([
    expect.stringContaining(
      `dayseal: ${DATE}: 20250314/17.jsonl.gz is cut or damaged; seen: unexpected end of file, at byte 1000 `,
    ),
  ])
  const files = await filesIn(place.out)
  expect(files.filter((file) => !file.startsWith('hourly/') || file.includes('/17.') || file.includes('/.'))).toEqual(
    [],
  )
})

describe('all of it is read:', () => {
  test('several gzip members and zstd frames, cut anywhere, make the same data as plain text', async () => {
    const place = await testPlace()
    const [a, b, c] = [text.subarray(0, 100), text.subarray(100, 5000), text.subarray(5000)]
    const skippable = Buffer.from('502a4d1803000000aaaaaa', 'hex')
    const packed = {
      '04.jsonl.gz': Buffer.concat([gzipSync(a), gzipSync(''), gzipSync(b), gzipSync(c), Buffer.alloc(512)]),
      '05.jsonl.zst': Buffer.concat([zstdCompressSync(a), skippable, zstdCompressSync(b), zstdCompressSync(c)]),
    }
    await writeDay(place.archive, { hours: [], files: packed })
    await writeDay(place.archive, { date: '2025-03-15', hours: [], files: { '04.jsonl': text, '05.jsonl': text } })
    const flags = [...place.flags, '--from', DATE, '--to', '2025-03-15', '--json']
    const sealed = await dayseal(['seal', ...flags, '--min-hours', '2'])
    expect(sealed.code).toBe(0)
    const days = daysOf(sealed.stdout)
    expect(days.get(DATE)?.manifest).toMatchObject({
      row_count: 2 * rows.length,
      rows_by_hour: { '04': 200, '05': 200 },
    })
    const data = async (date: string) =>
      (await readFile(join(place.out, 'daily', date, 'data.parquet'))).toString('latin1')
    // The files say of which day they are.
    expect((await data('2025-03-15')).replace('2025-03-15', DATE)).toBe(await data(DATE))
    expect(await dayseal(['verify', ...flags, '--source'])).toMatchObject({ code: 0 })
  })
})

describe('a bomb', () => {
  const zeros = Buffer.alloc(64 * 2 ** 20)
  const repeated = (bytes: Uint8Array, times: number) => Buffer.concat(Array.from({ length: times }, () => bytes))
  const bombs = {
    '05.jsonl.gz': repeated(gzipSync(zeros, { level: 1 }), 20),
    '05.jsonl.zst': repeated(zstdCompressSync(zeros), 1000),
  }

  test('is refused as soon as it is over the limit', async () => {
    const place = await testPlace()
    const cases = Object.entries(bombs).map(([name, bomb], index) => ({ name, bomb, date: dateOfCase(index) }))
    for (const { name, bomb, date } of cases) {
      await writeDay(place.archive, { date, hours: ['04'], files: { [name]: bomb } })
    }
    const config = join(place.folder, 'dayseal.config.json')
    const limits = { maxExpandedBytes: 2 ** 20 }
    const dataset = { archive: { location: place.archive }, out: place.out, limits }
    await writeFile(config, JSON.stringify({ datasets: { logs: dataset } }))
    const dates = cases.flatMap(({ date }) => ['--date', date])
    const run = await dayseal(['seal', '--config', config, ...dates, '--min-hours', '2', '--json'])
    expect(run.code).toBe(4)
    for (const { name, bomb, date } of cases) {
      const message = daysOf(run.stdout).get(date)?.error?.message
      const seen = 'more than 1048576 bytes of content in the first '
      expect(message).toContain(`${folderOf(date)}/${name} expands too far; seen: ${seen}`)
      expect(message).toContain('raise limits.maxExpandedBytes')
      expect(bomb.length).toBeGreaterThan(2 ** 20)
      expect(Number(/in the first (\d+) bytes/.exec(message ?? '')?.[1])).toBeLessThan(2 ** 19)
    }
    const files = await filesIn(place.out)
    expect(files.filter((file) => !/^hourly\/[\d-]+\/04\.(json|parquet)$/.test(file))).toEqual([])
  })

  test('is what has one byte more than the limit, counted over all members', async () => {
    const place = await testPlace()
    const twice = Buffer.concat([gzip, gzip])
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': twice } })
    const size = 2 * text.length
    await expect(sealDay(place, { minHours: 1, limits: { maxExpandedBytes: size - 1 } })).rejects.toMatchObject({
      code: 'source',
      message: expect.stringContaining('expands too far'),
    })
    const outcome = await sealDay(place, { minHours: 1, limits: { maxExpandedBytes: size } })
    expect(outcome).toMatchObject({ kind: 'sealed', manifest: { row_count: 2 * rows.length } })
  })
})
