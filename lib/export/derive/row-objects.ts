import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { parseJson } from '../../parse-json.ts'
import { setOwn } from '../../set-own.ts'
import type { ByteDictionary, LeafColumn } from '../../shred/batch.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { formatMicros } from '../../time/timestamp.ts'
import type { RowBatch } from '../row-batch.ts'
import type { Row } from '../settings.ts'

/*
 * Rows as functions of a configuration see them. int64: a number where it is exact, else a bigint. timestamp: its text,
 * `2025-03-14T01:02:03.000004Z`. json: the value, parsed; integers that are not exact in a double are bigints. Structs and
 * maps are plain objects, in which `__proto__` is a key like any other.
 */

/** Reads the rows of batches of one schema, each as objects of its own. */
export class RowObjects {
  private readonly leaves: LeafReader[] = []
  private readonly read: () => unknown

  constructor(root: RootNode) {
    this.read = this.reader(root)
  }

  load({ leaves }: RowBatch): void {
    for (const [i, leaf] of this.leaves.entries()) leaf.load(leaves[i]!)
  }

  /** The next row of the batch, which has one. */
  next(): Row {
    return this.read() as Row
  }

  private reader(node: ColumnNode): () => unknown {
    switch (node.kind) {
      case 'struct': {
        const members = node.fields.map((field) => ({ name: field.name, read: this.reader(field) }))
        return this.unlessNull(node, () => {
          const object: Record<string, unknown> = {}
          for (const { name, read } of members) setOwn(object, name, read())
          return object
        })
      }
      case 'list': {
        const element = this.reader(node.element)
        return this.unlessNull(node, () => {
          const list: unknown[] = []
          this.eachEntry(node, () => list.push(element()))
          return list
        })
      }
      case 'map': {
        const key = this.reader(node.key)
        const value = this.reader(node.value)
        return this.unlessNull(node, () => {
          const object: Record<string, unknown> = {}
          this.eachEntry(node, () => setOwn(object, key() as string, value()))
          return object
        })
      }
      default:
        return this.scalarReader(node.kind, node.definition)
    }
  }

  private scalarReader(kind: ScalarKind, definition: number): () => unknown {
    const leaf = new LeafReader(kind)
    this.leaves.push(leaf)
    return () => (leaf.definition[leaf.entry++] === definition ? leaf.value(leaf.taken++) : null)
  }

  private unlessNull(node: ColumnNode, read: () => unknown): () => unknown {
    const { definition, firstLeaf } = node
    return () => {
      const first = this.leaves[firstLeaf]
      if (definition === 0 || first!.definition[first!.entry]! >= definition) return read()
      this.passOne(node)
      return null
    }
  }

  private eachEntry(node: ColumnNode, take: () => void): void {
    const first = this.leaves[node.firstLeaf]!
    if (first.definition[first.entry] === node.definition) return this.passOne(node)
    do take()
    while (first.repeats === node.repetition + 1)
  }

  /** A null, or an empty list or map: one entry in each leaf. */
  private passOne({ firstLeaf, endLeaf }: ColumnNode): void {
    for (let leaf = firstLeaf; leaf < endLeaf; leaf++) this.leaves[leaf]!.entry++
  }
}

const NO_LEVELS: Uint8Array = new Uint8Array(0)

class LeafReader {
  definition = NO_LEVELS
  /** The level entry at hand, and how many values are before it. */
  entry = 0
  taken = 0
  private repetition: Uint8Array | undefined
  private column: LeafColumn | undefined
  private dictionary: ByteDictionary | undefined
  private texts: (string | undefined)[] = []
  private readonly times = new TimestampTexts()
  private readonly kind: ScalarKind

  constructor(kind: ScalarKind) {
    this.kind = kind
  }

  load(column: LeafColumn): void {
    this.column = column
    this.definition = column.definition
    this.repetition = column.repetition
    this.entry = 0
    this.taken = 0
  }

  /** The repetition level of the entry at hand, 0 at the end of the batch. */
  get repeats(): number {
    return this.repetition === undefined || this.entry >= this.column!.entries ? 0 : this.repetition[this.entry]!
  }

  value(index: number): unknown {
    const { values } = this.column!
    switch (values.physical) {
      case 'BOOLEAN':
        return values.values[index] === 1
      case 'DOUBLE':
        return values.values[index]
      case 'INT64': {
        const value = exactInteger(values.values, index)
        return this.kind === 'timestamp' ? this.times.of(value) : value
      }
      case 'BYTE_ARRAY': {
        const text = this.text(values.dictionary, values.ids[index]!)
        return this.kind === 'json' ? parseValue(text) : text
      }
    }
  }

  /** Entries of a dictionary are decoded once, and batches of one chunk share it. */
  private text(dictionary: ByteDictionary, id: number): string {
    if (dictionary !== this.dictionary) {
      this.dictionary = dictionary
      this.texts = []
    }
    const known = this.texts[id]
    if (known !== undefined) return known
    const text = textOfEntry(dictionary, id)
    this.texts[id] = text
    return text
  }
}

export function textOfEntry({ bytes, offsets }: ByteDictionary, id: number): string {
  const start = offsets[id]!
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, offsets[id + 1]! - start).toString('utf8')
}

/** A number where it is exact, else a bigint: equal integers are equal by `===`. */
export function exactInteger(values: BigInt64Array, index: number): number | bigint {
  const value = values[index]!
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const MICROS_PER_MILLI = 1_000
const MICROS_PER_MINUTE = 60_000_000

/** Writes microseconds since the epoch as `2025-03-14T01:02:03.000004Z`. Keeps the text of the last minute: times mostly rise. */
export class TimestampTexts {
  private minute = Number.NaN
  /** `2025-03-14T01:02:`. */
  private prefix = ''

  of(micros: number | bigint): string {
    if (typeof micros === 'bigint') return formatMicros(micros)
    const minute = Math.floor(micros / MICROS_PER_MINUTE)
    if (minute !== this.minute) {
      this.minute = minute
      this.prefix = new Date((minute * MICROS_PER_MINUTE) / MICROS_PER_MILLI).toISOString().slice(0, -7)
    }
    const rest = String(micros - minute * MICROS_PER_MINUTE).padStart(8, '0')
    return `${this.prefix}${rest.slice(0, 2)}.${rest.slice(2)}Z`
  }
}

/** Text in which `JSON.parse` might lose digits, or (see parse-json.ts) take one key for another. */
const DELICATE = /\d{16}|\\/
const INTEGER = /^-?\d+$/
/** More digits than the greatest double has are no number for a program. */
const MAX_DIGITS = 400

function parseValue(text: string): unknown {
  if (!DELICATE.test(text)) return JSON.parse(text)
  return parseJson(text, (value, written) =>
    !Number.isSafeInteger(value) && written.length <= MAX_DIGITS && INTEGER.test(written) ? BigInt(written) : value,
  )
}
