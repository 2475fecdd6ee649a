import type { ColumnNode } from '../parquet/read-tree.ts'
import type { ScalarKind } from '../shred/type.ts'
import type { ByteBuffer } from './byte-buffer.ts'
import { type EncodeEntries, LeafCursor } from './leaf-cursor.ts'
import { writeDouble, writeInt64 } from './number-text.ts'
import type { RowBatch } from './row-batch.ts'
import { TimestampText } from './timestamp-text.ts'

/** How a format writes one scalar column. Bytes are UTF-8. */
export interface ScalarFrame {
  /** Before a value and after it. */
  readonly before: Uint8Array
  readonly after: Uint8Array
  /** In the place of a null. */
  readonly absent: Uint8Array
  /** What becomes of the texts of a string or json column. */
  readonly encode: EncodeEntries
}

export type ScalarNode = Extract<ColumnNode, { readonly kind: ScalarKind }>

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

/**
 * The text of a column of scalars: `true`, all digits of an int64, a double as `writeDouble` has it, a timestamp as
 * `TimestampText` has it, strings and json as the frame encodes them. Outside of lists and maps there is one value per
 * row; inside, whoever calls `write` follows the levels.
 */
export class ScalarText {
  readonly node: ScalarNode
  readonly cursor: LeafCursor
  private readonly kind: ScalarKind
  private readonly definition: number
  private readonly before: Uint8Array
  private readonly after: Uint8Array
  private readonly absent: Uint8Array
  private readonly timestamp = new TimestampText()

  constructor(node: ScalarNode, { before, after, absent, encode }: ScalarFrame) {
    this.node = node
    this.cursor = new LeafCursor(encode)
    this.kind = node.kind
    this.definition = node.definition
    this.before = before
    this.after = after
    this.absent = absent
  }

  load(batch: RowBatch): void {
    this.cursor.load(batch.leaves[this.node.firstLeaf]!)
  }

  /** Whether the value at hand is null, or something around it. */
  get isNull(): boolean {
    return this.cursor.definition[this.cursor.entry]! < this.definition
  }

  /** Passes the row's values, in lists and maps too. */
  skipRow(): void {
    this.cursor.skipRow(this.definition)
  }

  /** Writes the value at hand, and goes on to the next. */
  write(out: ByteBuffer): void {
    const { cursor } = this
    if (cursor.definition[cursor.entry++]! < this.definition) return out.append(this.absent)
    out.append(this.before)
    const value = cursor.value++
    switch (this.kind) {
      case 'string':
      case 'json': {
        const id = cursor.ids[value]!
        out.appendPart(cursor.bytes, cursor.offsets[id]!, cursor.offsets[id + 1]!)
        break
      }
      case 'int64':
        writeInt64(out, cursor.words[value * 2]!, cursor.words[value * 2 + 1]!)
        break
      case 'double':
        writeDouble(out, cursor.doubles[value]!)
        break
      case 'bool':
        out.append(cursor.bools[value] === 0 ? FALSE : TRUE)
        break
      case 'timestamp':
        this.timestamp.write(out, cursor.words[value * 2]!, cursor.words[value * 2 + 1]!)
    }
    out.append(this.after)
  }
}
