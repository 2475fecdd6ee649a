import { failDay, leaveIncomplete } from '../catalog/day-transitions.ts'
import { updateDay } from '../catalog/update-day.ts'
import type { SealPlan } from './plan-seal.ts'
import type { SealedDay } from './seal-day.ts'
import { datasetNamed, type Service } from './service.ts'

/** How an execution ended. */
export type Ending =
  | { readonly kind: 'sealed'; readonly seal: SealedDay }
  | { readonly kind: 'incomplete'; readonly plan: Pick<SealPlan, 'found' | 'wanted' | 'missing'> }
  /** `generation`: what the execution had committed by then; null for nothing. */
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string; readonly generation: number | null }

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
  const end = { ended: now().toISOString(), outcome: 'sealed', detail: seal.manifest_sha256 }
  await catalog.recordRun({ dataset, run_id, kind: 'seal', date, started, ...end }, signal)
  return true
}

async function concludeIncomplete(
  { catalog, announce, now }: Service,
  dataset: string,
  { date, owner, started, signal }: ConcludeOptions,
  { found, wanted, missing }: Pick<SealPlan, 'found' | 'wanted' | 'missing'>,
): Promise<boolean> {
  const note = `${found} of ${wanted} hours; missing: ${missing.join(' ')}`
  const day = { dataset, date }
  const end = { owner, generation: null, note, hours_found: found }
  const told = await updateDay(catalog, day, (present) => leaveIncomplete(present, day, end, now()), signal)
  if (told.kind === 'written') await announce(dataset, date, { kind: 'Day Incomplete', found, wanted, missing })
  const run = { dataset, run_id: owner, kind: 'seal', date, started: started.toISOString() } as const
  await catalog.recordRun({ ...run, ended: now().toISOString(), outcome: 'incomplete', detail: note }, signal)
  return told.kind === 'written'
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
