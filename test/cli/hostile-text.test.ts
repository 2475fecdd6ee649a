import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Random, seededRandom } from '../../cli/demo/random.ts'
import { run } from '../../cli/main.ts'
import { outputTo } from '../../cli/output.ts'
import { progressBars } from '../../cli/progress-bars.ts'
import { type Ran, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'
import { printed } from './printed.ts'

const SEED = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 32))
beforeAll(() => console.log(`hostile text: seed ${SEED}`))

/** ESC sequences, BEL, CR, newlines, DEL, C1, bidi overrides, zero widths, separators of lines, tags. */
const EVIL = [
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u001b[2J',
  '\r',
  '\n',
  '\nFAKE: ok',
  '\u0008',
  '\u007f',
  '\u0085',
  '\u009b31m',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\u{e0041}',
]

/** A stream that is no terminal. */
function writing(take: (text: string) => void): NodeJS.WriteStream {
  const stream = new Writable({
    decodeStrings: false,
    write: (text, _, done) => {
      take(text)
      done()
    },
  })
  return Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream
}

/** Runs a command in this process, as a file would show it. */
async function runHere(args: readonly string[], cwd: string): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => outputTo(writing((text) => (written[name] += text)))
  const code = await run(args, {
    now: new Date(),
    clock: () => new Date(),
    newId: () => randomUUID().replaceAll('-', ''),
    elapsed: () => performance.now(),
    cwd,
    signal: new AbortController().signal,
    unhandled: (act) => act(),
    stdout: output('stdout'),
    stderr: output('stderr'),
  })
  return { code, ...written }
}

/** A name that holds each of them, in some order, and nothing that makes it no name of a file. */
function hostileName(random: Random): string {
  const order = EVIL.map((text) => ({ text, at: random.next() })).toSorted((a, b) => a.at - b.at)
  return `x${order.map(({ text }) => text).join('y')}z`
}

const RAW = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

function expectHarmless({ stdout, stderr }: Ran): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(RAW)
    expect(text).not.toMatch(/^FAKE/m)
  }
}

