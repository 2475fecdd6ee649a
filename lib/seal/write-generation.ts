import type { Ledger } from '../convert/ledger.ts'
import { DaysealError } from '../errors.ts'
import { freeing } from '../free-bytes.ts'
import { joinParts } from '../parquet/join.ts'
import type { KeyValues } from '../parquet/key-values.ts'
import type { JoinPart } from '../parquet/part.ts'
import type { Progress } from '../progress.ts'
import { schemaFromJson } from '../shred/schema-json.ts'
import type { Schema } from '../shred/type.ts'
import { type HashedObject, hashingSink } from '../store/hashing-sink.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { CREATED_BY } from '../version.ts'
import { hashObject } from './promised-object.ts'

/** A sealed day's data as it lies in the store. */
export interface SealedData {
  readonly key: string
  readonly sha256: string
  readonly bytes: number
  readonly rows: number
}

export interface WriteGenerationOptions {
  readonly out: ObjectStore
  readonly key: string
  readonly schema: Schema
  readonly ledgers: readonly Ledger[]
  readonly parts: ReadonlyMap<string, ObjectInfo>
  /** What the file says of itself. */
  readonly about: KeyValues
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => void
}

/**
 * Joins the parts under `key`, hashed as they stream, and reads the result back; undefined for a day without columns.
 * Memory: that of `joinParts`.
 */
export async function writeGeneration(options: WriteGenerationOptions): Promise<SealedData | undefined> {
  const { out, key, schema, ledgers, parts, signal, onProgress } = options
  if (schema.length === 0) return undefined
  const joined = ledgers.flatMap((ledger) => joinPart(ledger, out, parts, signal) ?? [])
  onProgress({ phase: 'join', done: 0, total: joined.length })
  const { rows, written } = await join(options, joined)
  onProgress({ phase: 'join', done: joined.length, total: joined.length })
  try {
    await compareWithWritten(out, written.info, written.sha256, signal)
  } catch (error) {
    // The first fault is the one to act on; data that stays is litter.
    await out.delete(key).catch(() => undefined)
    throw error
  }
  return { key, sha256: written.sha256, bytes: written.bytes, rows }
}

async function join(
  { out, key, schema, about, onProgress }: WriteGenerationOptions,
  parts: readonly JoinPart[],
): Promise<{ readonly rows: number; readonly written: HashedObject }> {
  const sink = hashingSink(await out.write(key))
  try {
    const { rows } = await joinParts({
      schema,
      parts,
      sink,
      createdBy: CREATED_BY,
      about,
      onProgress: ({ partsDone }) => onProgress({ phase: 'join', done: partsDone, total: parts.length }),
    })
    return { rows, written: await sink.commit() }
  } catch (error) {
    await sink.abort()
    throw error
  }
}

function joinPart(
  { part, rows }: Ledger,
  out: ObjectStore,
  parts: ReadonlyMap<string, ObjectInfo>,
  signal: AbortSignal | undefined,
): JoinPart | undefined {
  if (part === null) return undefined
  const info = parts.get(part.key)
  if (info === undefined) throw new DaysealError('internal', `${part.key} was never hashed`)
  const pinned = { etag: info.etag, ...(signal === undefined ? {} : { signal }) }
  return {
    name: part.key,
    size: part.bytes,
    rows,
    schema: schemaFromJson(part.schema),
    read: (start, end) => freeing(out.read(part.key, { ...pinned, start, end })),
  }
}

async function compareWithWritten(
  out: ObjectStore,
  info: ObjectInfo,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const seen = await hashObject(out, info, signal)
  if (seen === sha256) return
  throw new DaysealError('storage', `${info.key} in ${out.location} does not read back as it was written`, {
    seen: `SHA-256 ${seen}`,
    wanted: sha256,
    hint: 'nothing was sealed; check the disk, then run again',
  })
}
