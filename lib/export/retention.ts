import { atOnce } from '../at-once.ts'
import type { ExportState } from '../catalog/export-record.ts'
import { DaysealError } from '../errors.ts'
import { isOf, type Owner } from '../owner.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type AnyMeta, META_SUFFIX, readMeta } from './meta.ts'

const DAY_MS = 86_400_000
/** A run that began so long ago and never ended was broken off. */
const ABANDONED_MS = 7 * DAY_MS

export interface Retention {
  readonly retentionCount?: number | undefined
  readonly retentionDays?: number | undefined
}

/** A file of an export with its meta file; without `meta` when that cannot be read. */
export interface KnownFile {
  readonly key: string
  readonly meta: AnyMeta | undefined
}

/** Meta files that are read at the same time. */
const READERS = 8

/** Every file in an export's folder that has a meta file, in the order of their keys. */
export async function exportFiles(store: ObjectStore, folder: string): Promise<readonly KnownFile[]> {
  const keys = (await store.list(folder)).map(({ key }) => key).filter((key) => key.endsWith(META_SUFFIX))
  const found = await atOnce(keys, READERS, async (key): Promise<KnownFile[]> => {
    const file = key.slice(0, -META_SUFFIX.length)
    try {
      const read = await readMeta(store, key)
      return read === undefined ? [] : [{ key: file, meta: read.meta }]
    } catch (error) {
      if (!(error instanceof DaysealError) || error.code !== 'corrupt') throw error
      return [{ key: file, meta: undefined }]
    }
  })
  return found.flat()
}

/** The export whose files these are; others may lie in the same folder. */
export interface ExportPlace {
  readonly store: ObjectStore
  readonly folder: string
  readonly dataset: Owner
  readonly name: string
}

/**
 * Removes old exports after a success, what broken runs left more than a week ago, and, of an incremental export, what the
 * runs wrote that lost to the one that wrote its `state`. The newest run always stays; files without a meta file are
 * nobody's to remove. Returns the keys of the files that went.
 */
export async function removeOld(
  { store, folder, dataset, name }: ExportPlace,
  { retentionCount, retentionDays }: Retention,
  now: Date,
  state?: ExportState,
): Promise<readonly string[]> {
  const before = now.getTime() - ABANDONED_MS
  if (folder !== '') await store.removeUnfinished(folder.slice(0, -1), before)
  const files = await exportFiles(store, folder)
  const abandoned = files.filter(({ meta }) => meta?.status === 'writing' && Date.parse(meta.started_at) < before)
  const isOurs = ({ meta }: KnownFile) =>
    meta !== undefined && meta.status !== 'writing' && meta.export === name && isOf(dataset, meta.dataset)
  const ours = files.filter(isOurs)
  const counts = (key: string) => state?.outputs.some((output) => output.key === key)
  const lost = ours.filter(
    ({ key, meta }) => meta?.status === 'written' && meta.state_version === state?.version && !counts(key),
  )
  const runs = runsNewestFirst(ours)
  const tooMany = runs.slice(retentionCount ?? runs.length)
  const oldest = retentionDays === undefined ? '' : new Date(now.getTime() - retentionDays * DAY_MS).toISOString()
  const tooOld = runs.slice(1).filter(({ exportedAt }) => exportedAt < oldest)
  const removed = new Set(
    [...abandoned, ...lost, ...[...tooMany, ...tooOld].flatMap((run) => run.files)].map(({ key }) => key),
  )
  for (const key of removed) await removeExport(store, key)
  return [...removed]
}

interface Run {
  readonly exportedAt: string
  readonly files: readonly Pick<KnownFile, 'key'>[]
}

function runsNewestFirst(files: readonly KnownFile[]): readonly Run[] {
  const complete = files.flatMap(({ key, meta }) => (meta?.status === 'complete' ? [{ key, meta }] : []))
  const runs = [...Map.groupBy(complete, ({ meta }) => `${meta.exported_at} ${meta.run_id}`)]
  return runs.sort(([a], [b]) => (a < b ? 1 : -1)).map(([, of]) => ({ exportedAt: of[0]!.meta.exported_at, files: of }))
}

/** Removes an export's files. The meta file goes last: until then the next run knows of the rest. */
export async function removeExport(store: ObjectStore, key: string): Promise<void> {
  for (const { key: file } of await store.list(`${key}/`)) await store.delete(file)
  await store.delete(key)
  const rejects = rejectsOf((await readMeta(store, `${key}${META_SUFFIX}`))?.meta)
  if (rejects !== undefined) await store.delete(`${key.slice(0, key.lastIndexOf('/') + 1)}${rejects}`)
  await store.delete(`${key}${META_SUFFIX}`)
}

function rejectsOf(meta: AnyMeta | undefined): string | undefined {
  return meta?.status === 'writing' ? meta.rejects : meta?.rejects?.path
}
