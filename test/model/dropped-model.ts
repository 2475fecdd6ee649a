import type { Written, WrittenObject } from '../generate/json-tree.ts'
import { NO_RULES, pathText, type RulesAt, type Step } from './rules-model.ts'
import { itemsOf, type ModelFields, type ModelType, membersOf, objectsOf } from './schema-model.ts'

/** The paths that were seen and have no column, each with what was seen there; nothing below such a path. */
export function droppedModel(
  rows: readonly WrittenObject[],
  schema: ModelFields,
  rulesAt: RulesAt = NO_RULES,
): ReadonlyMap<string, { readonly reason: string; readonly saw: readonly string[] }> {
  const dropped = new Map<string, { reason: string; saw: string[] }>()
  const fields = (objects: readonly WrittenObject[], columns: ModelFields, path: readonly Step[]) => {
    const types = new Map([...columns.values()].map(({ key, type }) => [key, type]))
    for (const [key, values] of membersOf(objects)) value(values, types.get(key), [...path, { name: key }])
  }
  const value = (values: readonly Written[], type: ModelType | undefined, path: readonly Step[]): void => {
    if (type === undefined) {
      const reason = values.some((one) => holdsDropped(one, path, rulesAt)) ? 'configured' : 'empty'
      dropped.set(pathText(path), { reason, saw: [...new Set(values.map(sawOf))].sort() })
    } else if (typeof type === 'object') {
      if ('struct' in type) fields(objectsOf(values), type.struct, path)
      else if ('list' in type) value(itemsOf(values), type.list, [...path, 'element'])
      else
        value(
          objectsOf(values).flatMap(({ members }) => [...members.values()]),
          type.map,
          [...path, 'any'],
        )
    }
  }
  fields(rows, schema, [])
  return dropped
}

/** Whether the configuration drops the value, or a value inside it. */
function holdsDropped(value: Written, path: readonly Step[], rulesAt: RulesAt): boolean {
  const { as } = rulesAt(path)
  if (as === 'drop') return true
  if (value.kind === 'array') return value.items.some((item) => holdsDropped(item, [...path, 'element'], rulesAt))
  if (value.kind !== 'object') return false
  return [...value.members].some(([key, item]) =>
    holdsDropped(item, [...path, as === 'map' ? 'any' : { name: key }], rulesAt),
  )
}

function sawOf(value: Written): string {
  if (value.kind === 'null') return 'null'
  if (value.kind === 'object') return value.members.size === 0 ? '{}' : 'object'
  if (value.kind === 'array') return value.items.length === 0 ? '[]' : 'list'
  return 'value'
}
