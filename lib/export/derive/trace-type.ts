import type { ColumnNode } from '../../parquet/read-tree.ts'
import { MAP_KEY_RATIO, MAP_MIN_KEYS } from '../../shred/resolve.ts'
import { type Field, JSON_TYPE, joinTypes, NULL, type Schema, type Type } from '../../shred/type.ts'
import { typeOf } from '../rows/dataset-columns.ts'
import { SEEN, type Trace } from './trace.ts'

/* Which columns hold what was seen: the lattice of lib/shred/type.ts, and the source's types where they still hold it. */

const STRING: Type = { kind: 'string' }
const VALUES = ~SEEN.there

/** The columns of the rows, in order of first appearance; fields of a struct of the source in its order. Nothing that was there is left out, if it was only null or empty. */
export function traceSchema(root: Trace): Schema {
  return fieldsOf(root).map((field) => ({ ...field, type: filled(field.type) }))
}

/** With the type null for what was only null, and things of it for what was only empty. */
export function traceType(trace: Trace): Type {
  const { hint, seen } = trace
  if (hint?.kind === 'json') return JSON_TYPE
  if ((seen & VALUES) === 0) return hint === undefined ? NULL : typeOf(hint)
  let type: Type = NULL
  const join = (bit: number, other: () => Type) => {
    if ((seen & bit) !== 0) type = joinTypes(type, other())
  }
  join(SEEN.bool, () => ({ kind: 'bool' }))
  join(SEEN.int, () => (hint?.kind === 'double' ? { kind: 'double' } : { kind: 'int64', exact: true }))
  join(SEEN.wide, () => ({ kind: 'int64', exact: false }))
  join(SEEN.double, () => ({ kind: 'double' }))
  join(SEEN.string, () => STRING)
  join(SEEN.moment, () => ({ kind: 'timestamp' }))
  join(SEEN.list, () => ({ kind: 'list', element: elementType(trace) }))
  join(SEEN.object | SEEN.map, () => objectType(trace))
  return type
}

/** Whether an object's keys are data: see DESIGN, "Schema rules". */
export function keysAreData({ hint, fields, objects, members }: Trace): boolean {
  if (hint !== undefined || fields.size <= MAP_MIN_KEYS || fields.size * objects <= MAP_KEY_RATIO * members)
    return false
  return joinAll(fields.values()).kind !== 'json'
}

function elementType({ hint, element }: Trace): Type {
  if (element !== undefined) return traceType(element)
  return hint?.kind === 'list' ? typeOf(hint.element) : NULL
}

function objectType(trace: Trace): Type {
  const { seen, values, settled, fields } = trace
  if (values !== undefined || (seen & SEEN.map) !== 0 || keysAreData(trace)) {
    const known = joinTypes(settled, joinAll(fields.values()))
    return { kind: 'map', value: values === undefined ? known : joinTypes(known, traceType(values)) }
  }
  return { kind: 'struct', fields: inOrderOf(trace.hint, fieldsOf(trace)) }
}

/** The source's fields first, as there: in an object of JavaScript, keys that are integers come before all others. */
function inOrderOf(hint: ColumnNode | undefined, fields: readonly Field[]): readonly Field[] {
  if (hint?.kind !== 'struct') return fields
  const byName = new Map(fields.map((field) => [field.name, field]))
  const known = hint.fields.flatMap(({ name }) => byName.get(name) ?? [])
  return [...new Set([...known, ...fields])]
}

function fieldsOf({ fields }: Trace): readonly Field[] {
  return [...fields]
    .filter(([, field]) => (field.seen & SEEN.there) !== 0)
    .map(([name, field]) => ({ key: name, name, type: traceType(field) }))
}

function joinAll(traces: Iterable<Trace>): Type {
  let type: Type = NULL
  for (const trace of traces) type = joinTypes(type, traceType(trace))
  return type
}

/** What was only null is string, and an object that was only `{}` is json: both have a column. */
function filled(type: Type): Type {
  switch (type.kind) {
    case 'null':
      return STRING
    case 'list':
      return { kind: 'list', element: filled(type.element) }
    case 'map':
      return { kind: 'map', value: filled(type.value) }
    case 'struct':
      if (type.fields.length === 0) return JSON_TYPE
      return { kind: 'struct', fields: type.fields.map((field) => ({ ...field, type: filled(field.type) })) }
    default:
      return type
  }
}
