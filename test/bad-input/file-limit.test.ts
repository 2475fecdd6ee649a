import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { jsonl, writeDay } from '../archive-day.ts'
import { dateOfCase, dayseal, daysOf, openPlace, type Place, snapshot } from './place.ts'

/*
 * A disk that takes no more, as the system itself says it: under `ulimit -f` a write beyond so many blocks of a file fails
 * with EFBIG, in every thread and for every user.
 */

const BIN = resolve(import.meta.dirname, '../../cli/dayseal.js')
const LIMIT_KIB = 7

/** A command of dayseal that can write no file of more than `LIMIT_KIB`. */
async function limited(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('bash', ['-c', `ulimit -f ${LIMIT_KIB}; exec "$@"`, 'bash', process.execPath, BIN, ...args])
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const code = await new Promise<number | null>((done) => child.on('close', done))
  return { code, ...output }
}

/** Text that does not get smaller. */
const noise = (seed: number, count: number) =>
  Array.from({ length: count }, (_, n) => createHash('sha512').update(`${seed} ${n}`).digest('base64'))
const rows = (seed: number, count: number) => gzipSync(jsonl(noise(seed, count).map((text) => ({ text }))))

/** Which file gets too large, and what its day becomes so that it does. */
const CASES = [
  { what: 'part', file: /hourly\/[\d-]+\/05\.parquet/, files: { '05.jsonl.gz': rows(1, 200) } },
  {
    what: 'quarantine',
    file: /quarantine\/[\d-]+\/05\.jsonl\.gz/,
    files: { '05.jsonl.gz': gzipSync(noise(2, 200).join('\n')) },
  },
  {
    what: 'data',
    file: /generations\/[\d-]+\/g0002-\w+\.parquet/,
    files: { '04.jsonl.gz': rows(3, 80), '05.jsonl.gz': rows(4, 80) },
  },
  // It names every source, so 24 of them are enough.
  { what: 'manifest', file: /history\/[\d-]+\/manifest\.g0002\.json/, files: { '05.jsonl.gz': gzipSync('{"n":7}') } },
].map((one, index) => ({ ...one, date: dateOfCase(index) }))

describe('a file that the disk does not take:', () => {
  let place: Place
  let run: { code: number | null; stdout: string }
  let before: Readonly<Record<string, string>>
  const dates = CASES.flatMap(({ date }) => ['--date', date])
  const options = ['--min-hours', '2', '--max-quarantine', '1', '--workers', '1', '--json', ...dates]

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    for (const { date, what } of CASES) {
      const hours = what === 'manifest' ? HOURS : ['04', '05']
      await writeDay(place.archive, { date, hours, rows: (hour) => [{ n: Number(hour) }] })
    }
    const first = await dayseal(['seal', ...place.flags, ...options])
    if (first.code !== 0) throw new Error(first.stderr)
    before = await snapshot(place.out)
    for (const { date, files } of CASES) await writeDay(place.archive, { date, hours: [], files })
    run = await limited(['seal', ...place.flags, ...options])
    return opened.remove
  }, 60_000)

  test.each(CASES)('the $what', async ({ date, file }) => {
    const day = daysOf(run.stdout).get(date)
    expect(day).toMatchObject({ outcome: 'failed', exit_code: 5, error: { code: 'storage' } })
    expect(day?.error?.message).toMatch(/^cannot write .*EFBIG.*\(ulimit -f\).*: raise it or choose another place$/)
    expect(day?.error?.message).toMatch(file)
    const after = await snapshot(place.out)
    const sealed = Object.keys(before).filter((name) => name.includes(date) && !/^(hourly|quarantine)\//.test(name))
    expect(sealed).toHaveLength(4)
    for (const name of sealed) expect([name, after[name]]).toEqual([name, before[name]])
    const added = Object.keys(after).filter((name) => name.includes(date) && before[name] === undefined)
    expect(added.filter((name) => !/^(hourly|quarantine|generations)\//.test(name) || name.includes('/.'))).toEqual([])
  })

  test('the command ends with 5, what is sealed verifies, and the next run with room seals it', async () => {
    expect(run.code).toBe(5)
    const verified = await dayseal(['verify', ...place.flags, '--json', ...dates])
    expect(verified.code).toBe(0)
    expect([...daysOf(verified.stdout).values()].map(({ generation }) => generation)).toEqual(CASES.map(() => 1))
    const again = await dayseal(['seal', ...place.flags, ...options, '--allow-removal'])
    expect(again.code).toBe(0)
    expect([...daysOf(again.stdout).values()].map(({ generation }) => generation)).toEqual(CASES.map(() => 2))
    expect((await dayseal(['verify', ...place.flags, '--source', ...dates])).code).toBe(0)
  })
})
