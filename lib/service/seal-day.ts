import * as z from 'zod'
import type { SealFacts } from '../catalog/day-transitions.ts'
import { beginSeal, completeSeal } from '../catalog/day-transitions.ts'
import { updateDay } from '../catalog/update-day.ts'
import { convertHere } from '../convert/convert-here.ts'
import { DaysealError } from '../errors.ts'
import { historyKey } from '../keys.ts'
import { manifestBytes } from '../seal/build-manifest.ts'
import type { Manifest } from '../seal/manifest.ts'
import { seal } from '../seal/seal.ts'
import { type Shrunk, shrunkText } from '../seal/shrunk.ts'
import { sha256 } from '../sha256.ts'
import type { SealRequest } from './plan-seal.ts'
import { datasetNamed, type Service } from './service.ts'

export interface SealDayOptions extends SealRequest {
  /** Who seals: while it does, nobody else begins. */
  readonly owner: string
  /** Hours that are enough, 1 to 24. */
  readonly minHours: number
  readonly newId: () => string
  /** When the lease ends if nothing is heard of its owner. */
  readonly leaseUntil: Date
  readonly signal: AbortSignal
}

const day = { dataset: z.string(), date: z.string() }
const committed = {
  ...day,
  generation: z.int().positive(),
  row_count: z.int().nonnegative(),
  rows_quarantined: z.int().nonnegative(),
  missing: z.array(z.string()),
  data_key: z.string().nullable(),
  parquet_sha256: z.string().nullable(),
  manifest_key: z.string(),
  manifest_sha256: z.string(),
  created_ts_utc: z.string(),
}

/** What became of the day: plain data of bounded size, which state machines hand on. */
export const sealedDay = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('sealed'), ...committed }),
  z.object({ kind: z.literal('already-sealed'), ...committed }),
])
export type SealedDay = Readonly<z.infer<typeof sealedDay>>

export interface RefusedDay {
  readonly kind: 'refused'
  readonly dataset: string
  readonly date: string
  readonly missing: readonly string[]
  readonly found: number
  readonly wanted: number
}

/**
 * Seals a day in this thread, and keeps the catalog informed. The lease saves others the work; the commit decides.
 * @throws DaysealError as `seal` does; `conflict` while somebody else seals the day
 */
export async function sealDay(service: Service, options: SealDayOptions): Promise<SealedDay | RefusedDay> {
  const { catalog, announce, now } = service
  const { date, owner, minHours, newId, leaseUntil, signal } = options
  const dataset = datasetNamed(service, options.dataset)
  const day = { dataset: dataset.name, date }
  const lease = { owner, until: leaseUntil.toISOString() }
  const begun = await updateDay(catalog, day, (present) => beginSeal(present, day, lease, now()), signal)
  if (begun.kind === 'leased') throw busy(date, begun.lease)
  const converter = convertHere()
  const outcome = await seal({ dataset, date, now: now(), newId, minHours, converter, signal })
  if (outcome.kind === 'dry-run') throw new DaysealError('internal', 'a dry run that nobody asked for')
  if (outcome.kind === 'refused' && outcome.guard === 'removal') throw wouldShrink(date, outcome.shrunk)
  if (outcome.kind === 'refused') {
    const { missing, found, wanted } = outcome
    return { kind: 'refused', ...day, missing, found, wanted }
  }
  const facts = sealFacts(outcome.manifest)
  const told = await updateDay(catalog, day, (present) => completeSeal(present, day, { ...facts, owner }, now()))
  if (told.kind === 'written' && told.day.state === 'stale') {
    const key = told.day.late[0]?.key ?? null
    await announce(dataset.name, date, { kind: 'Day Stale', generation: facts.generation, key })
  }
  return { kind: outcome.kind, ...day, ...summary(outcome.manifest, facts) }
}

/** What the catalog keeps of a committed generation. */
export function sealFacts(manifest: Manifest): SealFacts {
  return {
    generation: manifest.generation,
    hours_found: manifest.hours_found,
    row_count: manifest.row_count,
    parquet_size_bytes: manifest.parquet_size_bytes,
    manifest_key: historyKey(manifest.date_utc, manifest.generation),
    manifest_sha256: sha256(manifestBytes(manifest)),
    sources: manifest.sources,
  }
}

function summary(manifest: Manifest, { manifest_key, manifest_sha256 }: SealFacts) {
  const { generation, row_count, missing_hours, data_key, parquet_sha256, created_ts_utc, totals } = manifest
  const { rows_quarantined } = totals
  const data = { data_key, parquet_sha256, manifest_key, manifest_sha256 }
  return { generation, row_count, rows_quarantined, missing: missing_hours, ...data, created_ts_utc }
}

/** It would not pass by waiting, and no service decides it. */
function wouldShrink(date: string, shrunk: readonly Shrunk[]): DaysealError {
  return new DaysealError('guard', `${date} would have fewer events than the generation before`, {
    seen: shrunkText(shrunk),
    wanted: 'at least as many of each source',
    hint: 'bring them back, or seal the day without them: dayseal seal --allow-removal',
  })
}

function busy(date: string, { owner, until }: { readonly owner: string; readonly until: string }): DaysealError {
  return new DaysealError('conflict', `${date} is being sealed by somebody else`, {
    seen: `${owner}, until ${until} at the latest`,
    hint: 'run again when it is done',
  })
}
