import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { formatPath, type PathStep, parsePath } from '../path-pattern.ts'
import { readBaseSchema, writeBaseSchema } from '../seal/base-schema.ts'
import { refuseOtherOutput } from '../seal/own-output.ts'
import type { FieldJson, TypeJson } from '../shred/schema-json.ts'
import { openStore } from '../store/open-store.ts'

/**
 * Removes paths from the learnt schema, so that the next hours learn them anew. Sealed days stay as they are. A list or
 * map of which the inside is removed goes with it, as does a struct that is left without fields. Nothing is written
 * unless every path is found.
 * @param paths keys of the data, dotted, as in the configuration's overrides; `*` for any one name
 * @returns what was removed
 * @throws DaysealError `usage` for a path that was not learnt, `conflict` when a seal changed the schema meanwhile
 */
export async function resetSchema({
  dataset,
  paths,
  signal,
}: {
  dataset: Dataset
  paths: readonly string[]
  signal?: AbortSignal
}): Promise<{
  readonly removed: readonly string[]
}> {
  const out = openStore(dataset.out, { s3: dataset.s3, signal })
  await refuseOtherOutput(dataset, out)
  const base = await readBaseSchema(out)
  const { schema, removed } = forgetPaths(base.schema, paths)
  if (!(await writeBaseSchema(out, schema, base.etag))) {
    throw new DaysealError('conflict', `schema.json in ${out.location} was changed meanwhile`, { hint: 'run it again' })
  }
  return { removed }
}

interface Forgotten {
  readonly schema: readonly FieldJson[]
  readonly removed: readonly string[]
}

/** `resetSchema` without the storage. */
export function forgetPaths(schema: readonly FieldJson[], paths: readonly string[]): Forgotten {
  return paths.reduce<Forgotten>(
    (before, path) => {
      const after = forgetFields(before.schema, parsePath(path), [])
      if (after.removed.length === 0) throw notLearnt(path, schema)
      return { schema: after.schema, removed: [...before.removed, ...after.removed] }
    },
    { schema, removed: [] },
  )
}

function notLearnt(path: string, schema: readonly FieldJson[]): DaysealError {
  const known = schema.slice(0, 5).map((field) => formatPath([{ kind: 'name', name: keyOf(field) }]))
  const seen = known.length === 0 ? 'no path at all' : `${known.join(', ')}${schema.length > 5 ? ' …' : ''}`
  return new DaysealError('usage', `schema.json has learnt nothing of ${path}`, {
    seen,
    wanted: 'a path that it knows',
  })
}

function forgetFields(
  fields: readonly FieldJson[],
  [step, ...rest]: readonly PathStep[],
  at: readonly PathStep[],
): Forgotten {
  const schema: FieldJson[] = []
  const removed: string[] = []
  for (const field of fields) {
    const path = [...at, { kind: 'name', name: keyOf(field) } as const]
    const matches = step?.kind === 'any' || (step?.kind === 'name' && step.name === keyOf(field))
    const after = matches ? forgetType(field.type, rest, path) : { type: field.type, removed: [] }
    if (after.type !== undefined) schema.push({ ...field, type: after.type })
    removed.push(...after.removed)
  }
  return { schema, removed }
}

/** `type` undefined: nothing that can be kept is left. */
function forgetType(
  type: TypeJson,
  steps: readonly PathStep[],
  at: readonly PathStep[],
): { readonly type: TypeJson | undefined; readonly removed: readonly string[] } {
  const [step, ...rest] = steps
  if (step === undefined) return { type: undefined, removed: [formatPath(at)] }
  if (typeof type === 'string') return { type, removed: [] }
  if ('struct' in type) {
    const { schema, removed } = forgetFields(type.struct, steps, at)
    return { type: schema.length === 0 ? undefined : { struct: [...schema] }, removed }
  }
  if ('list' in type && step.kind === 'element') {
    const inside = forgetType(type.list, rest, [...at, step])
    return { ...inside, type: inside.type && { list: inside.type } }
  }
  if ('map' in type && step.kind === 'any') {
    const inside = forgetType(type.map, rest, [...at, step])
    return { ...inside, type: inside.type && { map: inside.type } }
  }
  return { type, removed: [] }
}

function keyOf(field: FieldJson): string {
  return field.key ?? field.name
}
