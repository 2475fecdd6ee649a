import * as z from 'zod'
import { canonicalJson } from '../canonical-json.ts'
import { DaysealError } from '../errors.ts'
import { SCHEMA_KEY } from '../keys.ts'
import { sha256 } from '../sha256.ts'
import { type FieldJson, schemaJson } from '../shred/schema-json.ts'
import type { ObjectStore } from '../store/object-store.ts'

const baseSchemaFile = z.strictObject({ schema_version: z.literal(1), schema: schemaJson })

/** The schema learnt so far, which every hour of a seal starts from. */
export interface BaseSchema {
  readonly schema: readonly FieldJson[]
  /** SHA-256 of the schema's canonical JSON. */
  readonly sha256: string
  /** The state of `schema.json`; undefined while there is none. */
  readonly etag: string | undefined
}

export async function readBaseSchema(out: ObjectStore): Promise<BaseSchema> {
  const found = await out.get(SCHEMA_KEY)
  if (found === undefined) return { schema: [], sha256: schemaSha256([]), etag: undefined }
  const { schema } = parse(found.bytes, out.location)
  return { schema, sha256: schemaSha256(schema), etag: found.info.etag }
}

export function schemaSha256(schema: readonly FieldJson[]): string {
  return sha256(canonicalJson(schema))
}

/** Writes `schema.json` while it is still in the state `etag`; false when somebody else changed it. */
export async function writeBaseSchema(
  out: ObjectStore,
  schema: readonly FieldJson[],
  etag: string | undefined,
): Promise<boolean> {
  const bytes = canonicalJson({ schema_version: 1, schema })
  return (await out.putIfMatch(SCHEMA_KEY, bytes, etag)).kind === 'written'
}

function parse(bytes: Uint8Array, location: string): z.infer<typeof baseSchemaFile> {
  try {
    return baseSchemaFile.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch (cause) {
    throw new DaysealError('corrupt', `${SCHEMA_KEY} in ${location} cannot be read`, {
      wanted: 'the learnt schema as Dayseal wrote it',
      hint: 'restore it, or remove it: the next seal then learns the schema anew',
      cause,
    })
  }
}
