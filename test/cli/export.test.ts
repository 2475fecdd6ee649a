import { readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

/** A folder with a sealed day of 48 rows, and a configuration with these exports. */
async function sealedFolder(exports: readonly unknown[] = []): Promise<string> {
  const cwd = await temporaryFolder()
  await writeHours(join(cwd, 'logs'))
  const app = { archive: { location: 'logs' }, out: 'sealed', eventTime: 'ts', exports }
  await writeFile(join(cwd, 'dayseal.config.json'), JSON.stringify({ datasets: { app } }))
  const sealed = await dayseal(['seal', '--date', DATE], { cwd })
  expect(sealed.stderr.replace(/^.* %\n/gm, '')).toBe('')
  expect(sealed.code).toBe(0)
  return cwd
}

const quietly = (stderr: string) => stderr.replace(/^.* %\n/gm, '')

const KILL_AT = resolve(import.meta.dirname, '../bad-input/kill-at.ts')

describe('dayseal export', () => {
  it('without a name writes the formats that are asked for, which can be checked', async () => {
    const cwd = await sealedFolder()
    const args = ['--date', DATE, '--columns', 'ts,n', '--where', 'n=1', '--rename', 'n=number', '--latest']
    const done = await dayseal(['export', '--format', 'csv,ndjson', ...args], { cwd })
    expect(quietly(done.stderr)).toBe('')
    expect(done.code).toBe(0)
    expect(done.stdout).toMatch(/^adhoc {2}exported 24 rows of 2025-03-14 in \d+\.\d s\n {2}csv .*\n {2}ndjson .*\n$/)
    const folder = join(cwd, 'sealed/exports/adhoc')
    const latest = await readlink(join(folder, 'latest.csv'))
    const csv = await readFile(join(folder, latest), 'utf8')
    expect(csv.split('\r\n').slice(0, 2)).toEqual(['ts,number', `${DATE}T00:01:00Z,1`])
    const checked = await dayseal(['export', '--check', join('sealed/exports/adhoc', latest)], { cwd })
    expect(checked.stdout).toContain('passed (csv, 24 rows of 2025-03-14)')
    expect(checked.code).toBe(0)
    await writeFile(join(folder, latest), csv.replace(',1\r\n', ',2\r\n'))
    const altered = await dayseal(['export', '--check', join('sealed/exports/adhoc', latest), '--json'], { cwd })
    expect(altered.code).toBe(1)
    expect(JSON.parse(altered.stdout)).toMatchObject({ result: 'failed', exit_code: 1 })
  })

  it('puts the files where --destination says, and says what has no rows', async () => {
    const cwd = await sealedFolder()
    const options = [
      '--format',
      'json',
      '--date',
      DATE,
      '--where',
      'n=7',
      '--file-name',
      'none',
      '--option',
      'json.pretty=true',
    ]
    const done = await dayseal(['export', ...options, '--destination', 'there'], { cwd })
    expect(done.stdout).toContain('no row matches')
    expect(done.code).toBe(0)
    expect((await readdir(join(cwd, 'there'))).sort()).toEqual(['none.json', 'none.json.meta.json'])
    expect(JSON.parse(await readFile(join(cwd, 'there/none.json'), 'utf8'))).toEqual([])
  })

  it('runs exports by their name, and incremental ones once for each seal', async () => {
    const cwd = await sealedFolder([{ name: 'all', formats: ['ndjson'], incremental: {} }])
    const first = await dayseal(['export', 'all', '--json'], { cwd })
    expect(JSON.parse(first.stdout)).toMatchObject({
      command: 'export',
      exit_code: 0,
      exports: [{ dataset: 'app', export: 'all', outcome: 'exported', run: { rows_out: 48, days: 1 } }],
    })
    const second = await dayseal(['export', 'all'], { cwd })
    expect(second.stdout).toBe('all  nothing new: no day was sealed since the last run\n')
    expect(second.code).toBe(0)
  })

  it('follows a seal where the configuration says so; one that fails leaves the day sealed', async () => {
    const exports = [
      { name: 'rows', formats: ['csv'], afterSeal: true },
      { name: 'wrong', formats: ['csv'], afterSeal: true, columns: ['nobody'] },
      { name: 'never', formats: ['csv'] },
    ]
    const cwd = await temporaryFolder()
    await writeHours(join(cwd, 'logs'))
    const app = { archive: { location: 'logs' }, out: 'sealed', exports }
    await writeFile(join(cwd, 'dayseal.config.json'), JSON.stringify({ datasets: { app } }))
    const done = await dayseal(['seal', '--date', DATE], { cwd })
    expect(done.stdout).toContain('sealed as generation 1')
    expect(done.stdout).toMatch(/2025-03-14 rows {2}exported 48 rows of 2025-03-14/)
    expect(quietly(done.stderr)).toContain('2025-03-14: not exported as wrong: columns: there is no column nobody')
    expect(done.code).toBe(2)
    expect(await readdir(join(cwd, 'sealed/exports'))).not.toContain('never')
    const again = await dayseal(['seal', '--date', DATE, '--json'], { cwd })
    expect(JSON.parse(again.stdout).days[0]).toMatchObject({ outcome: 'already-sealed' })
    expect(JSON.parse(again.stdout).days[0]).not.toHaveProperty('exports')
    expect(again.code).toBe(0)
  })

  it('follows a seal that was killed before it could, with the next run, once', async () => {
    const exports = [
      { name: 'rows', formats: ['csv'], afterSeal: true },
      { name: 'new', formats: ['csv'], afterSeal: true, incremental: {} },
    ]
    for (const at of [`after link history/${DATE}`, 'after open exports/rows', 'after link _state/export-state']) {
      const cwd = await temporaryFolder()
      await writeHours(join(cwd, 'logs'))
      const app = { archive: { location: 'logs' }, out: 'sealed', exports }
      await writeFile(join(cwd, 'dayseal.config.json'), JSON.stringify({ datasets: { app } }))
      const env = { NODE_OPTIONS: `--import ${KILL_AT}`, DAYSEAL_TEST_KILL_AT: at }
      expect((await dayseal(['seal', '--date', DATE], { cwd, env })).code, at).toBeNull()
      const done = await dayseal(['seal', '--date', DATE, '--json'], { cwd })
      expect(JSON.parse(done.stdout).days[0], at).toMatchObject({
        outcome: 'already-sealed',
        exports: [{ outcome: 'exported' }, { outcome: at.includes('state') ? 'nothing-new' : 'exported' }],
      })
      const files = await readdir(join(cwd, 'sealed/exports/new'))
      const metas = files.filter((name) => name.endsWith('.meta.json'))
      expect(metas, at).toHaveLength(1)
      expect(JSON.parse(await readFile(join(cwd, 'sealed/exports/new', metas[0]!), 'utf8')).status).toBe('complete')
      const again = await dayseal(['seal', '--date', DATE, '--json'], { cwd })
      expect(JSON.parse(again.stdout).days[0], at).not.toHaveProperty('exports')
      expect(await readdir(join(cwd, 'sealed/_state/after-seal/app'))).toEqual([])
    }
  }, 60_000)

  const mistakes: readonly (readonly [string, readonly string[], number, string])[] = [
    ['neither a name nor a format', [], 2, 'neither a NAME nor --format is given'],
    ['an unknown name', ['al'], 2, 'did you mean all?'],
    ['an unknown format', ['--format', 'cvs'], 2, 'did you mean csv?'],
    ['an unknown option', ['--format', 'csv', '--option', 'csv.delimeter=;'], 2, 'did you mean delimiter?'],
    ['an option of another format', ['--format', 'csv', '--option', 'json.pretty=true'], 2, 'of no format'],
    ['an unknown column', ['--format', 'csv', '--columns', 'tz'], 2, 'did you mean ts?'],
    ['a condition without a value', ['--format', 'csv', '--where', 'n'], 2, 'COLUMN=VALUE'],
    ['a value of another kind', ['--format', 'csv', '--where', 'n=one'], 2, 'n'],
    ['a codec that is none', ['--format', 'csv', '--compress', 'zip'], 2, 'one of'],
    ['compression of parquet alone', ['--format', 'parquet', '--compress', 'gzip'], 2, 'cannot be compressed'],
    ['a recipient that is none', ['--format', 'csv', '--encrypt-to', 'age1x'], 2, 'recipient'],
    ['a time that is none', ['--format', 'csv', '--since', 'noon'], 2, 'RFC 3339'],
    ['options beside a name', ['all', '--format', 'csv'], 2, '--format is given with the export all'],
  ]
  it('says what is wrong with a call, and leaves nothing', async () => {
    const cwd = await sealedFolder([{ name: 'all', formats: ['ndjson'] }])
    await Promise.all(
      mistakes.map(async ([what, args, code, message]) => {
        const done = await dayseal(['export', ...args, '--date', DATE], { cwd })
        expect(done.stderr, what).toContain(message)
        expect(done.code, what).toBe(code)
        expect(done.stdout, what).toBe('')
      }),
    )
    const day = await dayseal(['export', '--format', 'csv', '--date', '2025-03-15'], { cwd })
    expect(day.stderr).toContain('2025-03-15 is not sealed')
    expect(day.code).toBe(3)
    const left = await readdir(join(cwd, 'sealed/exports'), { recursive: true, withFileTypes: true })
    expect(left.filter((entry) => entry.isFile())).toEqual([])
  })
})

describe('dayseal exports', () => {
  it('runs what is due once, and lists runs and files', async () => {
    const cwd = await sealedFolder([
      { name: 'often', formats: ['csv'], days: 7, everyHours: 24 },
      { name: 'rarely', formats: ['csv'], days: 7, schedule: '0 0 1 1 *', compression: 'gzip' },
      { name: 'never', formats: ['csv'] },
    ])
    const due = await dayseal(['exports', 'run-due'], { cwd })
    expect(due.stdout.match(/^\w+ {2}exported 48 rows/gm)).toEqual([
      'often  exported 48 rows',
      'rarely  exported 48 rows',
    ])
    const again = await dayseal(['exports', 'run-due', '--json'], { cwd })
    expect(JSON.parse(again.stdout)).toEqual({ command: 'exports run-due', exit_code: 0, exports: [] })
    const list = await dayseal(['exports', 'list', '--json'], { cwd })
    const [history] = JSON.parse(list.stdout).datasets
    expect(history.runs.map((run: { export: string }) => run.export)).toEqual(['rarely', 'often'])
    expect(history.files).toHaveLength(2)
    const one = await dayseal(['exports', 'list', 'rarely'], { cwd })
    expect(one.stdout).toMatch(/rarely {2}exported {2}2025-03-14 +48/)
    expect(one.stdout).not.toContain('often')
    expect((await dayseal(['exports', 'list', 'nevr'], { cwd })).stderr).toContain('did you mean never?')
  })
})
