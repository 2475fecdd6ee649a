import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { ledgerSchema } from '../../lib/convert/ledger.ts'
import { manifestSchema } from '../../lib/seal/manifest.ts'
import { DATE, jsonl, writeDay } from '../archive-day.ts'
import type { Ran } from '../cli/dayseal.ts'
import {
  dateOfCase,
  dayseal,
  daysOf,
  filesIn,
  notPassed,
  openPlace,
  type Place,
  sealDay,
  snapshot,
  testPlace,
  verifyDay,
} from './place.ts'

const LIMITS = { maxLineBytes: 1024, maxDepth: 4, maxQuarantineShare: 1 }

/** A line as it lies in the file, and what becomes of it: a row, nothing (blank), or a reason. */
type Fate = 'row' | 'blank' | 'not_json' | 'not_object' | 'not_utf8' | 'too_long' | 'too_deep'

const LINES: readonly (readonly [line: string | Uint8Array, fate: Fate])[] = [
  ['{"a":1}', 'row'],
  ['no JSON', 'not_json'],
  ['{"a":', 'not_json'],
  ['{"a":1}}', 'not_json'],
  ['{"a":1} {"a":2}', 'not_json'],
  ["{'a':1}", 'not_json'],
  ['{"a":01}', 'not_json'],
  ['{"a":NaN}', 'not_json'],
  ['{"a":1,}', 'not_json'],
  ['{"a":"\t"}', 'not_json'],
  ['\u00a0{"a":1}', 'not_json'],
  ['\ufeff{"a":1}', 'not_json'],
  ['\0\0\0\0', 'not_json'],
  ['{"a":2}', 'row'],
  ['', 'blank'],
  ['[{"a":1}]', 'not_object'],
  ['"text"', 'not_object'],
  ['17', 'not_object'],
  ['null', 'not_object'],
  ['true\r', 'not_object'],
  ['{"a":3}\r', 'row'],
  [Buffer.from('{"s":"\xff"}', 'latin1'), 'not_utf8'],
  [Buffer.from('{"s":"\xe9t\xe9"}', 'latin1'), 'not_utf8'],
  [Buffer.from('{"s":"\xed\xa0\x80"}', 'latin1'), 'not_utf8'],
  [Buffer.from('{"s":"\xc0\xaf"}', 'latin1'), 'not_utf8'],
  [Buffer.from('{"a":1}\xf0\x9f\x98', 'latin1'), 'not_utf8'],
  [sized(1024), 'row'],
  [sized(1025), 'too_long'],
  [sized(5000), 'too_long'],
  [`x${'é'.repeat(1500)}`, 'too_long'],
  ['{"a":{"b":{"c":{}}}}', 'row'],
  ['{"a":{"b":{"c":{"d":1}}}}', 'row'],
  ['{"a":{"b":{"c":{"d":{}}}}}', 'too_deep'],
  ['{"a":[[[[1]]]]}', 'too_deep'],
  ['['.repeat(500), 'too_deep'],
  ['{"a":4}', 'row'],
]

/** An object of exactly this many bytes. */
function sized(bytes: number): string {
  return `{"s":"${'x'.repeat(bytes - '{"s":""}'.length)}"}`
}

interface Rejected {
  readonly line: number
  readonly offset: number
  readonly reason: string
  readonly bytes: Buffer
}

interface QuarantineRecord {
  readonly key: string
  readonly line: number
  readonly offset: number
  readonly bytes: number
  readonly reason: string
  readonly part?: number
  readonly last?: true
  readonly text?: string
  readonly base64?: string
}

/** What must be in quarantine of one file. */
function rejectedOf(lines: typeof LINES): Rejected[] {
  let offset = 0
  return lines.flatMap(([content, reason], index) => {
    const bytes = Buffer.from(content)
    const at = offset
    offset += bytes.length + 1
    return reason === 'row' || reason === 'blank' ? [] : [{ line: index + 1, offset: at, reason, bytes }]
  })
}

/** What is in quarantine of one file: long lines, which come in pieces, put together. */
function rejectedIn(records: readonly QuarantineRecord[], key: string): Rejected[] {
  const lines = Map.groupBy(
    records.filter((record) => record.key === key),
    ({ line }) => line,
  )
  return [...lines.values()].map((pieces) => {
    const contents = pieces.map(({ text, base64 }) =>
      text === undefined ? Buffer.from(base64!, 'base64') : Buffer.from(text),
    )
    expect(pieces.map(({ bytes }) => bytes)).toEqual(contents.map(({ length }) => length))
    if (pieces.length > 1) {
      expect(pieces.map(({ part }) => part)).toEqual(pieces.map((_, index) => index + 1))
      expect(pieces.map(({ last }) => last ?? false)).toEqual(pieces.map((_, index) => index === pieces.length - 1))
    }
    const { line, offset, reason } = pieces[0]!
    return { line, offset, reason, bytes: Buffer.concat(contents) }
  })
}

