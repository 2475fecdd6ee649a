import type { ExportRecord, ExportState } from '../catalog/export-record.ts'
import { isObjectMissing, type ObjectStore } from '../store/object-store.ts'
import { pointLatest } from './latest.ts'
import { completed, META_SUFFIX, metaBytes, readMeta, type WrittenMeta } from './meta.ts'
import { removeOld } from './retention.ts'
import type { ExportRequest } from './run-export.ts'
import { type ExportedFile, factsOf } from './run-facts.ts'

/** How often somebody else's run may count meanwhile. */
const ROUNDS = 3

/**
 * Does what follows the state of an incremental export, as far as it is not done: `latest` names the files of the run that
 * wrote it, their meta files say that they are complete, and what is old goes. Whoever comes along does it, so that a run
 * that was cut is ended by the next one. Returns the files of that run, as far as they are here.
 */
export async function settle(request: ExportRequest, now: Date): Promise<readonly ExportedFile[]> {
  const { dataset, settings, catalog, signal } = request
  const newest = () => catalog.exportState(dataset.name, settings.name, signal)
  let state = await newest()
  for (let round = 1; state !== undefined; round++) {
    const exported = await settleState(request, state, now)
    const present = await newest()
    if (present?.version === state.version || round === ROUNDS) return exported
    state = present
  }
  return []
}

async function settleState(request: ExportRequest, state: ExportState, now: Date): Promise<readonly ExportedFile[]> {
  const { dataset, settings, destination, folder } = request
  const isOneFile = settings.incremental !== undefined && settings.incremental.into !== 'files'
  const exported: ExportedFile[] = []
  for (const output of state.outputs) {
    const found = await readMeta(destination, `${output.key}${META_SUFFIX}`)
    if (found === undefined || found.meta.status === 'writing' || found.meta.run_id !== state.run_id) continue
    const { meta } = found
    if (settings.latest || isOneFile) {
      const prefix = output.key.slice(0, output.key.lastIndexOf('/') + 1)
      const files = meta.files.map(({ path, ...file }) => ({ key: `${prefix}${path}`, ...file }))
      const latest = { ...output, files, runId: meta.run_id, exportedAt: meta.exported_at }
      await unlessGone(pointLatest(destination, folder, latest))
    }
    exported.push({ key: output.key, meta: meta.status === 'complete' ? meta : completed(meta) })
    if (meta.status === 'written') await complete(destination, output.key, { meta, etag: found.etag }, settings)
  }
  const { retentionCount = isOneFile ? 1 : undefined, retentionDays } = settings
  const retention = settings.includeMetadata ? { retentionCount, retentionDays } : {}
  await removeOld({ store: destination, folder, dataset, name: settings.name }, retention, now, state)
  return exported
}

/** A file that a newer run has removed, or somebody took away, needs no name. */
async function unlessGone(pointing: Promise<void>): Promise<void> {
  try {
    await pointing
  } catch (error) {
    if (!isObjectMissing(error)) throw error
  }
}

/** When somebody else is faster, it is done. */
async function complete(
  store: ObjectStore,
  key: string,
  { meta, etag }: { readonly meta: WrittenMeta; readonly etag: string },
  { includeMetadata }: ExportRequest['settings'],
): Promise<void> {
  if (includeMetadata) await store.putIfMatch(`${key}${META_SUFFIX}`, metaBytes(completed(meta)), etag)
  else await store.delete(`${key}${META_SUFFIX}`)
}

/** Runs that are looked through for the one that was cut: whoever came after it has found it already. */
const RECENT = 100

/**
 * Ends the run before this one if it was cut after it had written the state, as `settle` does; then tells of it, and records
 * its end. It may be told twice, but not never.
 */
export async function settleBefore(request: ExportRequest, begun: ExportRecord): Promise<void> {
  const { dataset, settings, catalog, clock, signal, onExported = async () => undefined } = request
  const exported = await settle(request, new Date(begun.started))
  const meta = exported[0]?.meta
  if (meta === undefined) return
  const runs = await catalog.exports(dataset.name, { limit: RECENT, export: settings.name }, signal)
  const cut = runs.find(
    ({ run_id, started, outcome }) =>
      run_id === meta.run_id && started === meta.exported_at && outcome === 'running' && started !== begun.started,
  )
  if (cut === undefined) return
  const run: ExportRecord = { ...cut, ...factsOf(exported), ended: clock().toISOString() }
  await onExported(run)
  await catalog.recordExport(run, signal)
}
