import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { z } from 'zod'
import { datasetFromFlags } from '../../lib/config.ts'
import type { PartitionOutcome, PartitionRequest } from '../../lib/intake/partition-outcome.ts'
import { partitionUpload } from '../../lib/intake/partition-upload.ts'
import type { uploadsSchema } from '../../lib/intake/settings.ts'
import { type IntakeDataset, withUploads } from '../../lib/intake/slice-settings.ts'
import { uploadIn } from '../../lib/intake/upload.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'
import { putObject } from '../../lib/store/put-object.ts'

type UploadsInput = z.input<typeof uploadsSchema>

/** An archive in a folder of its own, with room for scratch files beside it. */
export interface IntakePlace {
  readonly archive: ObjectStore
  readonly scratch: string
  readonly root: string
}

/** The place in a folder that has one. */
export function openPlace(root: string): IntakePlace {
  return { archive: openDirectory(join(root, 'archive')), scratch: join(root, 'scratch'), root }
}

export async function intakePlace(): Promise<IntakePlace & { remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-intake-'))
  const place = openPlace(root)
  await mkdir(place.scratch)
  await mkdir(place.archive.location)
  return { ...place, remove: () => rm(root, { recursive: true }) }
}

/** A dataset with JSON lines whose time is in `ts`, of which any share may be none. */
export function intakeDataset(
  uploads: Partial<UploadsInput> = {},
  layout?: string,
  maxQuarantineShare = 1,
): IntakeDataset {
  const dataset = withUploads(
    datasetFromFlags({
      name: 'app',
      archive: 'unused',
      out: 'unused-out',
      layout,
      uploads: { format: 'jsonl', timestamp: { path: 'ts' }, ...uploads },
    }),
  )
  return { ...dataset, limits: { ...dataset.limits, maxQuarantineShare } }
}

export async function put(store: ObjectStore, key: string, content: string | Uint8Array): Promise<ObjectInfo> {
  return putObject(store, key, typeof content === 'string' ? Buffer.from(content) : content)
}

/** Partitions an object of the archive. */
export async function partitionKey(
  { archive, scratch }: Pick<IntakePlace, 'archive' | 'scratch'>,
  key: string,
  request: Partial<PartitionRequest> = {},
): Promise<PartitionOutcome> {
  const info = await archive.head(key)
  if (info === undefined) throw new Error(`there is no ${key}`)
  return partitionUpload({
    dataset: intakeDataset(),
    archive,
    upload: uploadIn(archive, info),
    decision: undefined,
    newId: randomUUID,
    scratch,
    ...request,
  })
}

export async function bytesOf(store: ObjectStore, key: string): Promise<Buffer> {
  const found = await store.get(key)
  if (found === undefined) throw new Error(`there is no ${key}`)
  return Buffer.from(found.bytes)
}

/** The lines of a gzipped object. */
export async function linesIn(store: ObjectStore, key: string): Promise<readonly string[]> {
  return gunzipSync(await bytesOf(store, key))
    .toString()
    .split('\n')
    .slice(0, -1)
}

/** Every object but the uploads, with its bytes in hex: what two runs must agree in. */
export async function everythingIn(store: ObjectStore): Promise<ReadonlyMap<string, string>> {
  const all = (await store.list('')).filter(({ key }) => !key.startsWith('uploads/'))
  return new Map(
    await Promise.all(all.map(async ({ key }) => [key, (await bytesOf(store, key)).toString('hex')] as const)),
  )
}

/** The keys of slices, in order. */
export async function sliceKeys(store: ObjectStore): Promise<readonly string[]> {
  return (await store.list('')).map(({ key }) => key).filter((key) => !/^_?uploads\//.test(key))
}

/** A JSON line of an event at that time. */
export function eventAt(ts: unknown, more: object = {}): string {
  return `${JSON.stringify({ ts, ...more })}\n`
}