async function quarantined(out: string, hour: string): Promise<readonly QuarantineRecord[]> {
  const text = gunzipSync(await readFile(join(out, 'quarantine', DATE, `${hour}.jsonl.gz`))).toString('utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line): QuarantineRecord => JSON.parse(line))
}

function fileOf(lines: typeof LINES): Buffer {
  return gzipSync(Buffer.concat(lines.flatMap(([line]) => [Buffer.from(line), Buffer.from('\n')])))
}

const countOf = (fate: Fate) => LINES.filter((line) => line[1] === fate).length

describe('lines that cannot become rows', () => {
  let place: Place
  const layout = '{yyyy}{MM}{dd}/{HH}*.jsonl.gz'
  const keys = ['20250314/05-a.jsonl.gz', '20250314/05-b.jsonl.gz'] as const

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    const files = { '05-a.jsonl.gz': fileOf(LINES), '05-b.jsonl.gz': fileOf(LINES.toReversed()) }
    await writeDay(place.archive, { hours: ['04'], files })
    await sealDay(place, { layout, limits: LIMITS, minHours: 2 })
    return opened.remove
  })

  test('lie in quarantine, verbatim, each with its file, line, offset and reason', async () => {
    const records = await quarantined(place.out, '05')
    expect(rejectedIn(records, keys[0])).toEqual(rejectedOf(LINES))
    expect(rejectedIn(records, keys[1])).toEqual(rejectedOf(LINES.toReversed()))
    expect(new Set(records.map(({ key }) => key))).toEqual(new Set(keys))
    expect(await filesIn(join(place.out, 'quarantine'))).toEqual([`${DATE}/05.jsonl.gz`])
  })

  test('are counted in the ledger, per file', async () => {
    const ledger = ledgerSchema.parse(JSON.parse(await readFile(join(place.out, 'hourly', DATE, '05.json'), 'utf8')))
    const [rows, blank] = [countOf('row'), countOf('blank')]
    const account = {
      lines_read: LINES.length,
      blank,
      rows_written: rows,
      rows_quarantined: LINES.length - rows - blank,
    }
    expect(ledger.sources).toMatchObject(keys.map((key) => ({ key, ...account })))
    expect(ledger.rows).toBe(2 * rows)
    const file = await readFile(join(place.out, 'quarantine', DATE, '05.jsonl.gz'))
    expect(ledger.quarantine).toEqual({
      key: `quarantine/${DATE}/05.jsonl.gz`,
      lines: 2 * account.rows_quarantined,
      bytes: file.length,
      sha256: createHash('sha256').update(file).digest('hex'),
    })
  })

  test('are counted in the manifest, and verify agrees', async () => {
    const text = await readFile(join(place.out, 'daily', DATE, 'manifest.json'), 'utf8')
    const { totals, row_count, rows_by_hour } = manifestSchema.parse(JSON.parse(text))
    const [rows, blank] = [countOf('row'), countOf('blank')]
    expect(totals).toEqual({
      lines_read: 2 * LINES.length + 2,
      blank: 2 * blank,
      rows_written: 2 * rows + 2,
      rows_quarantined: 2 * (LINES.length - rows - blank),
    })
    expect({ row_count, hour: rows_by_hour['05'] }).toEqual({ row_count: 2 * rows + 2, hour: 2 * rows })
    const verdict = await verifyDay(place, { layout, limits: LIMITS })
    expect(notPassed(verdict).filter((line) => line.startsWith('failed'))).toEqual([])
    expect(verdict.checks.find(({ id }) => id === 'sources.lines')?.result).toBe('passed')
  })

  test('… and leave the rows beside them as they are', async () => {
    const clean = await testPlace()
    const good = LINES.filter((line) => line[1] === 'row')
    const files = { '05-a.jsonl.gz': fileOf(good), '05-b.jsonl.gz': fileOf(good.toReversed()) }
    await writeDay(clean.archive, { hours: ['04'], files })
    await sealDay(clean, { layout, minHours: 2 })
    const dataOf = (out: string) => readFile(join(out, 'daily', DATE, 'data.parquet'))
    expect(await dataOf(place.out)).toEqual(await dataOf(clean.out))
  })
})

