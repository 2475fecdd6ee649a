import * as z from 'zod'
import { closed } from '../closed-object.ts'
import { formatPath, type PathStep } from '../path-pattern.ts'
import { type TimeForm, timeForm } from '../time/time-form.ts'
import type { FieldJson, TypeJson } from './schema-json.ts'

/** The type of a declared column, as a configuration writes it. */
export type DeclaredType =
  | Extract<TypeJson, string>
  /** A timestamp whose times are written in this form. */
  | { timestamp: TimeForm }
  | { list: DeclaredType }
  | { map: DeclaredType }
  | { struct: { name: string; key?: string | undefined; type: DeclaredType }[] }

export const declaredType: z.ZodType<DeclaredType> = z.lazy(() =>
  z.union([
    z.enum(['bool', 'int64', 'int64_wide', 'double', 'string', 'json', 'timestamp']),
    closed({ timestamp: timeForm }),
    z.strictObject({ list: declaredType }),
    z.strictObject({ map: declaredType }),
    z.strictObject({
      struct: z.array(z.strictObject({ name: z.string(), key: z.string().optional(), type: declaredType })),
    }),
  ]),
)

type DeclaredColumns = Readonly<Record<string, DeclaredType>>

/** Declared columns as columns: how times are written makes no difference to them. */
export function columnsOfDeclared(columns: DeclaredColumns): FieldJson[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type: plainType(type) }))
}

function plainType(type: DeclaredType): TypeJson {
  if (typeof type === 'string') return type
  if ('timestamp' in type) return 'timestamp'
  if ('list' in type) return { list: plainType(type.list) }
  if ('map' in type) return { map: plainType(type.map) }
  return { struct: type.struct.map((field) => ({ ...field, type: plainType(field.type) })) }
}

/** The forms in which times are written, by path: as overrides have them. */
export function formsOfDeclared(columns: DeclaredColumns): Record<string, { readonly timestamp: TimeForm }> {
  const forms = Object.entries(columns).flatMap(([name, type]) => formsIn(type, [{ kind: 'name', name }]))
  return Object.fromEntries(forms.map(([path, timestamp]) => [formatPath(path), { timestamp }]))
}

function formsIn(type: DeclaredType, path: readonly PathStep[]): (readonly [readonly PathStep[], TimeForm])[] {
  if (typeof type === 'string') return []
  if ('timestamp' in type) return [[path, type.timestamp]]
  if ('list' in type) return formsIn(type.list, [...path, { kind: 'element' }])
  if ('map' in type) return formsIn(type.map, [...path, { kind: 'any' }])
  return type.struct.flatMap(({ name, key = name, type: inner }) =>
    formsIn(inner, [...path, { kind: 'name', name: key }]),
  )
}
