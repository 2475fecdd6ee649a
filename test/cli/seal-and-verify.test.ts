import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { manifestSchema } from '../../lib/seal/manifest.ts'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

describe('seal', () => {
  test('seals a day, says so, and has nothing to do the second time', async () => {
    const { flags } = await place()
    const first = await dayseal(['seal', ...flags, '--date', DATE])
    expect(first).toMatchObject({ code: 0 })
    expect(first.stdout).toContain(`${DATE}  sealed as generation 1: 48 rows`)
    expect(first.stdout).toContain('24 of 24 hours')
    expect(first.stdout).toContain('without a column: empty')
    expect(first.stderr).toContain(`${DATE} convert 100 %\n`)
    const second = await dayseal(['seal', ...flags, '--date', DATE])
    expect(second).toMatchObject({ code: 0 })
    expect(second.stdout).toContain('already sealed: nothing changed since generation 1')
  })

  test('converts a changed hour alone, for generation 2', async () => {
    const { archive, flags } = await place()
    await dayseal(['seal', ...flags, '--date', DATE])
    await writeHours(archive, { hours: ['07'], lines: { '07': ['{"n":3}'] } })
    const { stdout } = await dayseal(['seal', ...flags, '--date', DATE])
    expect(stdout).toContain('sealed as generation 2: 49 rows')
    expect(stdout).toContain('converted 1 hour (07)')
  })

  test('--json prints one object, and nothing else, on stdout', async () => {
    const { out, flags } = await place({ lines: { '03': ['no JSON'] }, quarantine: '0.5' })
    const { code, stdout } = await dayseal(['seal', ...flags, '--date', DATE, '--json'])
    const { days, ...rest } = JSON.parse(stdout)
    expect({ code, rest }).toEqual({ code: 0, rest: { command: 'seal', exit_code: 0 } })
    expect(days).toHaveLength(1)
    expect(days[0]).toMatchObject({ date_utc: DATE, outcome: 'sealed', generation: 1, converted_hours: HOURS })
    const committed = JSON.parse(await readFile(join(out, days[0].manifest_key), 'utf8'))
    expect(manifestSchema.parse(days[0].manifest)).toEqual(committed)
    expect(committed.totals.rows_quarantined).toBe(1)
  })

  test('--dry-run prints the manifest and commits nothing', async () => {
    const { out, flags } = await place()
    const { code, stdout, stderr } = await dayseal(['seal', ...flags, '--date', DATE, '--dry-run'])
    expect(code).toBe(0)
    expect(manifestSchema.parse(JSON.parse(stdout))).toMatchObject({ generation: 1, row_count: 48 })
    expect(stderr).toContain('nothing was committed')
    expect(await filesIn(out)).toEqual([])
  })

  test('refuses a day with an hour missing with 3, and says which; --min-hours accepts it', async () => {
    const { out, flags } = await place({ hours: HOURS.filter((hour) => hour !== '05') })
    const refused = await dayseal(['seal', ...flags, '--date', DATE])
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toContain('has 23 of 24 hours, and 24 are wanted; missing: 05')
    expect(refused.stderr).toContain('--min-hours 23')
    expect(await filesIn(out)).toEqual([])
    const accepted = await dayseal(['seal', ...flags, '--date', DATE, '--min-hours', '23'])
    expect(accepted).toMatchObject({ code: 0 })
    expect(accepted.stdout).toContain('partial: missing 05')
  })

  test('refuses days that are not over with 3', async () => {
    const { flags } = await place()
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
    for (const date of [tomorrow, '9999-12-31']) {
      const { code, stderr } = await dayseal(['seal', ...flags, '--date', date])
      expect(code).toBe(3)
      expect(stderr).toContain(`${date}: not sealed (today guard)`)
    }
  })

  test('a corrupt file is 4, and its name is said; a missing archive is 5', async () => {
    const { archive, out, flags } = await place()
    await writeFile(join(archive, '20250314', '09.jsonl.gz'), 'no gzip at all')
    const corrupt = await dayseal(['seal', ...flags, '--date', DATE])
    expect(corrupt.code).toBe(4)
    expect(corrupt.stderr).toContain('20250314/09.jsonl.gz')
    expect((await filesIn(out)).filter((file) => !file.startsWith('hourly/'))).toEqual([])
    const missing = await dayseal(['seal', '--archive', join(archive, 'none'), '--out', out, '--date', DATE])
    expect(missing.code).toBe(5)
    expect(missing.stderr).toContain('there is no directory')
  })

  test('of several days each is tried, and the worst outcome is the exit code', async () => {
    const { archive, flags } = await place({ hours: HOURS.slice(1) })
    await writeHours(archive, { date: '2025-03-15' })
    await writeHours(archive, { date: '2025-03-16' })
    await writeFile(join(archive, '20250315', '09.jsonl.gz'), 'no gzip at all')
    const { code, stdout } = await dayseal(['seal', ...flags, '--from', DATE, '--to', '2025-03-16', '--json'])
    expect(code).toBe(4)
    const days: { outcome: string; exit_code: number }[] = JSON.parse(stdout).days
    expect(days.map((day) => [day.outcome, day.exit_code])).toEqual([
      ['refused', 3],
      ['failed', 4],
      ['sealed', 0],
    ])
  })

  test('SIGINT stops it with 130, and what it left is no seal', async () => {
    const { out, flags } = await place()
    const child = start(['seal', ...flags, '--date', DATE, '--workers', '1'])
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    const code = await new Promise<number | null>((done) => {
      child.on('close', done)
      // The first part that is there shows that it is at work.
      const timer = setInterval(async () => {
        const files = await filesIn(out)
        if (!files.some((file) => file.endsWith('.json'))) return
        clearInterval(timer)
        child.kill('SIGINT')
      }, 5)
    })
    expect(code).toBe(130)
    expect(stderr).toContain('dayseal: stopping')
    expect((await filesIn(out)).filter((file) => file.startsWith('history/'))).toEqual([])
    expect(await dayseal(['seal', ...flags, '--date', DATE])).toMatchObject({ code: 0 })
  })
})

