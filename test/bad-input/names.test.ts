import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { DATE, folderOf, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import { dateOfCase, dayseal, daysOf, filesIn, type Place, sealDay, snapshot, testPlace, verifyDay } from './place.ts'

const FOLDER = '20250314'
const hour = gzipSync(jsonl(rowsOf('05')))

/** Files with rows in them that no hour may take, in the order of their bytes. */
const STRANGE = [
  '.DS_Store',
  '.05.jsonl.gz.swp',
  '05',
  '05.csv',
  '05.jsonl.bz2',
  '05.jsonl.gz.bak',
  '05.jsonl.gz.tmp',
  '05-1.jsonl.gz',
  '005.jsonl.gz',
  '24.jsonl.gz',
  '5.jsonl.gz',
  'README.md',
  '_SUCCESS',
  'hours/05.jsonl.gz',
  'ｏ５.jsonl.gz',
].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

describe("names in the day's folder that mean nothing", () => {
  test('cannot steer the terminal that they are shown on', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { files: { 'x\u001b[2J\u001b]0;title\u0007\r\nsealed.txt': 'x' } })
    const { code, stdout } = await dayseal(['seal', ...place.flags, '--date', DATE])
    expect(code).toBe(0)
    expect(stdout).toContain('sealed.txt')
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
    expect(stdout.split('\n').filter((line) => line.startsWith('sealed.txt'))).toEqual([])
  })

  test('are ignored and reported, by a seal, a second one and a dry run', async () => {
    const place = await strangeDay()
    const unexpected = STRANGE.map((name) => `${FOLDER}/${name}`)
    expect(await sealDay(place, { dryRun: true })).toMatchObject({ kind: 'dry-run', unexpected })
    const first = await sealDay(place)
    expect(first).toMatchObject({ kind: 'sealed', unexpected, manifest: { row_count: 48, hours_found: 24 } })
    if (first.kind !== 'sealed') throw new Error(first.kind)
    expect(first.manifest.sources.map(({ key }) => key)).toHaveLength(24)
    expect(await sealDay(place)).toMatchObject({ kind: 'already-sealed', unexpected })
    expect((await verifyDay(place)).result).toBe('passed')
  })

  test('are shown by the command, as text and as JSON', async () => {
    const place = await strangeDay()
    const text = await dayseal(['seal', ...place.flags, '--date', DATE])
    expect(text.code).toBe(0)
    const shown = STRANGE.map((name) => `${FOLDER}/${name}`).join(', ')
    expect(text.stdout).toContain(`  ignored in the day's folder: ${shown}\n`)
    const json = await dayseal(['seal', ...place.flags, '--date', DATE, '--json'])
    const day = daysOf(json.stdout).get(DATE)
    expect(day).toMatchObject({ outcome: 'already-sealed', exit_code: 0 })
    expect(day?.unexpected_keys).toEqual(STRANGE.map((name) => `${FOLDER}/${name}`))
  })

  test('do not stand for an hour that is missing', async () => {
    const place = await strangeDay()
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': null } })
    expect(await sealDay(place)).toMatchObject({ kind: 'refused', guard: 'hours', missing: ['05'], found: 23 })
    expect(await filesIn(place.out)).toEqual([])
  })

  test('as folders are no hours', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { files: { '05.jsonl.gz': null } })
    await mkdir(join(place.archive, FOLDER, '05.jsonl.gz'))
    expect(await sealDay(place)).toMatchObject({ kind: 'refused', missing: ['05'] })
  })
})

async function strangeDay(): Promise<Place> {
  const place = await testPlace()
  await writeDay(place.archive, { files: Object.fromEntries(STRANGE.map((name) => [name, hour])) })
  return place
}

describe('two files that claim one place', () => {
  const PAIRS = [
    ['05.jsonl', '05.jsonl.gz'],
    ['05.json.gz', '05.jsonl.gz'],
    ['05.jsonl.gz', '05.jsonl.zst'],
    ['05.jsonl.gz', '05.ndjson'],
  ] as const

  test('are refused with 4, both named, and nothing is written', async () => {
    const place = await testPlace()
    for (const [index, [one, other]] of PAIRS.entries()) {
      await writeDay(place.archive, { date: dateOfCase(index), files: { [one]: hour, [other]: hour } })
    }
    const range = ['--from', dateOfCase(0), '--to', dateOfCase(PAIRS.length - 1)]
    const { code, stdout, stderr } = await dayseal(['seal', ...place.flags, ...range])
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    const lines = stderr.split('\n').filter((line) => line.startsWith('dayseal:'))
    expect(lines).toHaveLength(PAIRS.length)
    for (const [index, [one, other]] of PAIRS.entries()) {
      const [date, folder] = [dateOfCase(index), folderOf(dateOfCase(index))]
      expect(lines[index]).toMatch(new RegExp(`^dayseal: ${date}: several objects of .* claim one place`))
      expect(lines[index]).toContain(
        `seen: ${folder}/${one} and ${folder}/${other}; wanted: one of them; remove or rename`,
      )
    }
    expect(await filesIn(place.out)).toEqual([])
  })

  test('are refused in a layout that lets an hour have several as well', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { files: { '05-a.jsonl': hour, '05-a.jsonl.gz': hour } })
    await expect(sealDay(place, { layout: '{yyyy}{MM}{dd}/{HH}*.jsonl.gz' })).rejects.toMatchObject({
      code: 'source',
      message: expect.stringContaining(`seen: ${FOLDER}/05-a.jsonl and ${FOLDER}/05-a.jsonl.gz`),
    })
    expect(await filesIn(place.out)).toEqual([])
  })

  test('leave a sealed day as it is', async () => {
    const place = await testPlace()
    await writeDay(place.archive)
    await sealDay(place)
    const before = await snapshot(place.out)
    await writeDay(place.archive, { hours: [], files: { '05.jsonl': jsonl(rowsOf('05')) } })
    await expect(sealDay(place)).rejects.toMatchObject({ code: 'source' })
    await expect(sealDay(place, { force: true, allowIncomplete: true })).rejects.toMatchObject({ code: 'source' })
    expect(await snapshot(place.out)).toEqual(before)
    expect((await verifyDay(place)).result).toBe('passed')
  })
})
