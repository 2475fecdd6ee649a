import fc from 'fast-check'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { hours, objects, TAME_KEYS, WILD_KEYS } from '../generate/json-rows.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { type Row, shred, type Value } from '../parquet/reference-shred.ts'
import { batchOf, rowBatch } from './batch-of.ts'
import type { Batches } from './write-export.ts'

/** Rows of any schema: every type, maps and timestamps too. */
const typed: fc.Arbitrary<Batches> = schemas(3).chain((schema) =>
  fc.tuple(someRows(schema), someRows(schema)).map(([first, second]): Batches => {
    const batch = (rows: readonly Row[]) => rowBatch(shred(schema, rows), '2025-03-14')
    return second.length === 0 ? [batch(first)] : [batch(first), batch(second)]
  }),
)

/** What a sealed day may have. */
export function someRows(schema: Schema): fc.Arbitrary<Row[]> {
  return rowsOf(schema, 6).map((rows) => rows.map((row) => plainStruct(schema, row)))
}

/** Without what no sealed day holds: the JSON text of null, and of halves of characters. */
function plainStruct(fields: Schema, row: Row): Row {
  return Object.fromEntries(fields.map(({ key, type }) => [key, plain(type, row[key])]))
}

function plain(type: Type, value: Value): Value {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'json':
      return value === 'null' || /\\ud[89a-f]/.test(value as string) ? null : value
    case 'struct':
      return plainStruct(type.fields, value as Row)
    case 'list':
      return (value as readonly Value[]).map((item) => plain(type.element, item))
    case 'map':
      return new Map([...(value as ReadonlyMap<string, Value>)].map(([key, item]) => [key, plain(type.value, item)]))
    default:
      return value
  }
}

/** Rows as an archive may have them: strange names, any spelling, columns of json by a clash. */
const archived: fc.Arbitrary<Batches> = fc
  .constantFrom(WILD_KEYS, TAME_KEYS)
  .chain((keys) => objects({ keys, depth: 3 }).chain((shape) => hours(shape, 8, true)))
  .map((rows): Batches | undefined => {
    try {
      return [batchOf(rows.map(({ text }) => text)).batch]
    } catch {
      return undefined
    }
  })
  .filter((batches) => batches !== undefined)

export const exportRows: fc.Arbitrary<Batches> = fc.oneof(typed, archived)