describe('verify', () => {
  test('passes a sealed day; with --source it reads the archive; --report writes Markdown', async () => {
    const { folder, out, flags } = await place()
    await dayseal(['seal', ...flags, '--date', DATE])
    const report = join(folder, 'report.md')
    const { code, stdout } = await dayseal(['verify', ...flags, '--date', DATE, '--source', '--report', report])
    expect(code).toBe(0)
    expect(stdout).toContain(`${DATE}: passed (generation 1, 48 rows)`)
    expect(stdout).toContain('sampled rows equal their source lines')
    expect(await readFile(report, 'utf8')).toMatch(/^# .*passed\n/)
    const short = await dayseal(['verify', '--out', out, '--date', DATE])
    expect(short.code).toBe(0)
    expect(short.stdout).not.toContain('source lines')
  })

  test('a flipped bit is 1, and the check that fails is named', async () => {
    const { out, flags } = await place()
    await dayseal(['seal', ...flags, '--date', DATE])
    const file = join(out, 'daily', DATE, 'data.parquet')
    const bytes = await readFile(file)
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(file, bytes)
    const { code, stdout } = await dayseal(['verify', '--out', out, '--date', DATE, '--json'])
    const { days } = JSON.parse(stdout)
    expect({ code, result: days[0].result }).toEqual({ code: 1, result: 'failed' })
    const failed: { id: string; result: string }[] = days[0].checks
    expect(failed.filter((check) => check.result === 'failed').map((check) => check.id)).toContain(
      'manifest.parquet_sha256',
    )
  })

  test('a day that was never sealed is 1; an output that is not there is 5', async () => {
    const { folder, flags, out } = await place()
    await dayseal(['seal', ...flags, '--date', DATE])
    expect(await dayseal(['verify', '--out', out, '--date', '2025-03-13'])).toMatchObject({ code: 1 })
    expect(await dayseal(['verify', '--out', join(folder, 'none'), '--date', DATE])).toMatchObject({ code: 5 })
  })
})

interface PlaceOptions {
  readonly hours?: readonly string[]
  readonly lines?: Readonly<Record<string, readonly string[]>>
  readonly quarantine?: string
}

/** A folder with an archive of one day, and the flags for it. */
async function place({ quarantine, ...options }: PlaceOptions = {}) {
  const folder = await temporaryFolder()
  const archive = join(folder, 'archive')
  const out = join(folder, 'sealed')
  await writeHours(archive, options)
  const limit = quarantine === undefined ? [] : ['--max-quarantine', quarantine]
  return { folder, archive, out, flags: ['--archive', archive, '--out', out, ...limit] }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
