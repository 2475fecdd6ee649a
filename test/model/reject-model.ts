import type { Written, WrittenObject } from '../generate/json-tree.ts'
import type { RulesAt, Step } from './rules-model.ts'
import { fits } from './strict-model.ts'
import { microsOf } from './timestamp-model.ts'

/** Why a row is quarantined: a value that should be a timestamp, a number or a text is none. */
export function rejections(row: WrittenObject, rulesAt: RulesAt): string[] {
  return ofMembers(row, [], rulesAt)
}

function ofMembers({ members }: WrittenObject, path: readonly Step[], rulesAt: RulesAt): string[] {
  const isMap = path.length > 0 && rulesAt(path).as === 'map'
  return [...members].flatMap(([key, value]) => ofValue(value, [...path, isMap ? 'any' : { name: key }], rulesAt))
}

function ofValue(value: Written, path: readonly Step[], rulesAt: RulesAt): string[] {
  const { as } = rulesAt(path)
  if (value.kind === 'null' || as === 'json' || as === 'drop') return []
  if (as === 'timestamp') {
    const text = value.kind === 'string' ? value.value : value.kind === 'number' ? value.text : ''
    return microsOf(text) === undefined ? ['timestamp'] : []
  }
  const isContainer = value.kind === 'array' || value.kind === 'object'
  if (as === 'string') return isContainer ? ['schema'] : []
  if (as === 'int64' || as === 'double') return value.kind === 'number' && fits(value, as) ? [] : ['schema']
  if (value.kind === 'array') return value.items.flatMap((item) => ofValue(item, [...path, 'element'], rulesAt))
  return value.kind === 'object' ? ofMembers(value, path, rulesAt) : []
}
