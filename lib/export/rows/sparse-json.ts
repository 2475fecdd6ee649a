import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { ByteBuffer } from '../byte-buffer.ts'
import { escapeEntries } from '../json-string.ts'
import type { LeafCursor } from '../leaf-cursor.ts'
import type { RowBatch } from '../row-batch.ts'
import { ScalarText } from '../scalar-text.ts'

/*
 * Rows as JSON without the columns that are null: to be shredded again. (The text of a file has its nulls. Here a struct may
 * become a map or the text of an object, and is not to get the keys of all other rows.)
 */

export interface SparseRows {
  load(batch: RowBatch): void
  /** Writes the next row as an object. */
  write(out: ByteBuffer): void
}

export function sparseRows(root: RootNode): SparseRows {
  const scalars: ScalarText[] = []
  const row = sparseNode(root, '', scalars)
  return {
    load(batch) {
      for (const scalar of scalars) scalar.load(batch)
    },
    write: (out) => row.write(out),
  }
}

interface SparseNode {
  readonly leaves: readonly LeafCursor[]
  /** Writes the value at hand, with what is before it, or goes past a null. */
  write(out: ByteBuffer): void
}

const NOTHING = Buffer.alloc(0)
const QUOTE = Buffer.from('"')
const COMMA = 0x2c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** `key` is what stands before a value as a member: such a value is left out when it is null. Other nulls are written. */
function sparseNode(node: ColumnNode, key: string, scalars: ScalarText[]): SparseNode {
  const absent = key === '' ? Buffer.from('null') : NOTHING
  if (node.kind !== 'struct' && node.kind !== 'list' && node.kind !== 'map') {
    const quote = node.kind === 'string' || node.kind === 'timestamp' ? QUOTE : NOTHING
    const before = Buffer.concat([Buffer.from(key), quote])
    const encode =
      node.kind === 'string' ? escapeEntries : (dictionary: Parameters<typeof escapeEntries>[0]) => dictionary
    const scalar = new ScalarText(node, { before, after: quote, absent, encode })
    scalars.push(scalar)
    return { leaves: [scalar.cursor], write: (out) => scalar.write(out) }
  }
  const children = childrenOf(node, scalars)
  const leaves = children.flatMap((child) => child.leaves)
  const first = leaves[0]!
  const before = Buffer.from(key)
  const [open, close] = node.kind === 'list' ? [OPEN_BRACKET, CLOSE_BRACKET] : [OPEN_BRACE, CLOSE_BRACE]
  return {
    leaves,
    write(out) {
      const level = first.definition[first.entry]!
      if (level < node.definition) {
        for (const leaf of leaves) leaf.entry++
        return out.append(absent)
      }
      out.append(before)
      const start = out.length
      if (node.kind === 'struct') {
        for (const child of children) child.write(out)
      } else if (level === node.definition) {
        for (const leaf of leaves) leaf.entry++
      } else {
        do {
          out.byte(COMMA)
          for (const child of children) child.write(out)
        } while (first.repeats === node.repetition + 1)
      }
      // Each member and each element begins with a comma: the first one gives its place to the bracket.
      if (out.length === start) out.byte(open)
      else out.bytes[start] = open
      out.byte(close)
    },
  }
}

function childrenOf(node: ColumnNode, scalars: ScalarText[]): readonly SparseNode[] {
  switch (node.kind) {
    case 'struct':
      return node.fields.map((field) => sparseNode(field, `,${JSON.stringify(field.name)}:`, scalars))
    case 'list':
      return [sparseNode(node.element, '', scalars)]
    case 'map': {
      const key = sparseNode(node.key, '', scalars)
      const value = sparseNode(node.value, '', scalars)
      const entry: SparseNode = {
        leaves: [...key.leaves, ...value.leaves],
        write(out) {
          key.write(out)
          out.byte(0x3a)
          value.write(out)
        },
      }
      return [entry]
    }
    default:
      return []
  }
}
