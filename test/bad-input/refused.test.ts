import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { DATE, jsonl, rowsOf, writeDay } from '../archive-day.ts'
import { dayseal, daysOf, filesIn, notPassed, type Place, sealDay, snapshot, testPlace, verifyDay } from './place.ts'

const hours = ['04', '05']
const minHours = 2

describe('a date', () => {
  const IMPOSSIBLE = ['2025-02-29', '2100-02-29', '2025-13-01', '2025-00-10', '2025-04-31', '2025-01-00']
  const NONE = [
    '2025-3-14',
    '20250314',
    '2025-03-14T00:00Z',
    '10000-01-01',
    '-2025-01-01',
    '',
    'today',
    '../2025-03-14',
  ]

  test('that is none is refused, and nothing is written', async () => {
    const place = await testPlace()
    await writeDay(place.archive)
    for (const date of [...IMPOSSIBLE, ...NONE]) {
      const wanted = IMPOSSIBLE.includes(date) ? 'a day of the calendar' : 'YYYY-MM-DD, such as'
      await expect(sealDay(place, { date, allowIncomplete: true })).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining(`seen: ${JSON.stringify(date)}; wanted: ${wanted}`),
      })
    }
    expect(await filesIn(place.out)).toEqual([])
  })

  test('that is none ends the command with 2, before any other is looked at', async () => {
    const place = await testPlace()
    const { code, stdout, stderr } = await dayseal(['seal', ...place.flags, '--date', DATE, '--date', '2025-02-29'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe('dayseal: --date is no day; seen: "2025-02-29"; wanted: a day of the calendar\n')
  })

  test('to come ends the command with 3 and says what to do', async () => {
    const place = await testPlace()
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    for (const date of [tomorrow, '9999-12-31']) await writeDay(place.archive, { date, hours })
    const dates = ['--date', tomorrow, '--date', '9999-12-31']
    const { code, stdout, stderr } = await dayseal(['seal', ...place.flags, ...dates, '--min-hours', '2'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    for (const date of [tomorrow, '9999-12-31']) {
      const what = 'the UTC day is not over; seal it tomorrow, or override with --allow-incomplete'
      expect(stderr).toContain(`dayseal: ${date}: not sealed (today guard): ${what}\n`)
    }
    expect(await filesIn(place.out)).toEqual([])
  })

  test('is refused until its last moment in UTC is over', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { hours })
    const now = new Date(`${DATE}T23:59:59.999Z`)
    expect(await sealDay(place, { now, minHours })).toMatchObject({ kind: 'refused', guard: 'today' })
    expect(await filesIn(place.out)).toEqual([])
    const later = new Date(now.getTime() + 1)
    expect(await sealDay(place, { now: later, minHours })).toMatchObject({ kind: 'sealed' })
  })
})

describe('an archive', () => {
  test('that is missing, or is a file, ends the command with 5 and says where it looked', async () => {
    const place = await testPlace()
    const file = join(place.folder, 'file')
    await writeFile(file, '')
    for (const archive of [file, join(file, 'below')]) {
      await expect(sealDay({ ...place, archive })).rejects.toMatchObject({
        code: 'storage',
        message: expect.stringContaining(`there is no directory ${archive}`),
      })
    }
    const { code, stdout, stderr } = await dayseal(['seal', ...place.flags, '--date', DATE])
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(stderr).toBe(`dayseal: ${DATE}: there is no directory ${place.archive}; create it, or correct the path\n`)
    expect(await filesIn(place.folder)).toEqual(['file'])
  })

  test('that has vanished harms no sealed day', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { hours })
    await sealDay(place, { minHours })
    const before = await snapshot(place.out)
    await rm(place.archive, { recursive: true })
    await expect(sealDay(place, { minHours, force: true })).rejects.toMatchObject({ code: 'storage' })
    expect(await snapshot(place.out)).toEqual(before)
    expect((await verifyDay(place, { source: false })).result).toBe('passed')
    const verified = await dayseal(['verify', ...place.flags, '--date', DATE, '--source'])
    expect(verified).toMatchObject({ code: 5, stdout: '' })
    expect(verified.stderr).toContain(`there is no directory ${place.archive}`)
  })

  test('without the day is refused for its hours, with 3', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { date: '2025-03-13' })
    const { code, stderr } = await dayseal(['seal', ...place.flags, '--date', DATE])
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /not sealed \(24-hour guard\): .*has 0 of .*missing: 00–23; wait for the rest, or check --archive/,
    )
    expect(await filesIn(place.out)).toEqual([])
  })
})

