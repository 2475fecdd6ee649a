import { rm } from 'node:fs/promises'
import type { Catalog } from '../catalog/catalog.ts'
import type { ExportRecord } from '../catalog/export-record.ts'
import { versionAfter } from '../catalog/item-store.ts'
import type { Dataset } from '../config.ts'
import { DaysealError, messageOf } from '../errors.ts'
import type { Generation } from '../seal/history.ts'
import { refuseOtherOutput } from '../seal/own-output.ts'
import { makeScratch } from '../store/folder.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type Claim, claimFiles } from './claim.ts'
import { fileName } from './file-name.ts'
import { nextState, readState, type StateBefore } from './incremental.ts'
import { pointLatest } from './latest.ts'
import { openSource } from './open-source.ts'
import { type NamelessOutput, planOutputs } from './outputs.ts'
import { planDays, sealedRows } from './plan-days.ts'
import { type Account, metaOf, prepare, publish } from './publish.ts'
import { type Rejects, rejectsAt } from './rejects.ts'
import { removeExport, removeOld } from './retention.ts'
import type { AbsentColumn } from './rows/absent-columns.ts'
import { factsOf } from './run-facts.ts'
import type { ExportSettings } from './settings.ts'
import { settle, settleBefore } from './settle.ts'
import { eventTimeSpan } from './time-span.ts'
import { type WrittenOutput, writeFiles } from './write-files.ts'

/** How far an export has come: rows that were written, of those in the sealed days. */
export type ExportProgress = { readonly phase: 'write'; readonly done: number; readonly total: number }

export interface ExportRequest {
  readonly dataset: Dataset
  readonly settings: ExportSettings
  /** Sealed days by name; undefined: those that the settings are about, see `planDays`. */
  readonly dates?: readonly string[] | undefined
  /** All days again, and the state of an incremental export begun anew. */
  readonly full?: boolean
  /** Where the sealed days are. */
  readonly out: ObjectStore
  /** Where the files go, and below which folder: empty, or with a slash at its end. */
  readonly destination: ObjectStore
  readonly folder: string
  readonly catalog: Catalog
  /** The time, as often as it is asked for. */
  readonly clock: () => Date
  readonly runId: string
  /** An existing directory for what cannot be streamed; the run makes one of its own there, and removes it. */
  readonly scratch: string
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: (progress: ExportProgress) => void
  /** Hears of each run that wrote files, also of one that was cut, from the next. Of incremental exports twice, if need be. */
  readonly onExported?: (run: ExportRecord) => Promise<void>
}

export type ExportOutcome =
  | ({ readonly kind: 'exported'; readonly run: ExportRecord; readonly outputs: readonly WrittenOutput[] } & Shortfall)
  | { readonly kind: 'nothing-new'; readonly run: ExportRecord }

/** What the choice of rows could not rest on. */
export interface Shortfall {
  /** Rows that were not chosen because what they have in a column of times is none. */
  readonly rowsWithoutTime: number
  /** Columns that the settings name, and some of the days lack. */
  readonly absent: readonly AbsentColumn[]
}

/**
 * One run of an export, from sealed days to files with their meta files, recorded in the catalog from its start to its end.
 * What fails leaves no file; the record says why. An incremental run counts once its state is written (see `settle`). Memory: that of `openRows`, of the formats' writers and of derived rows.
 */
export async function runExport(request: ExportRequest): Promise<ExportOutcome> {
  const { dataset, settings, catalog, clock, destination, signal, onExported = async () => undefined } = request
  const begun: ExportRecord = {
    dataset: dataset.name,
    export: settings.name,
    run_id: request.runId,
    started: clock().toISOString(),
    ended: null,
    outcome: 'running',
    first_day: null,
    last_day: null,
    days: 0,
    rows_in: 0,
    rows_out: 0,
    bytes: 0,
    location: destination.location,
    files: [],
    error: null,
  }
  await refuseOtherOutput(dataset, request.out)
  await catalog.recordExport(begun, signal)
  const done = await exportDays(request, begun).catch(async (error: unknown) => {
    const message = messageOf(error)
    const failed: ExportRecord = { ...begun, outcome: 'failed', ended: clock().toISOString(), error: message }
    // The fault that led here is the one to report.
    await catalog.recordExport(failed).catch(() => undefined)
    throw error
  })
  const run: ExportRecord = { ...begun, ...done.facts, ended: clock().toISOString() }
  if (done.outcome === undefined) {
    await catalog.recordExport(run)
    return { kind: 'nothing-new', run }
  }
  if (settings.incremental === undefined) {
    await catalog.recordExport(run)
    await onExported(run)
  } else {
    // It is told before it is recorded as ended: what this run does not come to, the next one does.
    await settle(request, new Date(begun.started))
    await onExported(run)
    await catalog.recordExport(run)
  }
  return { kind: 'exported', run, ...done.outcome }
}

type Facts = Partial<ExportRecord> & Pick<ExportRecord, 'outcome'>

interface Done {
  readonly facts: Facts
  /** Undefined when nothing was new. */
  readonly outcome: ({ readonly outputs: readonly WrittenOutput[] } & Shortfall) | undefined
}

