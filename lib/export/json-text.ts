import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import type { ByteDictionary } from '../shred/batch.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { type FlatColumn, flatText } from './flat-text.ts'
import { type Frame, type FramedNode, framedGroup, framedScalar, scalarsOf, writeFramed } from './framed-node.ts'
import { escapeEntries } from './json-string.ts'
import type { RowBatch } from './row-batch.ts'
import { type ScalarFrame, type ScalarNode, ScalarText } from './scalar-text.ts'

/*
 * JSON text of rows, written from columns: nulls are `null`, maps and structs are objects, an int64 has all its digits, a
 * double is never written like an integer, a timestamp is a string, and a json column is its exact text. No object per value.
 */

const COMMA = Buffer.from(',')

/** Writes one node of row after row. */
export interface JsonColumn {
  /** From the first row of `batch` on. The batches of one column have one schema. */
  load(batch: RowBatch): void
  /** Whether the row's value is null, or a struct around it. */
  readonly isNull: boolean
  /** Writes the value of the row at hand, and goes on to the next. */
  write(out: ByteBuffer): void
  skip(): void
}

/** Writes row after row. */
export interface JsonRows extends JsonColumn {
  /** Writes the rows that follow, at least one and as many as are at hand, and returns how many. There is one. */
  writeSome(out: ByteBuffer): number
}

export interface JsonLayout {
  /** Indented by two spaces. Default: no white space. The text of json columns stays as it is. */
  readonly pretty?: boolean
  /** In how many arrays and objects the value stands, for `pretty`. Default 0. */
  readonly depth?: number
  /** Members that each object begins with, as they are written between its braces: `"a":1,"b":2`. Rows alone have them. */
  readonly members?: string
  /** What comes after each row. Rows alone have it. */
  readonly end?: string
}

/** The rows as objects, a member per column in the order of the schema. Several may read one batch. */
export function jsonRows(root: RootNode, layout: JsonLayout = {}): JsonRows {
  return flatRows(root, layout) ?? nestedRows(root, layout)
}

function nestedRows(root: RootNode, layout: JsonLayout): JsonRows {
  const { load, write: writeObject, skip } = jsonColumn(root, layout)
  const end = Buffer.from(layout.end ?? '')
  const write = (out: ByteBuffer) => {
    writeObject(out)
    out.append(end)
  }
  const writeSome = (out: ByteBuffer) => {
    write(out)
    return 1
  }
  return { load, write, writeSome, skip, isNull: false }
}

/** Rows that are all scalars are written faster. */
function flatRows({ fields }: RootNode, layout: JsonLayout): JsonRows | undefined {
  const { pretty = false, depth = 0, members = '', end = '' } = layout
  const around = { pretty, depth, before: '', members }
  const { open, close } = frame('{}', around, fields.length)
  const columns = fields.flatMap((node, i): FlatColumn[] => {
    if (node.kind === 'struct' || node.kind === 'list' || node.kind === 'map') return []
    const before = (i === 0 ? open.toString() : '') + beforeField(node, i, around)
    return [{ node, frame: jsonFrame(node, before, i === fields.length - 1 ? close.toString() + end : '') }]
  })
  if (columns.length === 0 || columns.length < fields.length) return undefined
  return { ...flatText(columns), isNull: false }
}

/** What stands before a field's value. */
function beforeField({ name }: ColumnNode, index: number, { pretty, depth, members }: Around): string {
  const comma = index === 0 && members === '' ? '' : ','
  return comma + newLine(pretty, depth + 1) + JSON.stringify(name) + (pretty ? ': ' : ':')
}

/** One column, or a node inside structs; not one inside a list or map. */
export function jsonColumn(node: ColumnNode, { pretty = false, depth = 0, members = '' }: JsonLayout = {}): JsonColumn {
  const text = jsonNode(node, { pretty, depth, before: '', members })
  const { leaves } = text
  const scalars = scalarsOf(text)
  return {
    load(batch) {
      for (const scalar of scalars) scalar.load(batch)
    },
    get isNull() {
      return node.definition > 0 && leaves[0]!.definition[leaves[0]!.entry]! < node.definition
    },
    write: (out) => writeFramed(out, text),
    skip() {
      for (const scalar of scalars) scalar.skipRow()
    },
  }
}

interface Around {
  readonly pretty: boolean
  readonly depth: number
  /** What stands before the value: a comma, a key. */
  readonly before: string
  /** Members before the first field. */
  readonly members: string
}

function jsonNode(node: ColumnNode, around: Around): FramedNode {
  const { pretty, depth, before } = around
  const line = newLine(pretty, depth + 1)
  const colon = pretty ? ': ' : ':'
  const inside = (child: ColumnNode, text: string) =>
    jsonNode(child, { pretty, depth: depth + 1, before: text, members: '' })
  switch (node.kind) {
    case 'struct': {
      const fields = node.fields.map((field, i) => inside(field, beforeField(field, i, around)))
      return framedGroup(node, fields, frame('{}', around, fields.length))
    }
    case 'list':
      return framedGroup(node, [inside(node.element, line)], frame('[]', around, 1))
    case 'map':
      return framedGroup(node, [inside(node.key, line), inside(node.value, colon)], frame('{}', around, 1))
    default:
      return framedScalar(new ScalarText(node, jsonFrame(node, before, '')))
  }
}

function frame(braces: '{}' | '[]', { pretty, depth, before, members }: Around, children: number): Frame {
  const lead = members === '' ? '' : newLine(pretty, depth + 1) + members
  const end = lead === '' && children === 0 ? '' : newLine(pretty, depth)
  return {
    absent: Buffer.from(`${before}null`),
    empty: Buffer.from(before + braces),
    open: Buffer.from(before + braces[0] + lead),
    between: COMMA,
    close: Buffer.from(end + braces[1]),
  }
}

function newLine(pretty: boolean, depth: number): string {
  return pretty ? `\n${'  '.repeat(depth)}` : ''
}

function jsonFrame(node: ScalarNode, before: string, after: string): ScalarFrame {
  const quote = node.kind === 'string' || node.kind === 'timestamp' ? '"' : ''
  return {
    before: Buffer.from(before + quote),
    after: Buffer.from(quote + after),
    absent: Buffer.from(`${before}null${after}`),
    encode: node.kind === 'string' ? escapeEntries : asItIs,
  }
}

function asItIs(dictionary: ByteDictionary): ByteDictionary {
  return dictionary
}
