import type { DayListing } from '../archive/day-listing.ts'
import type { Converter } from '../convert/convert-hours.ts'
import type { SourceAccount } from '../convert/ledger.ts'
import { rulesOf } from '../convert/settings.ts'
import { type ArchiveDay, listArchiveDay } from '../intake/list-archive.ts'
import { grownIn } from '../intake/upload-accounts.ts'
import { generationKey, PROBED_FOLDER } from '../keys.ts'
import type { Progress } from '../progress.ts'
import { foldedPaths } from '../shred/profile.ts'
import { schemaToJson } from '../shred/schema-json.ts'
import { isObjectMissing, type ObjectStore } from '../store/object-store.ts'
import { aboutFile } from './about-file.ts'
import { type BaseSchema, readBaseSchema, schemaSha256 } from './base-schema.ts'
import { buildManifest } from './build-manifest.ts'
import { commitManifest } from './commit.ts'
import { type Completeness, completenessOf } from './completeness.ts'
import { emptyHours, emptySources, emptySourceText, withoutEmpty } from './empty-hours.ts'
import { followCommit } from './follow-commit.ts'
import type { Generation } from './history.ts'
import type { UploadedDay } from './manifest.ts'
import type { SealOutcome } from './outcome.ts'
import { planHours, sameContent } from './plan.ts'
import { type PreparedDay, prepareHours } from './prepare-hours.ts'
import { recognize } from './recognize.ts'
import { sealedProfile } from './sealed-profile.ts'
import { type Shrunk, shrunkSources, withGrown } from './shrunk.ts'

import { type DayPlace, hasLostRetired, isUnchanged, lookAround, type Situation } from './situation.ts'
import { uploadedDay } from './uploaded-day.ts'
import { uploadsGuard, uploadsState } from './uploads-guard.ts'
import { writeGeneration } from './write-generation.ts'

export interface AttemptOptions extends DayPlace {
  readonly now: Date
  readonly minHours: number
  readonly newId: () => string
  readonly allowRemoval: boolean
  readonly force: boolean
  readonly converter: Converter
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => void
  readonly todayState: 'passed' | 'overridden'
  /** Seals a day that is not complete too, and says so in its manifest. */
  readonly allowIncomplete: boolean
}

/** Plans, converts, joins and commits once. `again`: the race was lost, or the archive changed meanwhile. */
export async function attemptSeal(options: AttemptOptions): Promise<SealOutcome | 'again'> {
  options.onProgress({ phase: 'list', done: 0, total: 1 })
  const situation = await lookAround(options)
  try {
    return await sealFound(options, situation)
  } catch (error) {
    if (!isObjectMissing(error)) throw error
    // The slices of an upload that is replaced are deleted: they may be gone between their listing and their reading. A
    // second fault is of no interest: the first is told.
    const now = await listAgain(options).catch(() => undefined)
    if (now !== undefined && hasLostRetired(situation, now)) return 'again'
    throw error
  }
}

async function sealFound(options: AttemptOptions, situation: Situation): Promise<SealOutcome | 'again'> {
  const { archive, out, allowRemoval, force } = options
  const { listing, previous, configSha256, settings, isRetired } = situation
  const ledgers =
    previous === undefined || force ? situation.ledgers : await recognize(previous, situation, { archive, out })
  if (previous !== undefined && !force && isUnchanged(previous, { ...situation, ledgers }, allowRemoval)) {
    return alreadySealed(previous, situation, options)
  }
  const plans = planHours({
    listing,
    ledgers,
    previous: previous?.manifest,
    configSha256,
    allowRemoval,
    isRetired,
    force,
  })
  const complete = (found: readonly string[]) => completenessOf({ ...options, found, uploads: situation.uploadsState })
  const found = plans.map((plan) => plan.hour)
  const listed = complete(found)
  if (listed.kind === 'refused') return { ...listed, date: options.date, wanted: options.minHours, empty: [] }
  await out.checkConditions(PROBED_FOLDER)
  const base = await readBaseSchema(out)
  const prepared = await prepareHours(plans, { archive, out }, { ...options, settings, base })
  if (previous !== undefined && !force && sameContent(previous.manifest.sources, sourcesOf(prepared))) {
    return alreadySealed(previous, situation, options)
  }
  const completeness = complete(withoutEmpty(found, emptyHours(sourcesOf(prepared)), options.dataset.guards))
  if (completeness.kind === 'refused') {
    const keys = emptySources(sourcesOf(prepared)).map(emptySourceText)
    return { ...completeness, date: options.date, wanted: options.minHours, empty: keys }
  }
  const shrunk = allowRemoval ? [] : await shrunkSince(archive, situation, prepared)
  if (shrunk.length > 0) {
    if (await hasChanged(options, situation, completeness)) return 'again'
    const refused = { date: options.date, missing: [], found: found.length, wanted: options.minHours, empty: [] }
    return { kind: 'refused', guard: 'removal', ...refused, shrunk }
  }
  return sealPrepared(options, situation, prepared, base, completeness)
}

