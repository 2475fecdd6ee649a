import { DaysealError } from '../errors.ts'
import type { Schema, Type } from '../shred/type.ts'
import { type Ancestor, type Leaf, leavesOf, ROOT } from './schema.ts'

/** Where a leaf of the joined file comes from, in every row group of one part. */
export type LeafSource =
  /** The part's chunk with this index. */
  | { readonly kind: 'copy'; readonly index: number }
  /** A chunk of nulls: `siblings` are the part's leaves that share the deepest ancestor; none where it is the row. */
  | { readonly kind: 'nulls'; readonly shared: Ancestor; readonly siblings: readonly number[] }

/**
 * One source per leaf of `target`, in its order. What the part has beyond the target is left out.
 * @throws DaysealError `internal` when a column has one type in the part and another in the target: to copy it is
 * impossible, and to call it null a lie.
 */
export function planJoin(target: Schema, part: Schema, partName: string): readonly LeafSource[] {
  const disagreement = findDisagreement(target, part)
  if (disagreement !== undefined) {
    const { path, seen, wanted } = disagreement
    throw new DaysealError('internal', `part ${partName} has another column ${path.join('.')} than the joined file`, {
      seen,
      wanted,
      hint: 'convert the part again with the schema of the whole',
    })
  }
  const present = leavesOf(part)
  const indexes = new Map(present.map(({ id }, index) => [id, index]))
  const inside = leavesInside(present)
  return leavesOf(target).map(({ id, ancestors }): LeafSource => {
    const index = indexes.get(id)
    if (index !== undefined) return { kind: 'copy', index }
    const shared = ancestors.findLast((ancestor) => inside.has(ancestor.id)) ?? ROOT
    return { kind: 'nulls', shared, siblings: inside.get(shared.id) ?? [] }
  })
}

/** By an ancestor's id, the leaves that are in it. */
function leavesInside(leaves: readonly Leaf[]): ReadonlyMap<string, readonly number[]> {
  const inside = new Map<string, number[]>()
  for (const [index, { ancestors }] of leaves.entries()) {
    for (const { id } of ancestors) {
      const found = inside.get(id)
      if (found === undefined) inside.set(id, [index])
      else found.push(index)
    }
  }
  return inside
}

/** A column that two schemas have with different types or names. */
export interface Disagreement {
  readonly path: readonly string[]
  readonly seen: string
  readonly wanted: string
}

/**
 * The first column of `target` that `part` has as something else; undefined when the part can be joined. One whose key is
 * empty may be called otherwise there: it gets the target's name.
 */
export function findDisagreement(target: Schema, part: Schema): Disagreement | undefined {
  return compare({ kind: 'struct', fields: target }, { kind: 'struct', fields: part }, [])
}

function compare(target: Type, part: Type, path: readonly string[]): Disagreement | undefined {
  if (target.kind !== part.kind) return { path, seen: part.kind, wanted: target.kind }
  if (target.kind === 'list' && part.kind === 'list') return compare(target.element, part.element, [...path, '[]'])
  if (target.kind === 'map' && part.kind === 'map') return compare(target.value, part.value, [...path, '*'])
  return target.kind === 'struct' && part.kind === 'struct'
    ? compareFields(target.fields, part.fields, path)
    : undefined
}

function compareFields(target: Schema, part: Schema, path: readonly string[]): Disagreement | undefined {
  const fields = new Map(part.map((field) => [field.key, field]))
  const keys = new Map(part.map(({ name, key }) => [name, key]))
  for (const { key, name, type } of target) {
    const field = fields.get(key)
    const here = [...path, key]
    if (field !== undefined && field.name !== name && key !== '') return { path: here, seen: field.name, wanted: name }
    if ((keys.get(name) ?? key) !== key) return { path: here, seen: `${name} for ${keys.get(name)}`, wanted: name }
    const inside = field === undefined ? undefined : compare(type, field.type, here)
    if (inside !== undefined) return inside
  }
  return undefined
}
