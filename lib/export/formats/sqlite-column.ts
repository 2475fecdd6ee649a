import type { SQLInputValue } from 'node:sqlite'
import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { formatPath, type PathStep } from '../../path-pattern.ts'
import type { ByteDictionary } from '../../shred/batch.ts'
import { textOf } from '../../shred/byte-view.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import { jsonColumn } from '../json-text.ts'
import { LeafCursor } from '../leaf-cursor.ts'
import type { RowBatch } from '../row-batch.ts'
import type { ScalarNode } from '../scalar-text.ts'
import { TimestampText } from '../timestamp-text.ts'

/** A column of the table. */
export interface SqliteColumn {
  readonly name: string
  readonly node: ColumnNode
  readonly type: 'INTEGER' | 'REAL' | 'TEXT'
  readonly values: ColumnValues
}

/** The values of one column, row after row. */
export interface ColumnValues {
  /** From the first row of `batch` on. */
  load(batch: RowBatch): void
  next(): SQLInputValue
}

/** https://www.sqlite.org/limits.html, "Maximum Number Of Columns". */
const MAX_COLUMNS = 2_000

/** Texts of a dictionary that is no larger are made once and kept. */
const MAX_KEPT = 4_096

/**
 * The fields of structs are columns, named by their paths (`lib/path-pattern.ts`). Lists and maps are JSON text.
 * @throws DaysealError `usage` for what SQLite cannot hold: no columns, more than 2,000, names that differ in the case of
 * A to Z alone, a NUL in a name
 */
export function sqliteColumns(root: RootNode): readonly SqliteColumn[] {
  const columns = root.fields.flatMap((field) => columnsUnder(field, []))
  if (columns.length === 0 || columns.length > MAX_COLUMNS) {
    throw new DaysealError('usage', 'SQLite cannot hold so many columns', {
      seen: String(columns.length),
      wanted: `1 to ${MAX_COLUMNS}`,
      hint: 'choose some of them with `columns`',
    })
  }
  assertNames(columns)
  return columns
}

function columnsUnder(node: ColumnNode, above: readonly PathStep[]): readonly SqliteColumn[] {
  const steps: readonly PathStep[] = [...above, { kind: 'name', name: node.name }]
  const name = formatPath(steps)
  switch (node.kind) {
    case 'struct':
      return node.fields.flatMap((field) => columnsUnder(field, steps))
    case 'list':
    case 'map':
      return [{ name, node, type: 'TEXT', values: nestedValues(node) }]
    case 'bool':
    case 'int64':
      return [{ name, node, type: 'INTEGER', values: scalarValues(node) }]
    case 'double':
      return [{ name, node, type: 'REAL', values: scalarValues(node) }]
    default:
      return [{ name, node, type: 'TEXT', values: scalarValues(node) }]
  }
}

function assertNames(columns: readonly SqliteColumn[]): void {
  const known = new Map<string, string>()
  for (const { name } of columns) {
    const folded = foldCase(name)
    const other = known.get(folded)
    if (name.includes('\0') || other !== undefined) {
      throw new DaysealError('usage', 'SQLite cannot hold a column of this name', {
        seen: other === undefined ? JSON.stringify(name) : `${JSON.stringify(other)} and ${JSON.stringify(name)}`,
        wanted: other === undefined ? 'a name without NUL' : 'names that differ in more than case',
        hint: 'give it another name with `rename`, or leave it out with `exclude`',
      })
    }
    known.set(folded, name)
  }
}

/** As SQLite compares names: A to Z alone have another case. */
export function foldCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function nestedValues(node: ColumnNode): ColumnValues {
  const column = jsonColumn(node)
  const text = new ByteBuffer(256)
  return {
    load: column.load,
    next() {
      if (column.isNull) {
        column.skip()
        return null
      }
      text.length = 0
      column.write(text)
      return textOf(text, 0, text.length)
    },
  }
}

function scalarValues(node: ScalarNode): ColumnValues {
  const cursor = new LeafCursor((dictionary) => dictionary)
  const textAt = texts()
  const timeAt = times()
  let valueAt: (value: number) => SQLInputValue = () => null
  return {
    load({ leaves }) {
      const leaf = leaves[node.firstLeaf]!
      cursor.load(leaf)
      const { values } = leaf
      if (values.physical === 'BOOLEAN') valueAt = (i) => (values.values[i] === 1 ? 1n : 0n)
      else if (values.physical === 'DOUBLE') valueAt = (i) => values.values[i]!
      else if (values.physical === 'BYTE_ARRAY') valueAt = textAt(values.ids, values.dictionary)
      else if (node.kind === 'timestamp') valueAt = (i) => timeAt(cursor.words[i * 2]!, cursor.words[i * 2 + 1]!)
      else valueAt = (i) => values.values[i]!
    },
    next: () => (cursor.definition[cursor.entry++] === node.definition ? valueAt(cursor.value++) : null),
  }
}

/** Batches of one chunk share a dictionary, and with it the texts that were made of it. */
function texts() {
  let source: ByteDictionary | undefined
  let kept: (string | undefined)[] = []
  return (ids: Uint32Array, dictionary: ByteDictionary): ((value: number) => string) => {
    const { offsets, count } = dictionary
    const make = (id: number) => textOf(dictionary, offsets[id]!, offsets[id + 1]!)
    if (count > MAX_KEPT) return (value) => make(ids[value]!)
    if (dictionary !== source) {
      source = dictionary
      kept = []
    }
    return (value) => {
      const id = ids[value]!
      kept[id] ??= make(id)
      return kept[id]
    }
  }
}

function times() {
  const text = new TimestampText()
  const out = new ByteBuffer(64)
  return (low: number, high: number): string => {
    out.length = 0
    text.write(out, low, high)
    return textOf(out, 0, out.length)
  }
}