async function shrunkSince(
  archive: ObjectStore,
  { previous, uploads }: Situation,
  prepared: PreparedDay,
): Promise<readonly Shrunk[]> {
  const before = previous?.manifest.sources ?? []
  const now = sourcesOf(prepared)
  const successors = (id: string) => uploads?.retired.get(id)
  const shrunk = shrunkSources(before, now, successors)
  if (shrunk.length === 0 || uploads === undefined) return shrunk
  // Only now is it worth reading ledgers: what took the place of something may have grown since.
  return shrunkSources(before, now, withGrown(successors, await grownIn(archive, uploads, now)))
}

/** Writes the generation's data, and commits it unless the archive or somebody else was faster. */
async function sealPrepared(
  options: AttemptOptions,
  situation: Situation,
  prepared: PreparedDay,
  base: BaseSchema,
  completeness: Complete,
): Promise<SealOutcome | 'again'> {
  const { out, date, dataset, onProgress } = options
  const { listing, previous, settings } = situation
  const { day, ledgers } = prepared
  const uploads = await uploadsOf(options, situation, prepared, completeness)
  const rules = rulesOf(settings)
  const generation = (previous?.manifest.generation ?? 0) + 1
  const key = generationKey(date, generation, options.newId())
  const about = aboutFile({
    dataset: dataset.name,
    date_utc: date,
    generation,
    schema_sha256: schemaSha256(schemaToJson(day.schema)),
  })
  const data = await writeGeneration({ ...options, key, schema: day.schema, ledgers, parts: prepared.parts, about })
  const manifest = buildManifest({
    dataset: dataset.name,
    date,
    archiveDay: listing.archiveDay,
    created: options.now,
    ledgers,
    day,
    rules,
    baseSha256: base.sha256,
    minHours: options.minHours,
    guards: { today: options.todayState, hours: completeness.hours },
    data,
    previous,
    generation,
    uploads,
  })
  onProgress({ phase: 'commit', done: 0, total: 1 })
  const changed = await hasChanged(options, situation, completeness)
  if (changed || options.signal?.aborted) await discard(out, data?.key)
  options.signal?.throwIfAborted()
  if (changed) return 'again'
  const commit = await commitManifest(out, manifest)
  if (commit.kind === 'lost') {
    await discard(out, data?.key)
    const sameDay = sameContent(commit.winner.manifest.sources, sourcesOf(prepared))
    return sameDay ? alreadySealed(commit.winner, situation, options) : 'again'
  }
  const { key: ours } = commit.generation
  const profileOf = async (newest: Generation) => (newest.key === ours ? day.profile : sealedProfile(out, newest))
  await followCommit({ out, date, now: options.now, rules, profileOf })
  onProgress({ phase: 'commit', done: 1, total: 1 })
  const { converted } = prepared
  const { unexpected } = listing
  const folded = foldedPaths(day.profile)
  return {
    kind: 'sealed',
    date,
    generation,
    manifest,
    manifestKey: commit.generation.key,
    converted,
    folded,
    unexpected,
  }
}

type Complete = Extract<Completeness, { readonly kind: 'complete' }>

async function uploadsOf(
  { archive, signal }: AttemptOptions,
  { uploads, uploadsState: state, previous }: Situation,
  prepared: PreparedDay,
  { rule }: Complete,
): Promise<UploadedDay | undefined> {
  if (uploads === undefined || state === undefined) return undefined
  const sources = sourcesOf(prepared)
  return uploadedDay({ archive, uploads, state, rule, sources, previous: previous?.manifest, signal })
}

/** Whether the archive holds something else by now, or an upload has come that the seal would have waited for. */
async function hasChanged(options: AttemptOptions, situation: Situation, { rule }: Complete): Promise<boolean> {
  const { dataset, now } = options
  const { listing, uploads } = await listAgain(options)
  if (!sameListing(situation.listing, listing)) return true
  return rule !== 'overridden' && uploadsGuard(uploadsState(dataset.uploads, uploads, listing), now).kind !== 'passed'
}

function listAgain({ dataset, archive, layout, date }: AttemptOptions): Promise<ArchiveDay> {
  return listArchiveDay(dataset, archive, layout, date)
}

function sourcesOf({ ledgers }: PreparedDay): SourceAccount[] {
  return ledgers.flatMap((ledger) => ledger.sources)
}

async function alreadySealed(
  { manifest }: Generation,
  { listing, ledgers, configSha256, settings }: Situation,
  { out, date, now }: AttemptOptions,
): Promise<SealOutcome> {
  await followCommit({ out, date, now, rules: rulesOf(settings), profileOf: (newest) => sealedProfile(out, newest) })
  const configurationChanged = [...ledgers.values()].some((ledger) => ledger.config_sha256 !== configSha256)
  const { unexpected } = listing
  return { kind: 'already-sealed', date, generation: manifest.generation, manifest, unexpected, configurationChanged }
}

/** An attempt that is not committed leaves no data behind. */
async function discard(out: ObjectStore, dataKey: string | undefined): Promise<void> {
  if (dataKey !== undefined) await out.delete(dataKey)
}

function sameListing(a: DayListing, b: DayListing): boolean {
  const states = ({ hours }: DayListing) =>
    JSON.stringify([...hours].map(([hour, objects]) => [hour, objects.map(({ key, etag }) => [key, etag])]))
  return states(a) === states(b)
}
