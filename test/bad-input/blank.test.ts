import { gzipSync, zstdCompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { folderOf, writeDay } from '../archive-day.ts'
import { dayseal, type Ran } from '../cli/dayseal.ts'
import { dateOfCase, daysOf, filesIn, openPlace, type Place } from './place.ts'

/** What becomes of the lines of one file: read = blank + rows, and none goes to quarantine. */
interface Case {
  readonly what: string
  readonly name: string
  readonly bytes: Uint8Array
  readonly blank: number
  readonly rows: number
}

const gz = (what: string, text: string, blank: number, rows: number): Case => ({
  what,
  name: '05.jsonl.gz',
  bytes: gzipSync(text),
  blank,
  rows,
})
const file = (what: string, name: string, bytes: Uint8Array): Case => ({ what, name, bytes, blank: 0, rows: 0 })
const nothing = new Uint8Array(0)

const CASES: readonly Case[] = [
  gz('blank lines', '\n{"a":1}\n\n \t \n{"a":2}\n\n', 4, 2),
  gz('CRLF', '{"a":1}\r\n\r\n{"a":2}\r\n', 1, 2),
  gz('CRLF without the last newline', '{"a":1}\r\n{"a":2}\r', 0, 2),
  gz('a BOM', '\ufeff{"a":1}\n{"a":2}\n', 0, 2),
  gz('a BOM before a blank line', '\ufeff\n{"a":1}\n', 1, 1),
  gz('no newline at the end', '{"a":1}\n{"a":2}', 0, 2),
  gz('one row and no newline', '{"a":1}', 0, 1),
  gz('one newline', '\n', 1, 0),
  gz('blanks without a newline', ' \t', 1, 0),
  gz('rows without a column', '{}\n{}\n', 0, 2),
  file('a gzip of nothing', '05.jsonl.gz', gzipSync('')),
  file('no bytes, called gzip', '05.jsonl.gz', nothing),
  file('no bytes, called zstd', '05.jsonl.zst', nothing),
  file('a zstd of nothing', '05.jsonl.zst', zstdCompressSync(nothing)),
  file('no bytes', '05.jsonl', nothing),
]

/** What both hours of a day are that has no columns, and its counts. */
const EMPTY_DAYS: readonly (readonly [what: string, bytes: Uint8Array, lines: number, rows: number])[] = [
  ['empty files', nothing, 0, 0],
  ['gzips of nothing', gzipSync(''), 0, 0],
  ['blank lines', gzipSync('\r\n\n'), 4, 0],
  ['rows without a column', gzipSync('{}\n'), 2, 2],
]

describe('a day', () => {
  let place: Place
  let sealed: Ran
  let verified: Ran
  const emptyFirst = EMPTY_DAYS.map((_, index) => dateOfCase(index, 1))
  const ofCases = CASES.map((_, index) => dateOfCase(index, 3))
  const emptyLast = EMPTY_DAYS.map((_, index) => dateOfCase(index, 5))

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    for (const [index, { name, bytes }] of CASES.entries()) {
      await writeDay(place.archive, { date: ofCases[index]!, hours: ['04'], files: { [name]: bytes } })
    }
    for (const [index, [, bytes]] of EMPTY_DAYS.entries()) {
      const files = { '04.jsonl.gz': bytes, '05.jsonl.gz': bytes }
      for (const date of [emptyFirst[index]!, emptyLast[index]!]) {
        await writeDay(place.archive, { date, hours: [], files })
      }
    }
    const dates = [...emptyFirst, ...ofCases, ...emptyLast].flatMap((date) => ['--date', date])
    sealed = await dayseal(['seal', ...place.flags, ...dates, '--min-hours', '2', '--workers', '1', '--json'])
    verified = await dayseal(['verify', ...place.flags, ...dates, '--source', '--json'])
    return opened.remove
  }, 60_000)

  test('of any such file seals and verifies', () => {
    expect([sealed.code, verified.code]).toEqual([0, 0])
    const found = [...daysOf(verified.stdout).values()].filter(({ result }) => result !== 'passed')
    expect(found).toEqual([])
  })

  test.each(CASES.map((one, index) => [one.what, one, index] as const))('with %s: right counts', (_, one, index) => {
    const { blank, rows } = one
    expect(daysOf(sealed.stdout).get(ofCases[index]!)?.manifest).toMatchObject({
      row_count: 2 + rows,
      hours_found: 2,
      rows_by_hour: { '04': 2, '05': rows },
      sources: [
        { key: `${folderOf(ofCases[index]!)}/04.jsonl.gz`, lines_read: 2, rows_written: 2 },
        { hour: '05', lines_read: blank + rows, blank, rows_written: rows, rows_quarantined: 0 },
      ],
      totals: { lines_read: 2 + blank + rows, blank, rows_written: 2 + rows, rows_quarantined: 0 },
    })
  })

  test.each(EMPTY_DAYS.map((day, index) => [day[0], day, index] as const))(
    'of nothing but %s has a manifest and no data, before days with rows and after them',
    async (_, [, , lines, rows], index) => {
      for (const date of [emptyFirst[index]!, emptyLast[index]!]) {
        expect(daysOf(sealed.stdout).get(date)?.manifest).toMatchObject({
          row_count: rows,
          schema: [],
          data_key: null,
          parquet_sha256: null,
          hours_found: 2,
          is_partial: true,
          totals: { lines_read: lines, blank: lines - rows, rows_written: rows, rows_quarantined: 0 },
        })
        const files = (await filesIn(place.out)).filter((path) => path.includes(date) && !path.startsWith('hourly/'))
        expect(files).toEqual([`daily/${date}/manifest.json`, `history/${date}/manifest.g0001.json`])
      }
    },
  )
})