describe('an hour of which too many lines are quarantined', () => {
  const bad = (count: number) => Array.from({ length: count }, (_, n) => `broken ${n}\n`).join('')
  const good = (count: number) => jsonl(Array.from({ length: count }, (_, n) => ({ n })))
  const hour = (goodLines: number, badLines: number) => gzipSync(`\n \n${bad(badLines)}\r\n${good(goodLines)}\n`)
  const layout = ['--layout', '{yyyy}{MM}{dd}/{HH}*.jsonl.gz', '--min-hours', '2']

  /** The default limit is 5 %. */
  const DAYS: readonly (readonly [what: string, files: Record<string, Buffer>, seen: string | undefined])[] = [
    ['exactly at the limit', { '05.jsonl.gz': hour(19, 1) }, undefined],
    ['at it over both files of the hour', { '05-a.jsonl.gz': hour(0, 1), '05-b.jsonl.gz': hour(19, 0) }, undefined],
    ['just over it', { '05.jsonl.gz': hour(18, 1) }, '1 of 19 lines, in 20250304/05.jsonl.gz'],
    ['over it, in a day that is not', { '05.jsonl.gz': hour(1, 1), '06.jsonl.gz': hour(500, 0) }, '1 of 2 lines'],
    ['over it with both files', { '05-a.jsonl.gz': hour(18, 1), '05-b.jsonl.gz': hour(18, 1) }, '2 of 38 lines'],
    ['all of it', { '05.jsonl.gz': hour(0, 7) }, '7 of 7 lines'],
    ['UTF-16', { '05.jsonl.gz': gzipSync(Buffer.from(`\ufeff${good(20)}`, 'utf16le')) }, '21 of 21 lines'],
    ['a page of HTML', { '05.jsonl.gz': gzipSync('<!doctype html>\n<p>503</p>\n') }, '2 of 2 lines'],
  ]
  const FAILED = DAYS.flatMap(([what, , seen], index) => (seen === undefined ? [] : [{ what, seen, index }]))

  let place: Place
  let run: Ran

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    for (const [index, [, files]] of DAYS.entries()) {
      await writeDay(place.archive, { date: dateOfCase(index + 1), hours: ['04'], files })
    }
    const range = ['--from', dateOfCase(1), '--to', dateOfCase(DAYS.length)]
    run = await dayseal(['seal', ...place.flags, ...layout, ...range, '--json'])
    return opened.remove
  }, 60_000)

  test.each(DAYS.flatMap(([what, , seen], index) => (seen === undefined ? [{ what, index }] : [])))(
    'is not one with $what: blank lines do not count',
    ({ index }) => {
      const day = daysOf(run.stdout).get(dateOfCase(index + 1))
      expect(day).toMatchObject({ outcome: 'sealed', exit_code: 0 })
      expect(day?.manifest?.totals).toMatchObject({ rows_written: 21, rows_quarantined: 1 })
    },
  )

  test.each(FAILED)('is one with $what: nothing of it is visible', async ({ seen, index }) => {
    const date = dateOfCase(index + 1)
    const day = daysOf(run.stdout).get(date)
    expect(day).toMatchObject({ outcome: 'failed', exit_code: 4, error: { code: 'source' } })
    expect(day?.error?.message).toContain(`${date} hour 05: too many lines cannot become rows; seen: ${seen}`)
    expect(day?.error?.message).toContain(
      'wanted: at most 5 % (limits.maxQuarantineShare); mend the producer, or raise',
    )
    const files = (await filesIn(place.out)).filter((file) => file.includes(date))
    expect(files.filter((file) => !/^hourly\/[\d-]+\/0[46]\.(json|parquet)$/.test(file))).toEqual([])
  })

  test('ends the command with 4', () => {
    expect(run.code).toBe(4)
  })

  test('is taken when the limit is raised', async () => {
    const dates = FAILED.flatMap(({ index }) => ['--date', dateOfCase(index + 1)])
    const command = ['seal', ...place.flags, ...layout, ...dates, '--json']
    const raised = await dayseal([...command, '--max-quarantine', '100%'])
    expect(raised.code).toBe(0)
    const counts = [...daysOf(raised.stdout).values()].map(({ manifest }) => manifest?.totals.rows_quarantined)
    expect(counts).toEqual([1, 1, 2, 7, 21, 2])
  })

  test('leaves a generation that is there as it is', async () => {
    const place = await testPlace()
    const flags = [...place.flags, '--date', DATE]
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': hour(19, 1) } })
    await sealDay(place, { minHours: 1 })
    const before = await snapshot(place.out)
    await writeDay(place.archive, { hours: [], files: { '05.jsonl.gz': hour(18, 2) } })
    const again = await dayseal(['seal', ...flags, '--min-hours', '1'])
    expect(again).toMatchObject({ code: 4, stdout: '' })
    expect(again.stderr).toContain('2 of 20 lines')
    expect(await snapshot(place.out)).toEqual(before)
    expect(await dayseal(['verify', '--out', place.out, '--date', DATE])).toMatchObject({ code: 0 })
  })
})