async function exportDays(request: ExportRequest, begun: ExportRecord): Promise<Done> {
  const { settings, dates, full = false, out, signal } = request
  const now = new Date(begun.started)
  const before = await readState(request)
  if (before.state !== undefined) await settleBefore(request, begun)
  const generations = await planDays(request.dataset, out, settings, { dates, full, now }, before.state)
  signal?.throwIfAborted()
  if (generations.length === 0) return { facts: { outcome: 'nothing-new' }, outcome: undefined }
  const scratch = await makeScratch(request.scratch, 'dayseal-export-')
  try {
    return await writeAndPublish(request, { generations, before, now, scratch })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Work {
  readonly generations: readonly Generation[]
  readonly before: StateBefore
  readonly now: Date
  readonly scratch: string
}

async function writeAndPublish(request: ExportRequest, work: Work): Promise<Done> {
  const { dataset, settings, destination, folder, runId } = request
  const { generations, now } = work
  const days = generations.map(({ manifest }) => manifest.date_utc)
  const outputs = await planOutputs(settings)
  const parts = { name: settings.name, dataset: dataset.name, now, first: days[0]!, last: days.at(-1)! }
  const name = fileName(settings.fileName, parts)
  const extensions = outputs.map(({ extension }) => extension)
  const claim = await claimFiles({ store: destination, folder, name, extensions, runId, now })
  const rejects = rejectsAt(destination, claim.rejects)
  try {
    const { facts, written, watermark } = await writeRows(request, work, outputs, claim, rejects)
    const account = await commit(request, work, { claim, rejects, facts, written, watermark })
    if (settings.incremental === undefined) await tidy(request, written, now)
    const exported = written.map((one) => ({ key: one.output.key, meta: metaOf(account, one) }))
    const { rowsWithoutTime, absent } = facts
    return { facts: factsOf(exported), outcome: { outputs: written, rowsWithoutTime, absent } }
  } finally {
    await claim.release()
  }
}

type Rows = Awaited<ReturnType<typeof writeRows>> & { readonly claim: Claim; readonly rejects: Rejects }

/** Makes what was written count. What does not count is removed. */
async function commit(
  request: ExportRequest,
  work: Work,
  { claim, rejects, facts, written, watermark }: Rows,
): Promise<Account> {
  try {
    const account = { ...facts, rejects: { rows: rejects.rows, file: await rejects.commit() } }
    if (request.settings.incremental === undefined) await publish(claim, account, written)
    else {
      await prepare(claim, account, written, versionAfter(work.before.stored))
      await commitState(request, work, watermark, written)
    }
    return account
  } catch (error) {
    // Whether the state was written may be unknown: then the next run finds out whether the files count.
    if (isUnknown(error)) claim.keep()
    else for (const key of await claim.held()) await removeExport(request.destination, key)
    throw error
  }
}

/** Everything but the meta files. */
async function writeRows(
  request: ExportRequest,
  { generations, before: { state }, now, scratch }: Work,
  outputs: readonly NamelessOutput[],
  claim: Claim,
  rejects: Rejects,
) {
  const { dataset, settings, destination, runId, signal, onProgress } = request
  const total = sealedRows(generations)
  let done = 0
  const onRows = (rows: number) => {
    done += rows
    onProgress?.({ phase: 'write', done: Math.min(done, total), total })
  }
  try {
    const source = await openSource({ request, generations, state, scratch, reject: rejects.add, onRows })
    const times = eventTimeSpan(source.root, dataset.eventTime)
    const written = await writeFiles({
      outputs: outputs.map((output, i) => ({ ...output, key: claim.keys[i]! })),
      root: source.root,
      batches: source.batches(),
      store: destination,
      dataset: dataset.name,
      scratch,
      onBatch: times.add,
      signal,
    })
    onProgress?.({ phase: 'write', done: total, total })
    const facts: Omit<Account, 'rejects'> = {
      runId,
      dataset: dataset.name,
      settings,
      exportedAt: now,
      root: source.root,
      generations,
      selected: source.selected(),
      rowsWithoutTime: source.rowsWithoutTime(),
      absent: source.absent,
      timeRange: times.value(),
    }
    return { facts, written, watermark: source.watermark() }
  } catch (error) {
    await Promise.allSettled([rejects.abort()])
    throw error
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof DaysealError && error.reason === 'outcome-unknown'
}

/** Of an export whose every run writes files: what a cut run did not come to is done with the next one's. */
async function tidy(request: ExportRequest, written: readonly WrittenOutput[], now: Date): Promise<void> {
  const { dataset, settings, destination, folder, runId } = request
  const run = { runId, exportedAt: now.toISOString() }
  if (settings.latest) {
    for (const { output, files } of written) await pointLatest(destination, folder, { ...output, ...run, files })
  }
  const { includeMetadata, retentionCount, retentionDays } = settings
  const of = { store: destination, folder, dataset, name: settings.name }
  await removeOld(of, includeMetadata ? { retentionCount, retentionDays } : {}, now)
}

/** The state is the commit: what was written counts from then on, and is settled by this run or the next. */
async function commitState(
  request: ExportRequest,
  { generations, before }: Work,
  watermark: bigint | undefined,
  outputs: readonly WrittenOutput[],
): Promise<void> {
  const { settings, catalog, clock } = request
  const next = nextState(request, { generations, before: before.state, watermark, outputs, now: clock() })
  const outcome = await catalog.putExportState(next, before.stored)
  if (outcome.kind === 'written') return
  throw new DaysealError('conflict', `another run of the export ${settings.name} ended meanwhile`, {
    seen: 'a newer state than the one that this run began from',
    hint: 'run it again: it takes up what the other one left',
  })
}
