import { failDay, leaveIncomplete } from '../catalog/day-transitions.ts'
import { updateDay } from '../catalog/update-day.ts'
import type { SealPlan } from './plan-seal.ts'
import type { SealedDay } from './seal-day.ts'
import { datasetNamed, type Service } from './service.ts'

/** How an execution ended. */
export type Ending =
  | { readonly kind: 'sealed'; readonly seal: SealedDay }
  | { readonly kind: 'incomplete'; readonly plan: LastPlan }
  /** `generation`: the newest that the execution had committed, or else had found; null for none. */
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string; readonly generation: number | null }

/** The plan that a day was given up with. */
export type LastPlan = Pick<SealPlan, 'found' | 'wanted' | 'missing'> & Partial<Pick<SealPlan, 'uploads'>>

export interface ConcludeOptions {
  readonly dataset: string
  readonly date: string
  /** The execution, which held the lease. */
  readonly owner: string
  readonly started: Date
  readonly ending: Ending
  readonly signal: AbortSignal
}

export interface Concluded {
  readonly outcome: Ending['kind']
  /** Not when it was before, nor when the day is somebody else's by now. */
  readonly announced: boolean
}

/**
 * Records how an execution ended, and announces it: a generation once it is verified, and once only unless the first
 * announcement was cut; an end without a seal each time.
 */
export async function concludeDay(service: Service, options: ConcludeOptions): Promise<Concluded> {
  const { ending } = options
  const dataset = datasetNamed(service, options.dataset).name
  switch (ending.kind) {
    case 'sealed':
      return { outcome: 'sealed', announced: await concludeSealed(service, dataset, options, ending.seal) }
    case 'incomplete':
      return { outcome: 'incomplete', announced: await concludeIncomplete(service, dataset, options, ending.plan) }
    case 'failed':
      return { outcome: 'failed', announced: await concludeFailed(service, dataset, options, ending) }
  }
}

async function concludeSealed(
  { catalog, announce, now }: Service,
  dataset: string,
  { date, signal }: ConcludeOptions,
  seal: SealedDay,
): Promise<boolean> {
  const run_id = `generation ${seal.generation} of ${date}`
  const known = await catalog.runs(dataset, { date, limit: 1000 }, signal)
  if (known.some((run) => run.run_id === run_id)) return false
  await announce(dataset, date, {
    kind: 'Day Sealed',
    generation: seal.generation,
    rowCount: seal.row_count,
    dataKey: seal.data_key,
    parquetSha256: seal.parquet_sha256,
    manifestKey: seal.manifest_key,
    manifestSha256: seal.manifest_sha256,
    missingHours: seal.missing,
  })
  const started = new Date(seal.created_ts_utc).toISOString()
  const end = { ended: endOf(started, now()), outcome: 'sealed', detail: seal.manifest_sha256 }
  await catalog.recordRun({ dataset, run_id, kind: 'seal', date, started, ...end }, signal)
  return true
}

/** A manifest's time is of the clock that sealed it, which may run ahead. */
function endOf(started: string, now: Date): string {
  const ended = now.toISOString()
  return ended < started ? started : ended
}

async function concludeIncomplete(
  { catalog, announce, now }: Service,
  dataset: string,
  { date, owner, started, signal }: ConcludeOptions,
  { found, wanted, missing, uploads = null }: LastPlan,
): Promise<boolean> {
  const hours = `${found} of ${wanted} hours`
  const note = [hours, ...(uploads === null ? [] : [uploads]), ...missingNote(missing, uploads)].join('; ')
  const day = { dataset, date }
  const end = { owner, generation: null, note, hours_found: found }
  const told = await updateDay(catalog, day, (present) => leaveIncomplete(present, day, end, now()), signal)
  const facts = { found, wanted, missing, ...(uploads === null ? {} : { uploads }) }
  if (told.kind === 'written') await announce(dataset, date, { kind: 'Day Incomplete', ...facts })
  const run = { dataset, run_id: owner, kind: 'seal', date, started: started.toISOString() } as const
  await catalog.recordRun({ ...run, ended: now().toISOString(), outcome: 'incomplete', detail: note }, signal)
  return told.kind === 'written'
}

/** Of a day that waits for uploads, hours may be missing or not. */
function missingNote(missing: readonly string[], uploads: string | null): string[] {
  return missing.length === 0 && uploads !== null ? [] : [`missing: ${missing.join(' ')}`]
}

async function concludeFailed(
  { catalog, announce, now }: Service,
  dataset: string,
  { date, owner, started, signal }: ConcludeOptions,
  { error, cause, generation }: Extract<Ending, { kind: 'failed' }>,
): Promise<boolean> {
  const day = { dataset, date }
  const note = `${error}: ${cause}`
  const end = { owner, generation, note }
  const told = await updateDay(catalog, day, (present) => failDay(present, day, end, now()), signal)
  if (told.kind === 'written') await announce(dataset, date, { kind: 'Day Failed', error, cause })
  const run = { dataset, run_id: owner, kind: 'seal', date, started: started.toISOString() } as const
  await catalog.recordRun({ ...run, ended: now().toISOString(), outcome: 'failed', detail: note }, signal)
  return told.kind === 'written'
}
