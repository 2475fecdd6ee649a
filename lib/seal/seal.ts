import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { parseDate, todayGuard } from '../archive/guards.ts'
import { parseLayout } from '../archive/layout.ts'
import { backOff } from '../back-off.ts'
import type { Dataset } from '../config.ts'
import type { Converter } from '../convert/convert-hours.ts'
import { DaysealError } from '../errors.ts'
import { listArchiveDay } from '../intake/list-archive.ts'
import { refuseOtherArchive } from '../intake/own-archive.ts'
import type { Progress } from '../progress.ts'
import { makeScratch } from '../store/folder.ts'
import { isObjectChanged, isUnlikeWritten, type ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'
import { overlayStore } from '../store/overlay.ts'
import { type AttemptOptions, attemptSeal } from './attempt.ts'
import type { SealOutcome } from './outcome.ts'
import { refuseOtherOutput } from './own-output.ts'

export interface SealOptions {
  readonly dataset: Dataset
  /** The UTC day, `YYYY-MM-DD`. */
  readonly date: string
  readonly now: Date
  /** A new name for each attempt, of letters and digits: two attempts never share one. */
  readonly newId: () => string
  /** In [0, 1), for the pauses after lost races (default: `Math.random`). */
  readonly random?: () => number
  /** Override both guards; what they said is written into the manifest. */
  readonly allowIncomplete?: boolean
  /** Seal a day with at least this many hours (default: the dataset's). */
  readonly minHours?: number
  /** Convert every hour again, and make a new generation even of an unchanged day. */
  readonly force?: boolean
  /** Do all the work in a temporary place, and commit nothing. */
  readonly dryRun?: boolean
  /** Let a generation have fewer sources than the one before. */
  readonly allowRemoval?: boolean
  /** What converts the hours: several seals may share it, one after another or side by side, and whoever made it closes it. */
  readonly converter: Converter
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

/** How often a race for a generation may be lost, or the archive may change under a seal, before it gives up. */
const MAX_ATTEMPTS = 6

/**
 * Seals one day: converts the hours that need it, joins them, and commits a manifest. A day that is sealed and unchanged
 * stays as it is. Whatever happens on the way, what was committed before stays whole.
 *
 * Memory: that of the converter, then that of `joinParts`.
 * @throws DaysealError `usage`, `source`, `storage`, `corrupt`, or `conflict` after six lost races.
 */
export async function seal(options: SealOptions): Promise<SealOutcome> {
  const date = parseDate(options.date)
  const { dataset, signal } = options
  const archive = openStore(dataset.archive.location, { s3: dataset.s3, signal })
  const out = openStore(dataset.out, { createRoot: true, s3: dataset.s3, signal })
  await refuseOtherOutput(dataset, out)
  if (dataset.uploads !== undefined) await refuseOtherArchive(dataset, archive)
  if (options.dryRun !== true) return sealIn(options, date, archive, out)
  const folder = await makeScratch(tmpdir(), 'dayseal-dry-run-')
  try {
    const outcome = await sealIn(options, date, archive, overlayStore(openStore(folder), out))
    if (outcome.kind === 'refused' || outcome.kind === 'dry-run') return outcome
    return { kind: 'dry-run', date, manifest: outcome.manifest, wouldBe: outcome.kind, unexpected: outcome.unexpected }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same in stores that are open. */
export async function sealIn(
  options: SealOptions,
  date: string,
  archive: ObjectStore,
  out: ObjectStore,
): Promise<SealOutcome> {
  const { dataset, now, allowIncomplete = false, allowRemoval = false, force = false } = options
  const layout = parseLayout(dataset.archive.layout)
  const today = todayGuard(date, now)
  const minHours = options.minHours ?? dataset.guards.minHours
  if (today.kind === 'refused' && !allowIncomplete) {
    const { listing } = await listArchiveDay(dataset, archive, layout, date)
    return {
      kind: 'refused',
      date,
      guard: 'today',
      missing: [],
      found: listing.hours.size,
      wanted: minHours,
      empty: [],
    }
  }
  const attempt: AttemptOptions = {
    dataset,
    date,
    archive,
    out,
    layout,
    now,
    minHours,
    newId: options.newId,
    allowRemoval,
    force,
    converter: options.converter,
    signal: options.signal,
    onProgress: options.onProgress ?? (() => undefined),
    todayState: today.kind === 'passed' ? 'passed' : 'overridden',
    allowIncomplete,
  }
  for (let tries = 1; ; tries++) {
    const isLast = tries === MAX_ATTEMPTS
    const outcome = await attemptOnce(attempt, isLast)
    if (outcome !== 'again') return outcome
    if (isLast) throw lostEachTime(date, out)
    await backOff(tries, options.random ?? Math.random, options.signal)
  }
}

/**
 * An object that changes under the seal makes it start over, as a lost race does. So does one that is unlike what was just
 * written, as long as it may be another writer's doing.
 */
async function attemptOnce(attempt: AttemptOptions, isLast: boolean): Promise<SealOutcome | 'again'> {
  try {
    return await attemptSeal(attempt)
  } catch (error) {
    if (isObjectChanged(error) || (isUnlikeWritten(error) && !isLast)) return 'again'
    throw error
  }
}

function lostEachTime(date: string, out: ObjectStore): DaysealError {
  return new DaysealError('conflict', `${date} could not be sealed: others were faster ${MAX_ATTEMPTS} times`, {
    seen: `other seals of the day in ${out.location}, or files that keep changing in its archive`,
    hint: 'run again when they are done',
  })
}
