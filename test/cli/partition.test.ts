import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { COMPILE_CACHE, filesIn } from '../bad-input/place.ts'
import { dayseal, temporaryFolder } from './dayseal.ts'

const DATE = '2025-03-14'
const event = (time: string) => `${JSON.stringify({ ts: `${DATE}T${time}Z` })}\n`
const AS = ['--format', 'jsonl', '--timestamp', 'ts']

/** A folder to run the command in: files by their path, and the archive `logs`. */
async function folderWith(files: Readonly<Record<string, string | Uint8Array>>) {
  const cwd = await temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(cwd, path, '..'), { recursive: true })
    await writeFile(join(cwd, path), content)
  }
  const run = (...args: readonly string[]) => dayseal(['partition', ...args], { cwd, env: COMPILE_CACHE })
  return { cwd, run, logs: join(cwd, 'logs') }
}

const slicesIn = async (logs: string) => (await filesIn(logs)).filter((file) => /^\d{8}\//.test(file)).sort()

describe('files given by hand', () => {
  test('a folder: each file of it, told by its content; one that cannot be read is 4, and stops no other', async () => {
    const { cwd, run, logs } = await folderWith({
      'in/a.log': `${event('05:00:00')}${event('06:59:59')}broken\n`,
      'in/b.png': Buffer.from([0x89, 0x50, 0, 0xff]),
      'in/sub/c': gzipSync(event('05:30:00')),
      'in/.hidden': 'x',
    })
    const { code, stdout, stderr } = await run('in', '--archive', 'logs', '--max-quarantine', '0.4', ...AS)
    expect(code).toBe(4)
    const [first] = (await slicesIn(logs)).map((file) => file.slice(12, 44))
    expect(stdout.replace(/[0-9a-f]{32}/g, 'ID')).toBe(
      [
        `${cwd}/in/a.log  partitioned  2 events of ${DATE}, in 2 slices`,
        '  1 line quarantined: 1 not_json',
        '  in _uploads/quarantine/ID.jsonl.gz',
        `${cwd}/in/sub/c  partitioned  1 event of ${DATE}, in 1 slice`,
        '',
      ].join('\n'),
    )
    expect(stderr).toContain(`${cwd}/in/b.png  refused  b.png is no text`)
    expect(stderr).toContain('left out, because of the dot at the start: .hidden')
    expect(await slicesIn(logs)).toHaveLength(3)
    expect(gunzipSync(await readFile(join(logs, `20250314/05/${first}.jsonl.gz`))).toString()).toMatch(/05:[03]0:00/)
  })

  test('an archive of another dataset is refused, until that is a former name', async () => {
    const dataset = {
      archive: { location: 'logs' },
      out: 'sealed',
      uploads: { format: 'jsonl', timestamp: { path: 'ts' } },
    }
    const { cwd, run, logs } = await folderWith({ 'a.log': event('05:00:00'), 'b.log': event('06:00:00') })
    expect(await run('a.log', '--archive', 'logs', ...AS)).toMatchObject({ code: 0 })
    const before = await filesIn(logs)
    const config = join(cwd, 'named.json')
    await writeFile(config, JSON.stringify({ datasets: { app: dataset } }))
    for (const files of [['b.log'], []]) {
      const { code, stderr } = await run(...files, '--config', config)
      expect(code).toBe(2)
      expect(stderr).toContain('is of another dataset; seen: dataset default; wanted: app;')
      expect(stderr).toContain("formerly: ['default'] in the configuration of app")
    }
    expect(await filesIn(logs)).toEqual(before)
    await writeFile(config, JSON.stringify({ datasets: { app: { ...dataset, formerly: ['default'] } } }))
    expect(await run('b.log', '--config', config)).toMatchObject({ code: 0 })
  })

  test('again is already partitioned; what a changed file is to what it was is told, or asked', async () => {
    const { cwd, run, logs } = await folderWith({ 'a.log': event('05:00:00') })
    const place = ['--archive', 'logs', ...AS]
    const first = await run('a.log', ...place, '--json')
    expect(first.code).toBe(0)
    const { uploads } = JSON.parse(first.stdout)
    expect(uploads).toEqual([
      {
        dataset: 'default',
        upload: pathToFileURL(join(cwd, 'a.log')).href,
        outcome: 'partitioned',
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        version: 1,
        events: { read: 1, sliced: 1, quarantined: {}, blank: 0 },
        slices: 1,
        days: [DATE],
        quarantine: null,
        relation: 'new',
        of: null,
        retires: [],
        exit_code: 0,
      },
    ])
    expect((await run(join(cwd, 'a.log'), ...place)).stdout).toContain('already partitioned  1 event')

    await writeFile(join(cwd, 'a.log'), event('05:00:00') + event('07:00:00'))
    const grown = await run('a.log', ...place)
    expect(grown.stdout).toContain(`has grown from file://${cwd}/a.log by 1 event of ${DATE}, in 1 slice`)
    expect((await run('a.log', ...place, '--name', 'march')).stdout).toContain(
      `march  partitioned  the same as file://${cwd}/a.log, counted once: 1 event`,
    )
    await writeFile(join(cwd, 'a.log'), event('05:00:00') + event('07:00:01'))
    const held = await run('a.log', ...place)
    expect(held).toMatchObject({ code: 3, stdout: '' })
    expect(held.stderr).toMatch(
      /a.log {2}held {2}it has lines in common with version 2 of .*\n {2}--replace: .*\n {2}--keep:/,
    )
    expect(await slicesIn(logs)).toHaveLength(2)
    const kept = await run('a.log', ...place, '--keep', '--json')
    expect(JSON.parse(kept.stdout).uploads).toMatchObject([{ relation: 'grown', events: { read: 1 } }])
    expect(await slicesIn(logs)).toHaveLength(3)
    await writeFile(join(cwd, 'b.log'), event('08:00:00'))
    expect((await run('b.log', ...place)).code).toBe(0)
    await writeFile(join(cwd, 'b.log'), event('09:00:00'))
    expect((await run('b.log', ...place, '--replace')).stdout).toMatch(
      /partitioned {2}1 event .*\n {2}in the place of version 1/,
    )
    expect((await run('a.log', ...place, '--replace', '--keep')).code).toBe(2)
  })

  test('one typo quarantines everything: that is 4, and what was found before counts on', async () => {
    const { run, logs } = await folderWith({ 'a.log': ['05', '06'].map((hour) => event(`${hour}:00:00`)).join('') })
    expect((await run('a.log', '--archive', 'logs', ...AS)).code).toBe(0)
    const before = await slicesIn(logs)
    const typo = await run('a.log', '--archive', 'logs', '--format', 'jsonl', '--timestamp', 'tS')
    expect(typo).toMatchObject({ code: 4, stdout: '' })
    expect(typo.stderr).toMatch(/held {2}2 of 2 lines are no events.*no_timestamp.*\n {2}mend --timestamp/)
    expect(await slicesIn(logs)).toEqual(before)
  })

  test('an upload of the archive is called by its key, wherever the command is run', async () => {
    const { run, logs } = await folderWith({ 'logs/uploads/a': event('05:00:00') })
    const given = await run('logs/uploads/a', '--archive', 'logs', ...AS)
    expect(given.stdout).toContain('uploads/a  partitioned')
    expect((await run('--archive', logs, ...AS)).stdout).toBe('no upload is in flight: all are partitioned\n')
    await writeFile(join(logs, 'uploads/a'), event('06:00:00'))
    expect((await run('logs/uploads', '--archive', 'logs', ...AS)).stdout).toContain('uploads/a  partitioned  1 event')
    const slices = await run('logs', '--archive', 'logs', ...AS)
    expect(slices).toMatchObject({ code: 2 })
    expect(slices.stderr).toContain('lies in the archive, but not among its uploads')
  })
})

test('without a file, all uploads in flight, as the configuration says; then their day seals', async () => {
  const hours = ['05', '06', '07']
  const config = {
    datasets: {
      app: {
        archive: { location: './logs' },
        out: './sealed',
        guards: { minHours: 3 },
        uploads: { format: 'jsonl', timestamp: { path: 'ts' }, silentHours: 'any', quietMinutes: 0 },
      },
    },
  }
  const { cwd, run } = await folderWith({
    'dayseal.config.json': JSON.stringify(config),
    ...Object.fromEntries(hours.map((hour) => [`logs/uploads/x/${hour}`, event(`${hour}:00:00`).repeat(2)])),
  })
  const { code, stdout } = await run()
  expect(code).toBe(0)
  expect(stdout.split('\n').slice(0, -1)).toEqual(
    hours.map((hour) => `uploads/x/${hour}  partitioned  2 events of ${DATE}, in 1 slice`),
  )
  const sealed = await dayseal(['seal', '--date', DATE, '--json'], { cwd, env: COMPILE_CACHE })
  expect(sealed.code, sealed.stderr).toBe(0)
  const manifest = JSON.parse(await readFile(join(cwd, 'sealed/daily', DATE, 'manifest.json'), 'utf8'))
  expect(manifest.row_count).toBe(6)
})

describe('a wrong call is 2, with what was probably meant', () => {
  const ARCHIVE = ['--archive', 'logs']
  test.each([
    [['a', ...ARCHIVE, '--format', 'jsnl', '--timestamp', 'ts'], 'did you mean jsonl?'],
    [['a', ...ARCHIVE, ...AS, '--time-form', 'epoch_ms'], 'did you mean epoch-ms?'],
    [['a', ...ARCHIVE, ...AS, '--time-form', 'yyyy-MM'], 'the pattern of times "yyyy-MM" cannot be used'],
    [['a', ...ARCHIVE, ...AS, '--time-offset', '+01:00'], '--time-offset is for times written by a pattern'],
    [['a', ...ARCHIVE, ...AS, '--option', 'recrods=x'], 'uploads.format: unknown key "recrods"'],
    [['a', ...ARCHIVE, '--format', 'jsonl', '--timestamp', 'arrival', '--time-form', 'rfc3339'], 'needs a column'],
    [['a', ...ARCHIVE, '--timestamp', 'ts'], '--format is missing'],
    [['a', ...ARCHIVE, '--format', 'jsonl'], '--timestamp is missing'],
    [['a', ...AS], '--archive is missing'],
    [ARCHIVE, 'the dataset default has no uploads'],
    [['nothing', ...ARCHIVE, ...AS], 'there is nothing to partition at'],
    [['a', 'a', ...ARCHIVE, ...AS, '--name', 'x'], '--name is about one FILE'],
    [['a', ...ARCHIVE, ...AS, '--fromat', 'x'], 'did you mean --format?'],
  ])('%j', async (args, message) => {
    const { cwd, run } = await folderWith({ a: event('05:00:00') })
    const { code, stdout, stderr } = await run(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(await readdir(cwd)).toEqual(['a'])
  })
})
