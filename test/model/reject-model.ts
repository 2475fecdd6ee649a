import type { Written, WrittenObject } from '../generate/json-tree.ts'
import type { RulesAt, Step } from './rules-model.ts'
import { microsOf } from './timestamp-model.ts'

/** Whether a row is quarantined because a value that should be a timestamp is none. */
export function isRejected(row: WrittenObject, rulesAt: RulesAt): boolean {
  return anyMember(row, [], rulesAt)
}

function anyMember({ members }: WrittenObject, path: readonly Step[], rulesAt: RulesAt): boolean {
  const isMap = path.length > 0 && rulesAt(path).as === 'map'
  return [...members].some(([key, value]) => rejects(value, [...path, isMap ? 'any' : { name: key }], rulesAt))
}

function rejects(value: Written, path: readonly Step[], rulesAt: RulesAt): boolean {
  const { as } = rulesAt(path)
  if (value.kind === 'null' || as === 'json' || as === 'drop') return false
  if (as === 'timestamp') {
    const text = value.kind === 'string' ? value.value : value.kind === 'number' ? value.text : ''
    return microsOf(text) === undefined
  }
  if (value.kind === 'array') return value.items.some((item) => rejects(item, [...path, 'element'], rulesAt))
  return value.kind === 'object' && anyMember(value, path, rulesAt)
}
