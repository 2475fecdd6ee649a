import { formatPath, type PathStep } from '../path-pattern.ts'
import type { Field, Schema, Type } from './type.ts'

/** What a column is called whose key is the empty text. */
const EMPTY_NAME = '_empty'

/**
 * The columns, each with a name: one without is what engines refuse. It is `_empty`, with more underscores behind while a
 * column beside it is called so, in whatever case: there are readers that fold it.
 */
export function nameEmpty(schema: Schema): Schema {
  const taken = new Set(schema.map(({ name }) => name.toLowerCase()))
  return schema.map(({ key, name, type }): Field => ({ key, name: name || freeName(taken), type: nameInside(type) }))
}

function freeName(taken: ReadonlySet<string>): string {
  let name = EMPTY_NAME
  while (taken.has(name)) name += '_'
  return name
}

function nameInside(type: Type): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: nameEmpty(type.fields) }
    case 'list':
      return { kind: 'list', element: nameInside(type.element) }
    case 'map':
      return { kind: 'map', value: nameInside(type.value) }
    default:
      return type
  }
}

/** A column that is called otherwise than its key. */
export interface RenamedColumn {
  /** Where it is in the rows. */
  readonly path: string
  readonly name: string
}

/** The columns whose key is the empty text, and what they are called. */
export function renamedColumns(schema: Schema): RenamedColumn[] {
  return renamedIn(schema, [])
}

function renamedIn(fields: readonly Field[], at: readonly PathStep[]): RenamedColumn[] {
  return fields.flatMap(({ key, name, type }) => {
    const path = [...at, { kind: 'name', name: key } as const]
    return [...(key === '' ? [{ path: formatPath(path), name }] : []), ...renamedBelow(type, path)]
  })
}

function renamedBelow(type: Type, at: readonly PathStep[]): RenamedColumn[] {
  if (type.kind === 'struct') return renamedIn(type.fields, at)
  if (type.kind === 'list') return renamedBelow(type.element, [...at, { kind: 'element' }])
  return type.kind === 'map' ? renamedBelow(type.value, [...at, { kind: 'any' }]) : []
}
