import { DaysealError } from '../../errors.ts'
import type { ColumnNode } from '../../parquet/read-tree.ts'
import type { ByteDictionary, LeafColumn } from '../../shred/batch.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { AUTO_TIME, describeForm } from '../../time/time-reader.ts'
import type { RowBatch } from '../row-batch.ts'
import { parseMoment } from '../rows/moment.ts'
import { exactInteger, textOfEntry } from './row-objects.ts'

/** A column of scalars, not within a list or map: a row has one value of it, or null. */
export type ScalarNode = Extract<ColumnNode, { readonly kind: ScalarKind }>

/** int64 and timestamps (microseconds since the epoch): a number where it is exact, else a bigint. json: its text. */
export type Scalar = null | boolean | number | bigint | string

/** Columns of a batch as one value per row. Each is decoded once per batch. */
export class BatchValues {
  batch: RowBatch | undefined
  private readonly values = new Map<number, readonly Scalar[]>()
  private readonly times = new Map<number, readonly (number | bigint | null)[]>()

  load(batch: RowBatch): void {
    this.batch = batch
    this.values.clear()
    this.times.clear()
  }

  of(node: ScalarNode): readonly Scalar[] {
    const known = this.values.get(node.firstLeaf)
    if (known !== undefined) return known
    const values = valuesOf(node, this.leaf(node))
    this.values.set(node.firstLeaf, values)
    return values
  }

  /** The moments of a column of timestamps, or of texts and numbers that are such. @throws DaysealError `usage` for one that is not */
  momentsOf(node: ScalarNode): readonly (number | bigint | null)[] {
    if (node.kind === 'timestamp') return this.of(node) as readonly (number | bigint | null)[]
    const known = this.times.get(node.firstLeaf)
    if (known !== undefined) return known
    const moments = parseAll(this.of(node), node, this.batch!.date)
    this.times.set(node.firstLeaf, moments)
    return moments
  }

  leaf(node: ScalarNode): LeafColumn {
    return this.batch!.leaves[node.firstLeaf]!
  }
}

function valuesOf(node: ScalarNode, { entries, definition, values }: LeafColumn): Scalar[] {
  const rows: Scalar[] = new Array(entries).fill(null)
  const max = node.definition
  let at = 0
  switch (values.physical) {
    case 'BOOLEAN':
      for (let i = 0; i < entries; i++) if (definition[i] === max) rows[i] = values.values[at++] === 1
      return rows
    case 'DOUBLE':
      for (let i = 0; i < entries; i++) if (definition[i] === max) rows[i] = values.values[at++]!
      return rows
    case 'INT64':
      for (let i = 0; i < entries; i++) if (definition[i] === max) rows[i] = exactInteger(values.values, at++)
      return rows
    case 'BYTE_ARRAY': {
      const texts = textsOf(values.dictionary)
      for (let i = 0; i < entries; i++) if (definition[i] === max) rows[i] = texts(values.ids[at++]!)
      return rows
    }
  }
}

function textsOf(dictionary: ByteDictionary): (id: number) => string {
  const texts: (string | undefined)[] = []
  return (id) => {
    texts[id] ??= textOfEntry(dictionary, id)
    return texts[id]
  }
}

function parseAll(values: readonly Scalar[], { name }: ScalarNode, date: string | undefined) {
  const known = new Map<string, number | bigint>()
  return values.map((value) => {
    if (value === null) return null
    const text = String(value)
    const before = known.get(text)
    if (before !== undefined) return before
    const micros = parseMoment(text) ?? AUTO_TIME.text(text)?.micros
    if (micros === undefined) {
      throw new DaysealError(
        'usage',
        `groupBy: a ${typeof value === 'string' ? 'text' : 'number'} of ${name} is no time`,
        {
          seen: `${JSON.stringify(text.slice(0, 60))} on ${date ?? 'one of several days'}`,
          wanted: `${describeForm('auto')}, or a date`,
        },
      )
    }
    const number = Number(micros)
    const moment = Number.isSafeInteger(number) ? number : micros
    known.set(text, moment)
    return moment
  })
}
