import * as z from 'zod'
import { canonicalJson } from '../canonical-json.ts'
import { sha256Hex } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import { schemaJson } from '../shred/schema-json.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { formatOptions } from './format-options.ts'

/*
 * `<file>.meta.json`: what an export says of itself. It is written first, as a claim to the file's name, and again, whole,
 * once the file is there: a file whose meta file says `complete` is the export that it describes. Of an incremental export
 * it says `written` in between, until its state says that the run counts.
 */

const count = z.int().nonnegative()
const instant = z.iso.datetime({ precision: 3 })

const claim = z.strictObject({
  meta_version: z.literal(1),
  status: z.literal('writing'),
  run_id: z.string(),
  started_at: instant,
  /** Where rows may go that are rejected, seen from the folder that holds the meta file. Not in claims of before. */
  rejects: z.string().optional(),
})

const file = z.strictObject({ path: z.string(), bytes: count, sha256: sha256Hex })

const complete = z.strictObject({
  meta_version: z.literal(1),
  status: z.literal('complete'),
  run_id: z.string(),
  export: z.string(),
  dataset: z.string(),
  exported_at: instant,
  version: z.string(),
  /** The format and all of its options. */
  options: formatOptions,
  mime_type: z.string(),
  compression: z.strictObject({ codec: z.enum(['none', 'gzip', 'zstd', 'brotli']), level: z.int().nullable() }),
  /** The age recipients. */
  encrypted_to: z.array(z.string()),
  /** Rows in the file. */
  event_count: count,
  /** Rows of the sealed days, and those that were chosen of them. */
  rows_sealed: count,
  rows_selected: count,
  /** Rows that were not chosen because what they have in a column of times is none. */
  rows_without_time: count.default(0),
  /** Columns that the settings name, with the days that have rows and lack them: there they are null. */
  absent_columns: z.array(z.strictObject({ column: z.string(), days: z.array(z.iso.date()) })).default([]),
  /** Chosen rows for which a function of the configuration failed: they are in the file `rejects`. */
  rows_rejected: count,
  /** Rows that the format has no place for, by why. */
  left_out: z.record(z.string(), count),
  /** The smallest and the largest event time in the file, UTC. */
  time_range: z.strictObject({ column: z.string(), min: z.string(), max: z.string() }).nullable(),
  /** What was chosen, as the configuration says it. */
  filters: z.record(z.string(), z.unknown()),
  columns: schemaJson,
  /** Of the file's rows, see `createDigest`, by the columns that its format keeps (`keptColumns`). */
  content_digest: z.string().regex(/^[0-9a-f]{32}$/),
  /** The one file, or those in its folder. Paths are seen from the folder that holds the meta file. */
  files: z.array(file),
  rejects: file.nullable(),
  bytes: count,
  source_days: z.array(
    z.strictObject({ date: z.iso.date(), generation: z.int().positive(), manifest_sha256: sha256Hex, rows: count }),
  ),
})

/** `state_version`: of the state that makes the run count. */
const written = z.strictObject({
  ...complete.shape,
  status: z.literal('written'),
  state_version: z.int().positive(),
})

const meta = z.discriminatedUnion('status', [claim, written, complete])

export type ExportClaim = z.infer<typeof claim>
export type WrittenMeta = z.infer<typeof written>
export type ExportMeta = z.infer<typeof complete>
export type AnyMeta = ExportClaim | WrittenMeta | ExportMeta

export const META_SUFFIX = '.meta.json'

export function metaBytes(value: AnyMeta): Uint8Array {
  return canonicalJson(meta.parse(value))
}

/** A meta file, with the etag of the state that was read; undefined when there is none. Throws `corrupt` for anything else there. */
export async function readMeta(
  store: ObjectStore,
  key: string,
): Promise<{ readonly meta: AnyMeta; readonly etag: string } | undefined> {
  const found = await store.get(key)
  if (found === undefined) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(found.bytes)
    return { meta: meta.parse(JSON.parse(text)), etag: found.info.etag }
  } catch (cause) {
    throw new DaysealError('corrupt', `${key} in ${store.location} cannot be used`, {
      wanted: 'the meta file that an export wrote',
      hint: 'export again',
      cause,
    })
  }
}

/** What a meta file says once the run counts. */
export function completed({ state_version: _, ...meta }: WrittenMeta): ExportMeta {
  return { ...meta, status: 'complete' }
}