test('no text of any command holds a control character of a name, a key or a value', async () => {
  const random = seededRandom(SEED)
  const name = hostileName(random)
  const cwd = await temporaryFolder()
  const day = join(cwd, 'logs', DATE.replaceAll('-', ''))
  const row = JSON.stringify({
    [name]: name,
    [`${name}2`]: { [name]: 1 },
    [`empty${name}`]: {},
    ts: `${DATE}T00:00:00Z`,
  })
  await writeHours(join(cwd, 'logs'), { lines: { '00': [row, `{"${name}`] } })
  await writeFile(join(day, name), '')
  await mkdir(join(cwd, 'in'))
  await writeFile(join(cwd, 'in', `${name}.jsonl`), '\u0089PNG\0')
  await writeFile(join(cwd, 'in', `.${name}`), '{}\n')
  await writeFile(join(cwd, 'in', `good${name}.jsonl`), `${row}\n{"${name}\n`)
  await writeFile(join(cwd, `${name}.mjs`), `throw new Error(${JSON.stringify(name)})`)
  const text = JSON.stringify(name)
  const dataset = `{ archive: { location: ${text}, layout: ${text} }, out: ${text}, [${text}]: 1, s3: { endpoint: ${text} } }`
  await writeFile(join(cwd, 'bad.mjs'), `export default { datasets: { [${text}]: {}, d: ${dataset} } }`)
  await writeFile(join(cwd, 'bad.json'), `{"datasets": ${text} oops`)
  const zip = join(cwd, `${name}.zip`)
  await writeFile(zip, gzipSync(name))

  const places = ['--archive', 'logs', '--out', 'out']
  const seal = ['seal', ...places, '--max-quarantine', '1']
  const upload = ['--format', 'jsonl', '--timestamp', 'ts']
  const runs: readonly (readonly string[])[] = [
    [...seal, '--date', DATE, '--dry-run'],
    [...seal, '--date', DATE],
    [...seal, '--date', DATE, '--upload', name],
    [...seal, '--date', name],
    ['seal', '--archive', name, '--out', name, '--date', DATE],
    ['status', ...places],
    ['status', ...places, '--layout', name],
    ['verify', ...places, '--date', DATE, '--source', '--verbose'],
    ['verify', ...places, '--date', DATE, '--report', 'report.md'],
    ['verify', ...places, '--date', DATE, '--report', `${name}/${name}`, '--verbose'],
    ['schema', ...places, '--date', DATE],
    ['schema', ...places, '--date', DATE, '--ddl'],
    ['schema', ...places, '--reset', name],
    ['export', ...places, '--date', DATE, '--format', 'csv', '--columns', name],
    ['export', ...places, '--date', DATE, '--format', 'csv', '--file-name', `${name}x`],
    ['export', ...places, '--date', DATE, '--format', 'sqlite,ndjson', '--destination', name],
    ['export', ...places, '--date', DATE, '--format', name],
    ['export', ...places, '--date', DATE, '--format', 'csv', '--option', `csv.${name}=${name}`],
    ['export', ...places, '--date', DATE, '--format', 'csv', '--where', `${name}=${name}`],
    ['export', ...places, '--date', DATE, '--format', 'csv', '--since', name],
    ['export', name, ...places],
    ['export', '--check', name, '--verbose'],
    ['exports', 'list', ...places],
    ['exports', 'list', name, ...places],
    ['archive', ...places, '--date', DATE, '--name', name],
    ['archive', ...places, '--date', DATE, '--name', 'a', '--destination', name],
    ['archive', '--check', zip, '--verbose'],
    ['offload', ...places, '--older-than', '1d', '--destination', name],
    ['offload', ...places, '--older-than', name],
    ['partition', 'in', '--archive', 'intake', ...upload],
    ['partition', `in/good${name}.jsonl`, '--archive', 'intake', ...upload, '--name', name],
    ['partition', name, '--archive', 'intake', ...upload],
    ['partition', `in/${name}.jsonl`, '--archive', name, '--format', name, '--timestamp', name],
    ['status', '--config', `${name}.mjs`, '--verbose'],
    ['status', '--config', 'bad.mjs'],
    ['status', '--config', 'bad.json', '--verbose'],
    ['status', '--config', name],
    ['status', ...places, '--dataset', name],
    ['status', ...places, `--${name}`],
    ['status', ...places, '--out', `s3://${name}`],
    [name],
    ['help', name],
  ]
  for (const args of runs.flatMap((one) => [one, [...one, '--json']])) {
    const ran = await runHere(args, cwd)
    expectHarmless(ran)
    if (ran.stdout.startsWith('{')) JSON.parse(ran.stdout)
  }
  expect(await readFile(join(cwd, 'report.md'), 'utf8')).not.toMatch(RAW)
  // The name was there to be shown.
  const sealed = await runHere([...seal, '--date', DATE], cwd)
  expect(sealed.stdout).toContain('\\u{202e}')
})

describe('an output', () => {
  const name = hostileName(seededRandom(SEED))

  test('keeps its own colours alone, and takes no line for two', () => {
    expect(printed([['a', { style: 'red', text: '\u001b[32mb\nc' }], '\u001b[0m'], true)).toBe(
      'a\u001b[31m\\u{1b}[32mb\\u{a}c\u001b[39m\n\\u{1b}[0m\n',
    )
    expect(printed([name], false)).not.toMatch(RAW)
    expect(printed(['half \ud83d'], false)).toBe('half \\u{d83d}\n')
  })

  test('prints JSON of the same value', () => {
    const value = { [name]: [name, '\ud83d', 'é ✓ 🙂'] }
    let written = ''
    outputTo(writing((text) => (written += text))).printJson(JSON.stringify(value, null, 2))
    expect(written).not.toMatch(RAW)
    expect(written).toContain('é ✓ 🙂')
    expect(JSON.parse(written)).toEqual(value)
  })

  test('draws bars that a name cannot steer', async () => {
    let drawn = ''
    const screen = Object.assign(
      writing((text) => (drawn += text)),
      { isTTY: true, columns: 400 },
    )
    const bars = progressBars(screen, '{bar}\u001b[31m\nday')
    bars.update({ phase: 'read', done: 1, total: 2, detail: `\u001b]0;title\u0007{percentage}` })
    await new Promise((done) => setTimeout(done, 200))
    bars.stop()
    expect(drawn).toContain('{bar}\\u{1b}[31m\\u{a}day')
    expect(drawn).not.toContain('\u001b[31m')
    expect(drawn).not.toContain('\u001b]0')
  })
})
