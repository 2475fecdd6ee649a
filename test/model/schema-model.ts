import type { Written, WrittenObject } from '../generate/json-tree.ts'
import { NO_RULES, type RulesAt, type Step } from './rules-model.ts'

/*
 * The schema rules once more, top down over all values of a day at once: what a path is depends only on what is there.
 * Plain and slow, and none of it from lib/.
 */

export type ModelScalar = 'bool' | 'int64' | 'int64_wide' | 'double' | 'string' | 'json' | 'timestamp'

export type ModelType =
  | 'nothing'
  | ModelScalar
  | { readonly struct: ModelFields }
  | { readonly list: ModelType }
  | { readonly map: ModelType }

/** By the names of the columns. */
export type ModelFields = ReadonlyMap<string, { readonly key: string; readonly type: ModelType }>

export function modelSchema(rows: readonly WrittenObject[], rulesAt: RulesAt = NO_RULES): ModelFields {
  return fieldsOf(rows, [], rulesAt)
}

/** Each key's values in these objects. */
export function membersOf(objects: readonly WrittenObject[]): ReadonlyMap<string, readonly Written[]> {
  const values = new Map<string, Written[]>()
  for (const { members } of objects) {
    for (const [key, value] of members) {
      const all = values.get(key)
      if (all === undefined) values.set(key, [value])
      else all.push(value)
    }
  }
  return values
}

function fieldsOf(objects: readonly WrittenObject[], path: readonly Step[], rulesAt: RulesAt): ModelFields {
  const fields = new Map<string, { key: string; type: ModelType }>()
  for (const [key, values] of membersOf(objects)) {
    const at = [...path, { name: key }]
    const type = typeOf(values, at, rulesAt)
    if (type !== 'nothing') fields.set(rulesAt(at).rename ?? key, { key, type })
  }
  return withNames(fields)
}

/** A column without a name gets one that no other has in any case of its letters. */
function withNames(fields: ModelFields): ModelFields {
  const folded = [...fields.keys()].map((name) => name.toLowerCase())
  let name = '_empty'
  while (folded.includes(name)) name += '_'
  return new Map([...fields].map(([own, field]) => [own === '' ? name : own, field]))
}

/** 'nothing' for a path that has no column. */
export function typeOf(values: readonly Written[], path: readonly Step[], rulesAt: RulesAt): ModelType {
  const { as } = rulesAt(path)
  if (as === 'drop') return 'nothing'
  if (as === 'json' || as === 'timestamp' || as === 'string' || as === 'double') return as
  if (as === 'int64') return 'int64_wide'
  const present = values.filter(({ kind }) => kind !== 'null')
  const kinds = new Set(present.map(({ kind }) => kind))
  if (kinds.size > 1) return 'json'
  const [kind] = kinds
  if (kind === undefined) return as === 'map' ? mapType([], path, rulesAt) : 'nothing'
  if (as === 'map' && kind !== 'object') return 'json'
  if (kind === 'bool' || kind === 'string') return kind
  if (kind === 'number') return numberType(present.map(({ text }) => text))
  // A column has 96 levels, and two are for what is inside.
  if (path.reduce((levels, step) => levels + (typeof step === 'object' ? 1 : 2), 0) > 94) return 'json'
  if (kind === 'array') return listType(itemsOf(present), path, rulesAt)
  return objectType(objectsOf(present), path, rulesAt)
}

export function itemsOf(values: readonly Written[]): Written[] {
  return values.flatMap((value) => (value.kind === 'array' ? value.items : []))
}

export function objectsOf(values: readonly Written[]): WrittenObject[] {
  return values.flatMap((value) => (value.kind === 'object' ? [value] : []))
}

function listType(items: readonly Written[], path: readonly Step[], rulesAt: RulesAt): ModelType {
  const element = typeOf(items, [...path, 'element'], rulesAt)
  return element === 'nothing' ? 'nothing' : { list: element }
}

function objectType(objects: readonly WrittenObject[], path: readonly Step[], rulesAt: RulesAt): ModelType {
  const { as } = rulesAt(path)
  const values = objects.flatMap(({ members }) => [...members.values()])
  if (as === 'map') return mapType(values, path, rulesAt)
  // Looked at only where it matters: at every level it would double the work.
  const value =
    as !== 'struct' && keysAreData(objects, values.length) ? typeOf(values, [...path, 'any'], rulesAt) : 'json'
  if (value !== 'json') return value === 'nothing' ? 'nothing' : { map: value }
  const fields = fieldsOf(objects, path, rulesAt)
  return fields.size === 0 ? 'nothing' : { struct: fields }
}

/** The map that the configuration asks for: it has a column whatever is in it, but for values that are dropped. */
function mapType(values: readonly Written[], path: readonly Step[], rulesAt: RulesAt): ModelType {
  const at = [...path, 'any'] as const
  if (rulesAt(at).as === 'drop') return 'nothing'
  const value = typeOf(values, at, rulesAt)
  return { map: value === 'nothing' ? 'json' : value }
}

function keysAreData(objects: readonly WrittenObject[], members: number): boolean {
  const distinct = new Set(objects.flatMap(({ members }) => [...members.keys()])).size
  return distinct > 64 && distinct > 8 * (members / objects.length)
}

function numberType(texts: readonly string[]): ModelType {
  const classes = new Set(texts.map(numberClass))
  if (classes.has('huge')) return 'json'
  if (classes.has('wide') && classes.has('double')) return 'json'
  if (classes.has('double')) return 'double'
  return classes.has('wide') ? 'int64_wide' : 'int64'
}

export function numberClass(text: string): 'int' | 'wide' | 'double' | 'huge' {
  if (!/^-?\d+$/.test(text)) return Number.isFinite(Number(text)) ? 'double' : 'huge'
  if (text === '-0') return 'double'
  const value = BigInt(text)
  if (value < -(2n ** 63n) || value > 2n ** 63n - 1n) return 'huge'
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? 'int' : 'wide'
}
