import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { FormatOptions } from '../format-options.ts'
import { escapeEntries, writeEscaped } from '../json-string.ts'
import { jsonColumn } from '../json-text.ts'
import { ScalarText } from '../scalar-text.ts'
import { TimestampText } from '../timestamp-text.ts'
import { escapedName } from './escaped-name.ts'
import type { RowPart } from './row-part.ts'
import { scalarColumn } from './scalar-column.ts'
import { timeColumn } from './time-column.ts'

const NOTHING = Buffer.alloc(0)
const AFTER = Buffer.from('" ')
const SPACE = 0x20
const LINE_END = 0x0a

const SCALARS = ['bool', 'int64', 'double', 'string', 'json', 'timestamp'] as const

/**
 * Rows as `2025-03-14T01:02:03.000004Z level="…" message="…" key="value" …`, for `KV_MODE = auto_escaped`. The time comes
 * first where a column of times is named and not null; then `level` and `message`, the columns that the options name or
 * those that are called so; then all columns.
 *
 * How a reader gets a row back:
 * - A line that begins with a digit or a sign begins with the time, up to a space or its end. The time is none of the row's.
 * - The columns are the pairs `key="value"`, parted by a space; keys begin with a letter. The fields of a struct are columns
 *   with a dotted key. What is null has no pair, nor has a struct in which all is null.
 * - A key is the names of its path, joined by dots; each is written as an `escapedName` of ASCII letters, digits and `_`. Splunk
 *   strips digits and `_` from the beginning of a key: one that would begin so, or with `x_`, has `x_` before it. Pairs with the
 *   keys `level` and `message` that are no column's key are none of the row's.
 * - `"value"` is JSON text of a string: of the text itself, else of what JSON would have: `true`, `12`, `5.0`, `[1,null]`,
 *   `{"a":{"b":1}}`, the exact text of a json column; a timestamp without quotes of its own.
 */
export function lineRows(root: RootNode, options: FormatOptions<'splunk'>): RowPart {
  const times = options.time === undefined ? undefined : timeColumn(root, options.time, options.timeForm)
  const pairs = pairsOf(root, options)
  const time = new TimestampText()
  return {
    load(batch) {
      times?.load(batch)
      for (const pair of pairs) pair.load(batch)
    },
    write(out) {
      const start = out.length
      const micros = times?.next()
      if (micros !== undefined) {
        time.write(out, Number(BigInt.asIntN(32, micros)), Number(micros >> 32n))
        out.byte(SPACE)
      }
      for (let i = 0; i < pairs.length; i++) pairs[i]!.write(out)
      // In the place of the space after the last pair.
      if (out.length > start) out.length--
      out.byte(LINE_END)
    },
  }
}

/** What a pair is made of: the key, and the column of the values. */
interface Pair {
  readonly key: string
  readonly node: ColumnNode
}

function pairsOf(root: RootNode, options: FormatOptions<'splunk'>): readonly RowPart[] {
  const columns = root.fields.flatMap((field) => columnsUnder(field, []))
  const first = (['level', 'message'] as const).flatMap((key): Pair[] => {
    const own = columns.find((column) => column.key === key)
    const path = options[key]
    if (path === undefined) return own === undefined ? [] : [own]
    const node = scalarColumn(root, path, key, SCALARS)
    if (own === undefined) return [{ key, node }]
    if (own.node === node) return [own]
    throw new DaysealError('usage', `splunk: a line has one ${key}`, {
      seen: `a column ${key}, and the option ${key} for another one`,
      hint: 'rename or exclude the column',
    })
  })
  return [...first, ...columns.filter((column) => !first.includes(column))].map(pairText)
}

/** Structs are their fields. */
function columnsUnder(node: ColumnNode, above: readonly string[]): Pair[] {
  const names = [...above, node.name]
  if (node.kind === 'struct') return node.fields.flatMap((field) => columnsUnder(field, names))
  return [{ key: keyOf(names), node }]
}

function keyOf(names: readonly string[]): string {
  const key = names.map((name) => escapedName(name, (char) => /^\w$/.test(char))).join('.')
  return /^(?:[\d_]|x_)/.test(key) ? `x_${key}` : key
}

function pairText({ key, node }: Pair): RowPart {
  const before = Buffer.from(`${key}="`)
  if (node.kind === 'struct' || node.kind === 'list' || node.kind === 'map') return nestedPair(node, before)
  return new ScalarText(node, { before, after: AFTER, absent: NOTHING, encode: escapeEntries })
}

function nestedPair(node: ColumnNode, before: Uint8Array): RowPart {
  const column = jsonColumn(node)
  const text = new ByteBuffer(2 ** 12)
  return {
    load: column.load,
    write(out) {
      if (column.isNull) return column.skip()
      text.length = 0
      column.write(text)
      out.append(before)
      writeEscaped(out, text.bytes, 0, text.length)
      out.append(AFTER)
    },
  }
}
