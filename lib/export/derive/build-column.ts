import type { LeafColumn, LeafValues } from '../../shred/batch.ts'
import type { ScalarKind } from '../../shred/type.ts'
import type { Scalar } from './batch-values.ts'

/** A column at the top level of its rows. */
export function buildColumn(kind: ScalarKind, rows: readonly Scalar[]): LeafColumn {
  const definition = Uint8Array.from(rows, (value) => (value === null ? 0 : 1))
  const values = rows.filter((value) => value !== null)
  return { entries: rows.length, definition, repetition: undefined, values: buildValues(kind, values) }
}

function buildValues(kind: ScalarKind, values: readonly NonNullable<Scalar>[]): LeafValues {
  const count = values.length
  switch (kind) {
    case 'bool':
      return { physical: 'BOOLEAN', count, values: Uint8Array.from(values, Number) }
    case 'double':
      return { physical: 'DOUBLE', count, values: Float64Array.from(values, Number) }
    case 'int64':
    case 'timestamp':
      return { physical: 'INT64', count, values: BigInt64Array.from(values, (value) => BigInt(value)) }
    case 'string':
    case 'json':
      return buildTexts(values.map(String))
  }
}

function buildTexts(texts: readonly string[]): LeafValues {
  const distinct = [...new Set(texts)]
  const numbers = new Map(distinct.map((text, i) => [text, i]))
  const pieces = distinct.map((text) => Buffer.from(text))
  const offsets = new Uint32Array(distinct.length + 1)
  for (const [i, { length }] of pieces.entries()) offsets[i + 1] = offsets[i]! + length
  const dictionary = { count: distinct.length, distinct: true, bytes: Buffer.concat(pieces), offsets }
  return {
    physical: 'BYTE_ARRAY',
    count: texts.length,
    ids: Uint32Array.from(texts, (text) => numbers.get(text)!),
    dictionary,
  }
}
