import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMPILE_CACHE, filesIn, type Place, sealFast, testPlace } from '../bad-input/place.ts'
import { flipByte, visibleFiles } from '../export/archive-place.ts'
import { sha256, validBag } from '../export/valid-bag.ts'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

const NEXT = '2025-03-15'
const HOURS = ['04', '05']
const env = { ...COMPILE_CACHE }

async function sealedPlace(...dates: readonly string[]): Promise<Place> {
  const place = await testPlace()
  for (const date of dates) {
    await writeHours(place.archive, { date, hours: HOURS })
    await sealFast(place, date)
  }
  return place
}

const offload = (place: Place, ...more: readonly string[]) =>
  dayseal(['offload', ...place.flags, '--older-than', '30d', ...more], { env })
const DELETE = ['--delete-source', '--yes']
const zipOf = (place: Place, date = DATE) => join(place.out, 'offloads', `${date}.zip`)

describe('offload', () => {
  test('says what it would do, asks for --yes, does it, and leaves days that are sealed', async () => {
    const place = await sealedPlace(DATE, NEXT)
    const dry = await offload(place, '--delete-source', '--dry-run')
    expect(dry).toMatchObject({ code: 0, stderr: '' })
    expect(dry.stdout).toBe(
      `${DATE}  would verify the day, write its zip, and delete 2 source files (${sizes(dry.stdout)[0]})\n${NEXT}  would verify the day, write its zip, and delete 2 source files (${sizes(dry.stdout)[1]})\n`,
    )
    const asked = await offload(place, '--delete-source')
    expect(asked).toMatchObject({ code: 2, stdout: dry.stdout })
    expect(asked.stderr).toBe('dayseal: nothing was written or deleted: --delete-source deletes with --yes only\n')
    expect(await filesIn(place.archive)).toHaveLength(4)
    expect(await filesIn(join(place.out, 'offloads'))).toEqual([])

    const done = await offload(place, ...DELETE)
    expect(done.code).toBe(0)
    const hash = sha256(await readFile(zipOf(place)))
    expect(done.stdout).toMatch(
      new RegExp(
        `^${DATE}  offloaded 2 source files \\(.*\\)\n  zip      ${zipOf(place)}, read back\n  sha256   ${hash}\n  deleted  2 source files \\(.*\\)\n${NEXT}  offloaded`,
      ),
    )
    expect(done.stderr).toMatch(/sources 100 %\n.*check 100 %\n.*delete 100 %\n/)
    for (const date of [DATE, NEXT]) expect((await validBag(zipOf(place, date))).size).toBe(4)
    expect(await filesIn(place.archive)).toEqual([])

    const again = await offload(place, ...DELETE)
    expect(again).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${DATE}  already offloaded\n  zip      ${zipOf(place)}\n`),
    })
    const days = ['--from', DATE, '--to', NEXT]
    const sealed = await dayseal(['seal', ...place.flags, ...days, '--min-hours', '2'], { env })
    expect(sealed).toMatchObject({ code: 0, stdout: expect.stringMatching(/already sealed[\s\S]*already sealed/) })
    const verified = await dayseal(['verify', ...place.flags, ...days, '--source'], { env })
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('gone: 20250314/04.jsonl.gz') })
  })

  test('--json tells of each day; --destination, --date and --from choose', async () => {
    const place = await sealedPlace(DATE, NEXT)
    const cold = await temporaryFolder()
    const kept = await offload(place, '--date', NEXT, '--destination', cold, '--json')
    expect(JSON.parse(kept.stdout)).toMatchObject({
      command: 'offload',
      exit_code: 0,
      days: [
        {
          date_utc: NEXT,
          outcome: 'offloaded',
          generation: 1,
          location: cold,
          zips: [`${NEXT}.zip`],
          written: { key: `${NEXT}.zip`, files: 2, sha256: sha256(await readFile(join(cold, `${NEXT}.zip`))) },
          deleted: { files: 0, bytes: 0, kept: [] },
          gone: 0,
        },
      ],
    })
    const deleted = JSON.parse((await offload(place, '--to', DATE, ...DELETE, '--json')).stdout)
    expect(deleted.days).toMatchObject([{ date_utc: DATE, deleted: { files: 2 } }])
    expect(await filesIn(place.archive)).toEqual(HOURS.map((hour) => `20250315/${hour}.jsonl.gz`))
    const asked = await offload(place, '--delete-source', '--json')
    expect(JSON.parse(asked.stdout)).toMatchObject({
      exit_code: 2,
      days: [
        { date_utc: DATE, outcome: 'planned', files: 0, gone: 2, zips: [`offloads/${DATE}.zip`] },
        { date_utc: NEXT, outcome: 'planned', files: 2, gone: 0 },
      ],
    })
  })

  test('leaves a day that does not verify, with 1, and goes on with the next one', async () => {
    const place = await sealedPlace(DATE, NEXT)
    await flipByte(join(place.archive, '20250314/05.jsonl.gz'))
    const { code, stdout, stderr } = await offload(place, ...DELETE)
    expect(code).toBe(1)
    expect(stderr).toContain(
      `dayseal: ${DATE}: not offloaded: the day does not verify\n  sources.unchanged: seen stale: 20250314/05.jsonl.gz`,
    )
    expect(stdout).toMatch(new RegExp(`^${NEXT}  offloaded 2 source files`))
    expect(await filesIn(place.archive)).toEqual(HOURS.map((hour) => `20250314/${hour}.jsonl.gz`))
    expect(await filesIn(join(place.out, 'offloads'))).toEqual([`${NEXT}.zip`])
  })

  test.each(['before rename offloads/', 'after rename offloads/'])(
    'killed %s deletes nothing, and the next run goes on',
    async (at) => {
      const place = await sealedPlace(DATE)
      const kill = { NODE_OPTIONS: `--import ${KILL_AT}`, DAYSEAL_TEST_KILL_AT: at }
      const child = start(['offload', ...place.flags, '--older-than', '4w', ...DELETE], { env: { ...env, ...kill } })
      child.stdout.resume()
      child.stderr.resume()
      expect(await new Promise((done) => child.on('close', (_, signal) => done(signal)))).toBe('SIGKILL')
      expect(await filesIn(place.archive)).toHaveLength(2)
      expect(await visibleFiles(join(place.out, 'offloads'))).toEqual(
        at.startsWith('after rename') ? [`${DATE}.zip`] : [],
      )
      expect((await offload(place, ...DELETE)).code).toBe(0)
      await validBag(zipOf(place))
      expect(await filesIn(place.archive)).toEqual([])
    },
  )

  test('ends with 3 for a day that is too young or not sealed, and is about sealed days', async () => {
    const place = await sealedPlace(DATE)
    const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    const young = await offload(place, '--date', yesterday)
    expect(young).toMatchObject({ code: 3, stderr: expect.stringContaining(`${yesterday} is not older than 30d`) })
    const unsealed = await offload(place, '--date', NEXT)
    expect(unsealed).toMatchObject({ code: 3, stderr: expect.stringContaining(`${NEXT}: ${NEXT} is not sealed`) })
    const none = await offload(place, '--from', NEXT)
    expect(none).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^no sealed day up to 20\d\d-\d\d-\d\d: nothing to offload\n$/),
    })
  })

  test.each([
    [[], '--older-than is missing'],
    [['--older-than', '30'], 'not an age; seen: "30"; wanted: days or weeks, at least one: 30d, 4w'],
    [['--older-than', '30d', '--yes'], '--yes is given without --delete-source'],
  ])('%j ends with 2', async (args, message) => {
    const { code, stdout, stderr } = await dayseal(['offload', '--archive', 'a', '--out', 'b', ...args], { env })
    expect(stderr).toContain(`dayseal: ${message}`)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

const KILL_AT = resolve(import.meta.dirname, '../bad-input/kill-at.ts')

/** What is in parentheses. */
function sizes(text: string): readonly string[] {
  return [...text.matchAll(/\((.*)\)/g)].map((match) => match[1]!)
}
