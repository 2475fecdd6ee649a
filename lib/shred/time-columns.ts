import { formatPath, type PathStep } from '../path-pattern.ts'
import type { TimeForm } from '../time/time-form.ts'
import type { ShredRules } from './rules.ts'
import type { Field, Schema, Type } from './type.ts'

/** A timestamp column that is not simply said to be one, or to be written in one of the usual forms (`auto`). */
export interface TimeColumn {
  /** By the keys of the source. */
  readonly path: string
  /** How its times are written there. */
  readonly form: TimeForm
  /** Nothing says that it is one: its texts did. */
  readonly detected: boolean
}

/** In the order of the columns. */
export function timeColumns(schema: Schema, rules: ShredRules): TimeColumn[] {
  return fieldsIn(schema, [], rules)
}

function fieldsIn(fields: readonly Field[], at: readonly PathStep[], rules: ShredRules): TimeColumn[] {
  return fields.flatMap(({ key, type }) => columnsIn(type, [...at, { kind: 'name', name: key }], rules))
}

function columnsIn(type: Type, path: readonly PathStep[], rules: ShredRules): TimeColumn[] {
  switch (type.kind) {
    case 'struct':
      return fieldsIn(type.fields, path, rules)
    case 'list':
      return columnsIn(type.element, [...path, { kind: 'element' }], rules)
    case 'map':
      return columnsIn(type.value, [...path, { kind: 'any' }], rules)
    case 'timestamp': {
      const { as, form = 'auto' } = rules.ruleAt(path)
      const detected = rules.declared === undefined && as !== 'timestamp'
      return detected || form !== 'auto' ? [{ path: formatPath(path), form, detected }] : []
    }
    default:
      return []
  }
}
