import { parseDate } from '../archive/guards.ts'
import { backOff } from '../back-off.ts'
import type { Dataset } from '../config.ts'
import type { Ledger } from '../convert/ledger.ts'
import { convertSettings, rulesOf } from '../convert/settings.ts'
import { DaysealError } from '../errors.ts'
import { isGenerationKey, PROBED_FOLDER } from '../keys.ts'
import type { Progress } from '../progress.ts'
import { mergeProfiles } from '../shred/profile.ts'
import { isObjectChanged, type ObjectStore } from '../store/object-store.ts'
import { readBaseSchema, writeBaseSchema } from './base-schema.ts'
import { manifestBytes } from './build-manifest.ts'
import { commitManifest } from './commit.ts'
import { followCommit } from './follow-commit.ts'
import { allGenerations, type Generation } from './history.ts'
import { hourFiles, removeFilesOfNone } from './hour-files.ts'
import { refuseOtherOutput, refuseOtherSeal } from './own-output.ts'
import type { PromisedObject } from './promised-object.ts'
import { readLedgers } from './read-ledgers.ts'
import { sendObject } from './send-object.ts'

export interface UploadOptions {
  readonly dataset: Dataset
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** Where the day is sealed. Only read. */
  readonly from: ObjectStore
  readonly to: ObjectStore
  readonly now: Date
  /** In [0, 1), for the pauses after lost races (default: `Math.random`). */
  readonly random?: () => number
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

export type UploadOutcome =
  | {
      /** `already-there`: all of it, as it should be. */
      readonly kind: 'uploaded' | 'already-there'
      /** The newest generation at both places. */
      readonly generation: number
      /** The generations that were committed there now. */
      readonly committed: readonly number[]
      readonly sent: Amount
      /** What was there already, and was read. */
      readonly found: Amount
    }
  /** The same generations are there, and the day was sealed on from them: nothing was sent. */
  | { readonly kind: 'newer-there'; readonly generation: number; readonly newest: number }

export interface Amount {
  readonly objects: number
  readonly bytes: number
}

/**
 * Puts a sealed day at another place: every generation's data, the hours, then the manifests in their order, each of which
 * is a commit there, and the view. Whatever is there already as it should be is read and not sent, so that an upload that
 * was cut goes on where it was. A later seal at either place goes on from the same parts; `schema.json` there learns
 * from the day as from a seal there.
 *
 * When somebody else writes there meanwhile, it looks again. Memory: one object's stream, and the day's ledgers.
 * @throws DaysealError `conflict` when the day was sealed otherwise there or others keep writing it, `corrupt` when it is damaged here, `usage` when
 * it is not sealed or of another dataset, `storage`
 */
export async function uploadDay(options: UploadOptions): Promise<UploadOutcome> {
  const date = parseDate(options.date)
  for (let tries = 1; ; tries++) {
    try {
      return await uploadOnce(options, date)
    } catch (error) {
      if (!isObjectChanged(error)) throw error
      if (tries === MAX_ATTEMPTS) throw overtaken(date, options.to, error)
      await backOff(tries, options.random ?? Math.random, options.signal)
    }
  }
}

/** How often somebody else may write what is being sent. */
const MAX_ATTEMPTS = 6

function overtaken(date: string, { location }: ObjectStore, cause: DaysealError): DaysealError {
  return new DaysealError(
    'conflict',
    `${date} could not be uploaded to ${location}: others wrote there ${MAX_ATTEMPTS} times`,
    {
      seen: cause.message,
      hint: 'run again when they are done: what is there then is looked at first',
      cause,
    },
  )
}

async function uploadOnce(options: UploadOptions, date: string): Promise<UploadOutcome> {
  const { dataset, from, to, signal } = options
  const ours = chainOf(await allGenerations(from, date), from, date)
  const theirs = await allGenerations(to, date)
  refuseOtherSeal(dataset, ours.at(-1)!, from)
  if (theirs.length > 0) refuseOtherSeal(dataset, theirs.at(-1)!, to)
  else await refuseOtherOutput(dataset, to)
  refuseOther(ours, theirs, to)
  const newest = ours.at(-1)!.manifest.generation
  const newestThere = theirs.at(-1)?.manifest.generation ?? 0
  if (newestThere > newest) return { kind: 'newer-there', generation: newest, newest: newestThere }
  const ledgers = await readLedgers(from, date)
  const missing = ours.filter(({ key }) => !theirs.some((there) => there.key === key))
  signal?.throwIfAborted()
  if (missing.length > 0) await to.checkConditions(PROBED_FOLDER)
  const data = ours.flatMap(dataOf)
  // Once a generation is committed, its hours are the business of whoever seals there.
  const hours = missing.length === 0 ? [] : await hourFiles(from, date, ledgers)
  const amounts = await sendAll([...data, ...hours], options)
  if (missing.length > 0) await removeFilesOfNone(to, date, ledgers)
  for (const generation of missing) await commit(generation, to, signal)
  await followUpload(ledgers, date, options)
  const committed = missing.map(({ manifest }) => manifest.generation)
  const kind = committed.length + amounts.sent.objects > 0 ? 'uploaded' : 'already-there'
  return { kind, generation: newest, committed, ...amounts }
}

/** All generations from 1 on, each naming the one before it, as they were written. */
function chainOf(generations: readonly Generation[], { location }: ObjectStore, date: string): readonly Generation[] {
  if (generations.length === 0) {
    throw new DaysealError('usage', `${date} cannot be uploaded`, {
      seen: `no manifest of it in ${location}`,
      wanted: 'a sealed day',
    })
  }
  const broken = generations.find((generation, i) => !isNext(generation, generations[i - 1]))
  if (broken === undefined) return generations
  throw new DaysealError('corrupt', `${date} in ${location} cannot be uploaded`, {
    seen: `${broken.key}, which was altered, or does not follow from what is before it`,
    wanted: 'generations from 1 on, each with the SHA-256 of the manifest before it',
    hint: 'run `dayseal verify` for that day',
  })
}

function isNext({ manifest, bytes }: Generation, before: Generation | undefined): boolean {
  const { generation, supersedes, data_key } = manifest
  const isOurs =
    Buffer.compare(manifestBytes(manifest), bytes) === 0 && (data_key === null || isGenerationKey(data_key))
  return isOurs && generation === (before?.manifest.generation ?? 0) + 1 && supersedes === (before?.sha256 ?? null)
}

function refuseOther(ours: readonly Generation[], theirs: readonly Generation[], to: ObjectStore): void {
  for (const there of theirs) {
    const here = ours.find(({ key }) => key === there.key)
    if (here !== undefined && here.sha256 !== there.sha256) throw otherGeneration(here, there, to)
  }
}

function otherGeneration(here: Generation, there: Generation, { location }: ObjectStore): DaysealError {
  const { date_utc, generation } = here.manifest
  return new DaysealError('conflict', `${location} has another generation ${generation} of ${date_utc}`, {
    seen: described(there),
    wanted: described(here),
    hint: 'its seal was left as it is: upload to another place, or seal there',
  })
}

function described({ sha256, manifest }: Generation): string {
  const { row_count, sources, created_ts_utc } = manifest
  return `${row_count} rows of ${sources.length} sources, sealed ${created_ts_utc}, manifest ${sha256}`
}

function dataOf({ manifest }: Generation): PromisedObject[] {
  const { data_key: key, parquet_sha256: sha256, parquet_size_bytes: bytes } = manifest
  return key === null || sha256 === null || bytes === null ? [] : [{ key, sha256, bytes }]
}

async function sendAll(
  objects: readonly PromisedObject[],
  { from, to, signal, onProgress = () => undefined }: UploadOptions,
): Promise<{ readonly sent: Amount; readonly found: Amount }> {
  const sent: PromisedObject[] = []
  const found: PromisedObject[] = []
  const total = amountOf(objects).bytes
  for (const object of objects) {
    signal?.throwIfAborted()
    const before = amountOf([...sent, ...found]).bytes
    const tell = (bytes: number) => onProgress({ phase: 'upload', done: before + bytes, total, detail: object.key })
    tell(0)
    if ((await sendObject(object, { from, to, signal, onProgress: tell })) === 'sent') sent.push(object)
    else found.push(object)
  }
  onProgress({ phase: 'upload', done: total, total })
  return { sent: amountOf(sent), found: amountOf(found) }
}

function amountOf(objects: readonly PromisedObject[]): Amount {
  return { objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) }
}

async function commit(here: Generation, to: ObjectStore, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  const outcome = await commitManifest(to, here.manifest)
  if (outcome.kind === 'lost') throw otherGeneration(here, outcome.winner, to)
}

/** What was learnt before this day goes along when nothing is learnt there yet: another machine may have. */
async function followUpload(
  ledgers: ReadonlyMap<string, Ledger>,
  date: string,
  { dataset, from, to, now }: UploadOptions,
): Promise<void> {
  const profileOf = async () => {
    const { schema, etag } = await readBaseSchema(from)
    if (etag !== undefined) await writeBaseSchema(to, schema, undefined)
    return [...ledgers.values()].map((ledger) => ledger.profile).reduce(mergeProfiles, {})
  }
  await followCommit({ out: to, date, now, rules: rulesOf(convertSettings(dataset)), profileOf })
}