/** Writable by nobody, the superuser included: a file is where a folder should be, or a folder where a file should be. */
describe('an output that cannot be written', () => {
  test('because it is a file or below one: nothing of it is touched', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { hours })
    await writeFile(place.out, 'a file')
    const before = await snapshot(place.folder)
    const refusal = (out: string) =>
      new RegExp(`cannot (?:write|make the folder) ${out}.*a file is where a folder should be`)
    await expect(sealDay(place, { minHours })).rejects.toMatchObject({
      message: expect.stringMatching(refusal(place.out)),
    })
    const out = join(place.out, 'below')
    const flags = ['--archive', place.archive, '--out', out, '--date', DATE, '--min-hours', '2']
    const { code, stdout, stderr } = await dayseal(['seal', ...flags])
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(stderr).toMatch(refusal(out))
    expect(await snapshot(place.folder)).toEqual(before)
  })

  test.each(['hourly', 'generations', 'history', 'quarantine'])('in %s: nothing is sealed', async (folder) => {
    const place = await blockedIn(folder)
    await expect(sealDay(place, { minHours })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(
        new RegExp(`cannot (?:write|make the folder) ${place.out}/${folder}.*a file is where a folder should be`),
      ),
    })
    const files = await filesIn(place.out)
    expect(files.filter((file) => /^(daily|history)\/|\/\./.test(file))).toEqual([])
    expect((await verifyDay(place)).checks).toMatchObject([{ id: 'presence.manifest', result: 'failed' }])
    await rm(join(place.out, folder))
    expect(await sealDay(place, { minHours })).toMatchObject({ kind: 'sealed', generation: 1 })
    expect(notPassed(await verifyDay(place))).toEqual([])
  })

  test('in daily: the seal is committed, and its view comes with the next run', async () => {
    const place = await blockedIn('daily')
    const command = ['seal', ...place.flags, '--date', DATE, '--min-hours', '2']
    const first = await dayseal(command)
    expect(first).toMatchObject({ code: 5, stdout: '' })
    expect(first.stderr).toContain('a file is where a folder should be')
    expect(notPassed(await verifyDay(place))).toEqual(['warned view.newest: view behind: there is none'])
    await rm(join(place.out, 'daily'))
    expect(await dayseal(command)).toMatchObject({ code: 0, stdout: expect.stringContaining('already sealed') })
    expect(notPassed(await verifyDay(place))).toEqual([])
  })

  test('leaves the generation that is there, which verifies', async () => {
    const place = await testPlace()
    await writeDay(place.archive, { hours })
    await sealDay(place, { minHours })
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': gzipSync(jsonl(rowsOf('05').slice(1))) } })
    const part = join(place.out, 'hourly', DATE, '05.parquet')
    await rename(part, `${part}.old`)
    await mkdir(join(part, 'folder'), { recursive: true })
    const before = await snapshot(place.out)
    const command = ['seal', ...place.flags, '--date', DATE, '--min-hours', '2', '--json']
    const { code, stdout } = await dayseal(command)
    expect(code).toBe(5)
    const { error } = daysOf(stdout).get(DATE)!
    expect(error).toMatchObject({
      code: 'storage',
      message: expect.stringContaining('a folder is where a file should be'),
    })
    expect(await snapshot(place.out)).toEqual(before)
    expect((await verifyDay(place, { source: false })).result).toBe('passed')
  })
})

/** A day with a line for the quarantine, and a file in the place of one of the output's folders. */
async function blockedIn(folder: string): Promise<Place> {
  const place = await testPlace()
  const broken = gzipSync(`${jsonl(Array.from({ length: 50 }, (_, n) => ({ n })))}broken\n`)
  await writeDay(place.archive, { hours: ['04'], files: { '05.jsonl.gz': broken } })
  await mkdir(place.out)
  await writeFile(join(place.out, folder), 'a file')
  return place
}
