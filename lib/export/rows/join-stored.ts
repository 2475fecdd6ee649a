import { compareBounds } from '../../parquet/compare-bounds.ts'
import type { Footer } from '../../parquet/read.ts'
import type { Field, Schema, Type } from '../../shred/type.ts'
import type { DataFile } from './data-file.ts'
import { columnsOf, type DatasetColumns, joinDays } from './dataset-columns.ts'
import { planDay } from './day-plan.ts'
import { rangeOf } from './value-range.ts'

/** Integers up to this are exact in a double. */
const MAX_EXACT = 2n ** 53n

/**
 * The columns of all days together. A manifest does not tell whether a day's integers are exact in a double: where they
 * would become doubles, the statistics of the day's file do, and if they are not, the column is json.
 */
export async function joinStored<Day extends { readonly schema: Schema }>(
  days: readonly Day[],
  open: (day: Day) => Promise<DataFile | undefined>,
): Promise<DatasetColumns> {
  const joined = joinDays(days.map(({ schema }) => schema))
  const schemas: Schema[] = []
  let wide = false
  for (const day of days) {
    const converts = planDay(joined.root, columnsOf(day.schema).root).some(
      ({ kind }) => kind === 'widened' || kind === 'clash',
    )
    const file = converts ? await open(day) : undefined
    schemas.push(file === undefined ? day.schema : withExactness(day.schema, file.footer))
    wide ||= file !== undefined
  }
  return wide ? joinDays(schemas) : joined
}

/** The footer's leaves are those of the schema, in its order. */
function withExactness(schema: Schema, { groups }: Footer): Schema {
  let leaf = 0
  const field = (one: Field): Field => ({ ...one, type: typeWith(one.type) })
  const typeWith = (type: Type): Type => {
    switch (type.kind) {
      case 'struct':
        return { kind: 'struct', fields: type.fields.map(field) }
      case 'list':
        return { kind: 'list', element: typeWith(type.element) }
      case 'map':
        leaf++
        return { kind: 'map', value: typeWith(type.value) }
      case 'int64': {
        const index = leaf++
        return { kind: 'int64', exact: groups.every(({ chunks }) => isExact(rangeOf(chunks[index]!))) }
      }
      default:
        leaf++
        return type
    }
  }
  return schema.map(field)
}

function isExact({ values, min, max }: ReturnType<typeof rangeOf>): boolean {
  if (!values) return true
  return (
    min !== undefined && max !== undefined && compareBounds(min, -MAX_EXACT) >= 0 && compareBounds(max, MAX_EXACT) <= 0
  )
}
