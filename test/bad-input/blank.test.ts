import { gzipSync, zstdCompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { DATE, writeDay } from '../archive-day.ts'
import type { Ran } from '../cli/dayseal.ts'
import { dateOfCase, dayseal, daysOf, filesIn, openPlace, type Place } from './place.ts'

/** An hour's file, and what becomes of its lines: blanks and rows, and none goes to quarantine. */
interface Case {
  readonly what: string
  readonly ending: string
  readonly bytes: Uint8Array
  readonly blank: number
  readonly rows: number
}

const gz = (what: string, text: string, blank: number, rows: number): Case => {
  return { what, ending: '.jsonl.gz', bytes: gzipSync(text), blank, rows }
}
const file = (what: string, ending: string, bytes: Uint8Array): Case => ({ what, ending, bytes, blank: 0, rows: 0 })
const nothing = new Uint8Array(0)

/** Each is an hour of one day. */
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
  file('a gzip of nothing', '.jsonl.gz', gzipSync('')),
  file('no bytes, called gzip', '.jsonl.gz', nothing),
  file('no bytes, called zstd', '.jsonl.zst', nothing),
  file('a zstd of nothing', '.jsonl.zst', zstdCompressSync(nothing)),
  file('no bytes', '.jsonl', nothing),
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
  const emptyLast = EMPTY_DAYS.map((_, index) => dateOfCase(index, 5))

  beforeAll(async () => {
    const opened = await openPlace()
    place = opened.place
    const files = CASES.map(({ ending, bytes }, index) => [`${HOURS[index]}${ending}`, bytes] as const)
    await writeDay(place.archive, { hours: [], files: Object.fromEntries(files) })
    for (const [index, [, bytes]] of EMPTY_DAYS.entries()) {
      const both = { '04.jsonl.gz': bytes, '05.jsonl.gz': bytes }
      for (const date of [emptyFirst[index]!, emptyLast[index]!]) {
        await writeDay(place.archive, { date, hours: [], files: both })
      }
    }
    const dates = [...emptyFirst, DATE, ...emptyLast].flatMap((date) => ['--date', date])
    sealed = await dayseal(['seal', ...place.flags, ...dates, '--min-hours', '2', '--workers', '1', '--json'])
    verified = await dayseal(['verify', ...place.flags, ...dates, '--source', '--json'])
    return opened.remove
  }, 60_000)

  test('of any such files seals and verifies', () => {
    expect([sealed.code, verified.code]).toEqual([0, 0])
    const found = [...daysOf(verified.stdout).values()].filter(({ result }) => result !== 'passed')
    expect(found).toEqual([])
  })

  test.each(CASES.map((one, index) => [one.what, one, index] as const))('with %s: right counts', (_, one, index) => {
    const { ending, blank, rows } = one
    const manifest = daysOf(sealed.stdout).get(DATE)?.manifest
    expect(manifest?.rows_by_hour).toMatchObject({ [HOURS[index]!]: rows })
    expect(manifest?.sources[index]).toMatchObject({
      key: `20250314/${HOURS[index]}${ending}`,
      lines_read: blank + rows,
      blank,
      rows_written: rows,
      rows_quarantined: 0,
    })
  })

  test('with them all: right totals', () => {
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
    const [blank, rows] = [sum(CASES.map((one) => one.blank)), sum(CASES.map((one) => one.rows))]
    expect(daysOf(sealed.stdout).get(DATE)?.manifest).toMatchObject({
      row_count: rows,
      hours_found: CASES.length,
      schema: [{ name: 'a', type: 'int64' }],
      totals: { lines_read: blank + rows, blank, rows_written: rows, rows_quarantined: 0 },
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
