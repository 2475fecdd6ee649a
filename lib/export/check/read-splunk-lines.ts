import { messageOf } from '../../errors.ts'
import { corrupt } from '../../parquet/read-tree.ts'
import { formatPath, parsePath } from '../../path-pattern.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonOfText, layRow, type RowLayout, rowLayout } from './cells.ts'
import { readLines } from './lines.ts'
import { kindAt, type MicrosOf, microsReader } from './row-members.ts'
import { type RowTexts, TextBatch } from './row-texts.ts'

/**
 * The lines of the form `line`: `time key="value" …`. The time, `level` and `message` are held against their columns.
 * @throws DaysealError `corrupt`
 */
export async function* readSplunkLines(
  bytes: AsyncIterable<Uint8Array>,
  options: FormatOptions<'splunk'>,
  columns: readonly FieldJson[],
): AsyncGenerator<RowTexts> {
  const ofColumn = microsReader(kindAt(columns, options.time), options.timeForm)
  const rowOf = lineReader(options, rowLayout(columns, true), ofColumn)
  const batch = new TextBatch()
  let line = 0
  for await (const { bytes: block, bounds } of readLines(bytes)) {
    for (let i = 0; i < bounds.length; i += 2) {
      line++
      batch.add(rowOf(utf8(block.subarray(bounds[i], bounds[i + 1]), line), line))
      if (batch.full) yield batch.take()
    }
  }
  yield batch.take()
}

/** Gives the JSON text of a line's row. */
function lineReader(
  options: FormatOptions<'splunk'>,
  layout: RowLayout,
  ofColumn: MicrosOf,
): (text: string, line: number) => string {
  const ofLine = microsReader('timestamp', 'auto')
  const { cells } = layout
  const keys = cells.map(({ names }) => splunkKey(names))
  const known = new Set(keys)
  const copies = copiesOf(options, known)
  const keyAt = (path: string | undefined) => {
    const wanted = path === undefined ? undefined : formatPath(parsePath(path))
    return keys[cells.findIndex(({ name }) => name === wanted)]
  }
  const copied = [...copies].map(([key, path]) => [key, keyAt(path)] as const)
  const timeKey = keyAt(options.time)
  return (text, line) => {
    const { time, pairs } = readPairs(text, line)
    const strange = [...pairs.keys()].find((key) => !known.has(key) && !copies.has(key))
    if (strange !== undefined)
      throw corrupt(`line ${line} has a key that is no column's`, strange.slice(0, 80), 'a column')
    const valueAt = (key: string | undefined) => (key === undefined ? undefined : pairs.get(key))
    for (const [key, of] of copied) assertSame(line, key, pairs.get(key), valueAt(of))
    if (ofLine(time) !== ofColumn(valueAt(timeKey))) {
      throw corrupt(`line ${line} has another time than its row`, time ?? 'none', valueAt(timeKey) ?? 'none')
    }
    return layRow(
      layout,
      cells.map((cell, i) => {
        const value = pairs.get(keys[i]!)
        return value === undefined ? 'null' : jsonOfText(value, cell)
      }),
    )
  }
}

/** Pairs that are a column once more: key → path of the column. */
function copiesOf(
  { level, message }: FormatOptions<'splunk'>,
  known: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const pairs = Object.entries({ level, message }).flatMap(([key, path]): [string, string][] =>
    path === undefined || known.has(key) ? [] : [[key, path]],
  )
  return new Map(pairs)
}

function assertSame(line: number, key: string, seen: string | undefined, wanted: string | undefined): void {
  if (seen === wanted) return
  throw corrupt(`line ${line} has another ${key} than its row`, String(seen).slice(0, 80), String(wanted).slice(0, 80))
}

/** The names of a path: ASCII letters, digits and `_`, all else as `_xHHHH_`, joined by dots. */
function splunkKey(names: readonly string[]): string {
  const key = names.map(escapedName).join('.')
  return /^[\d_]|^x_/.test(key) ? `x_${key}` : key
}

function escapedName(name: string): string {
  if (name === '') return '_x_'
  return name.replace(/[^A-Za-z0-9_]|_(?=x)/gu, (char) => {
    const hex = char.codePointAt(0)!.toString(16).toUpperCase()
    return `_x${hex.padStart(hex.length > 4 ? 6 : 4, '0')}_`
  })
}

function utf8(bytes: Uint8Array, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw corrupt(`line ${line} is not UTF-8`, 'other bytes', 'UTF-8')
  }
}

interface SplunkLine {
  readonly time: string | undefined
  readonly pairs: ReadonlyMap<string, string>
}

const TIME = /^[-+\d]\S*/
const KEY = /([A-Za-z][\w.]*)="/y

function readPairs(text: string, line: number): SplunkLine {
  const time = TIME.exec(text)?.[0]
  const pairs = new Map<string, string>()
  let at = time === undefined ? 0 : time.length
  while (at < text.length) {
    if (at > 0 && text[at++] !== ' ') throw malformed(line, text, at - 1)
    KEY.lastIndex = at
    const key = KEY.exec(text)?.[1]
    if (key === undefined || pairs.has(key)) throw malformed(line, text, at)
    const start = at + key.length + 1
    at = endOfQuotes(text, start)
    pairs.set(key, unquoted(text.slice(start, at), line))
  }
  return { time, pairs }
}

function endOfQuotes(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function unquoted(quoted: string, line: number): string {
  try {
    return JSON.parse(quoted) as string
  } catch (error) {
    throw corrupt(`line ${line} has a value that is no JSON string`, messageOf(error), '"…"')
  }
}

function malformed(line: number, text: string, at: number) {
  return corrupt(
    `line ${line} cannot be read at character ${at + 1}`,
    JSON.stringify(text.slice(at, at + 40)),
    'key="value"',
  )
}
