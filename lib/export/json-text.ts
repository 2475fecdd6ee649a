import type { ColumnNode, RootNode } from '../parquet/read-tree.ts'
import type { ByteDictionary } from '../shred/batch.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { escapeEntries } from './json-string.ts'
import type { LeafCursor } from './leaf-cursor.ts'
import type { RowBatch } from './row-batch.ts'
import { type ScalarNode, ScalarText } from './scalar-text.ts'

/*
 * JSON text of rows, written from columns: nulls are `null`, maps and structs are objects, an int64 has all its digits, a
 * double is never written like an integer, a timestamp is a string, and a json column is its exact text. No object per value.
 */

const COMMA = 0x2c

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

export interface JsonLayout {
  /** Indented by two spaces. Default: no white space. The text of json columns stays as it is. */
  readonly pretty?: boolean
  /** In how many arrays and objects the value stands, for `pretty`. Default 0. */
  readonly depth?: number
  /** Members that each object begins with, as they are written between its braces: `"a":1,"b":2`. Rows alone have them. */
  readonly members?: string
}

/** The rows as objects, a member per column in the order of the schema. Several may read one batch. */
export function jsonRows(root: RootNode, layout: JsonLayout = {}): JsonColumn {
  return jsonColumn(root, layout)
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
    write: (out) => writeNode(out, text),
    skip() {
      for (const scalar of scalars) scalar.skipRow()
    },
  }
}

/** A node with its text around its values. All have one form, for speed. */
interface JsonNode {
  readonly kind: 'scalar' | 'struct' | 'list' | 'map'
  readonly scalar: ScalarText | undefined
  /** The fields of a struct, the element of a list, the key and value of a map. */
  readonly children: readonly JsonNode[]
  readonly leaves: readonly LeafCursor[]
  readonly definition: number
  readonly repetition: number
  readonly absent: Uint8Array
  readonly empty: Uint8Array
  readonly open: Uint8Array
  readonly close: Uint8Array
}

interface Around {
  readonly pretty: boolean
  readonly depth: number
  /** What stands before the value: a comma, a key. */
  readonly before: string
  /** Members before the first field. */
  readonly members: string
}

function jsonNode(node: ColumnNode, around: Around): JsonNode {
  const { pretty, depth, before } = around
  const { definition, repetition } = node
  const line = newLine(pretty, depth + 1)
  const end = newLine(pretty, depth)
  const levels = { definition, repetition, absent: Buffer.from(`${before}null`) }
  const inside = (child: ColumnNode, text: string) =>
    jsonNode(child, { pretty, depth: depth + 1, before: text, members: '' })
  const group = (kind: JsonNode['kind'], braces: string, members: string, children: readonly JsonNode[]): JsonNode => ({
    ...levels,
    kind,
    children,
    scalar: undefined,
    leaves: children.flatMap((child) => child.leaves),
    empty: Buffer.from(before + braces),
    open: Buffer.from(before + braces[0] + (members === '' ? '' : line + members)),
    close: Buffer.from(members === '' && children.length === 0 ? braces[1]! : end + braces[1]),
  })
  switch (node.kind) {
    case 'struct': {
      const fields = node.fields.map((field, i) => {
        const comma = i === 0 && around.members === '' ? '' : ','
        return inside(field, comma + line + JSON.stringify(field.name) + (pretty ? ': ' : ':'))
      })
      return group('struct', '{}', around.members, fields)
    }
    case 'list':
      return group('list', '[]', '', [inside(node.element, line)])
    case 'map':
      return group('map', '{}', '', [inside(node.key, line), inside(node.value, pretty ? ': ' : ':')])
    default: {
      const scalar = jsonScalar(node, before)
      return { ...levels, kind: 'scalar', children: [], scalar, leaves: [scalar.cursor], ...NO_TEXT }
    }
  }
}

const NOTHING = Buffer.alloc(0)
const NO_TEXT = { empty: NOTHING, open: NOTHING, close: NOTHING }

function newLine(pretty: boolean, depth: number): string {
  return pretty ? `\n${'  '.repeat(depth)}` : ''
}

function jsonScalar(node: ScalarNode, before: string): ScalarText {
  const quote = node.kind === 'string' || node.kind === 'timestamp' ? '"' : ''
  return new ScalarText(node, {
    before: Buffer.from(before + quote),
    after: Buffer.from(quote),
    absent: Buffer.from(`${before}null`),
    encode: node.kind === 'string' ? escapeEntries : asItIs,
  })
}

function asItIs(dictionary: ByteDictionary): ByteDictionary {
  return dictionary
}

function scalarsOf({ scalar, children }: JsonNode): readonly ScalarText[] {
  return scalar === undefined ? children.flatMap(scalarsOf) : [scalar]
}

function writeNode(out: ByteBuffer, node: JsonNode): void {
  if (node.scalar !== undefined) return node.scalar.write(out)
  const first = node.leaves[0]
  const level = node.definition === 0 ? 0 : first!.definition[first!.entry]!
  if (level < node.definition) return writeNothing(out, node, node.absent)
  if (node.kind !== 'struct' && level === node.definition) return writeNothing(out, node, node.empty)
  out.append(node.open)
  writeChildren(out, node)
  if (node.kind !== 'struct') {
    // Entries follow while the first leaf repeats at the node's own depth.
    while (first!.repeats === node.repetition + 1) {
      out.byte(COMMA)
      writeChildren(out, node)
    }
  }
  out.append(node.close)
}

function writeChildren(out: ByteBuffer, { children }: JsonNode): void {
  for (let i = 0; i < children.length; i++) writeNode(out, children[i]!)
}

/** A null, or an empty list or map: one entry in each leaf. */
function writeNothing(out: ByteBuffer, { leaves }: JsonNode, text: Uint8Array): void {
  for (let i = 0; i < leaves.length; i++) leaves[i]!.entry++
  out.append(text)
}
