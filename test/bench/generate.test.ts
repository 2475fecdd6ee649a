import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { prepareArchive } from '../../bench/generate/archive.ts'
import { BENCH_DATE, rowsOf, WORKLOAD_NAMES, workload } from '../../bench/generate/workloads.ts'
import { temporaryFolder } from '../cli/dayseal.ts'

const QUICK = { kind: 'quick' } as const
const FULL = { kind: 'full', scale: 1 } as const

test.each(WORKLOAD_NAMES)('%s: lines are a function of seed and hour, and rows of JSON', (name) => {
  const { lines } = workload(name, QUICK)
  const made = [...lines(1, { hour: 14, rows: 40 })]
  expect([...lines(1, { hour: 14, rows: 40 })]).toEqual(made)
  expect([...lines(2, { hour: 14, rows: 40 })]).not.toEqual(made)
  expect([...lines(1, { hour: 15, rows: 40 })].slice(1)).not.toEqual(made.slice(1))
  const rows = made.map((line): unknown => JSON.parse(line))
  expect(rows).toHaveLength(40)
  expect(rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row))).toBe(true)
})

test('full size: a million flat rows, however many files; about 160 nested rows in each of 24', () => {
  expect(rowsOf(workload('flat', FULL))).toBe(1_000_000)
  expect(workload('flat', FULL).hours).toHaveLength(24)
  expect(workload('flat-large-files', FULL).hours.map(({ rows }) => rows)).toEqual([250_000, 250_000, 250_000, 250_000])
  expect(rowsOf(workload('nested', FULL))).toBe(3_900)
  expect(rowsOf(workload('flat', { kind: 'full', scale: 10 }))).toBe(10_000_000)
})

test('flat: about 350 bytes a line, a field from noon on, fields that most lines lack', () => {
  const { lines } = workload('flat', QUICK)
  const morning = [...lines(1, { hour: 9, rows: 2_000 })]
  const noon = [...lines(1, { hour: 12, rows: 2_000 })]
  const bytes = morning.join('\n').length / morning.length
  expect(bytes).toBeGreaterThan(310)
  expect(bytes).toBeLessThan(390)
  expect(morning.filter((line) => line.includes('"region"'))).toEqual([])
  expect(noon.every((line) => line.includes('"region"'))).toBe(true)
  const withCampaign = noon.filter((line) => line.includes('"campaign"')).length
  expect(withCampaign).toBeGreaterThan(0)
  expect(withCampaign).toBeLessThan(200)
})

test('nested: lists of about 750 samples, keys that are data, blocks that are null, objects that are empty', () => {
  const rows = [...workload('nested', QUICK).lines(1, { hour: 13, rows: 60 })].map((line) => JSON.parse(line))
  for (const { prices, norm } of rows) {
    expect(prices.length).toBeGreaterThan(700)
    expect(prices.length).toBeLessThan(800)
    expect(Object.keys(prices[0])).toEqual(['ts', 'mid', 'bid', 'ask', 'spread_bps'])
    expect(norm).toEqual({})
  }
  const tags = new Set(rows.flatMap(({ posts }) => Object.keys(posts.last_two_cycles.tag_counts)))
  expect(tags.size).toBeGreaterThan(200)
  const digits = rows.flatMap(({ prices }) =>
    prices.map(({ spread_bps }: { spread_bps: number }) => String(spread_bps).length),
  )
  expect(digits.reduce((sum, length) => sum + length, 0) / digits.length).toBeGreaterThan(15)
  const withoutFutures = rows.filter(({ futures }) => futures === null).length
  expect(withoutFutures).toBeGreaterThan(15)
  expect(withoutFutures).toBeLessThan(55)
})

test('an archive is made once, says what is in it, and counts only when it is whole', async () => {
  const cache = await temporaryFolder()
  const planned = workload('nested', QUICK)
  const archive = await prepareArchive(cache, planned, 1)
  const day = join(archive.folder, BENCH_DATE.replaceAll('-', ''))
  const files = await readdir(day)
  const texts = await Promise.all(files.map(async (file) => gunzipSync(await readFile(join(day, file))).toString()))
  expect(files).toEqual(planned.hours.map(({ hour }) => `${String(hour).padStart(2, '0')}.jsonl.gz`))
  expect(archive).toMatchObject({
    rows: texts.join('').split('\n').length - 1,
    hours: files.length,
    jsonBytes: Buffer.byteLength(texts.join('')),
  })

  const before = (await stat(join(day, files[0]!))).ino
  expect(await prepareArchive(cache, planned, 1)).toEqual(archive)
  expect((await stat(join(day, files[0]!))).ino).toBe(before)
  expect((await prepareArchive(cache, planned, 2)).folder).not.toBe(archive.folder)

  const other = await temporaryFolder()
  const name = archive.folder.slice(cache.length + 1)
  await mkdir(join(other, `${name}.making-1`))
  await writeFile(join(other, `${name}.making-1`, 'archive.json'), '{}')
  expect(await prepareArchive(other, planned, 1)).toEqual({ ...archive, folder: join(other, name) })
})
