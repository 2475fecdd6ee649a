import { atOnce } from '../at-once.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { Dataset } from '../config.ts'
import type { ConvertStores, ConvertTask } from '../convert/convert-hour.ts'
import type { Converter } from '../convert/convert-hours.ts'
import type { Ledger } from '../convert/ledger.ts'
import { sampleHour } from '../convert/sample-hour.ts'
import { type ConvertSettings, rulesOf } from '../convert/settings.ts'
import { DaysealError } from '../errors.ts'
import { ledgerKey, quarantineKey } from '../keys.ts'
import type { Progress } from '../progress.ts'
import { learnSchema } from '../shred/learn.ts'
import { learntToJson, schemaFromJson, schemaToJson } from '../shred/schema-json.ts'
import { type ObjectInfo, type ObjectStore, objectChanged, unlikeWritten } from '../store/object-store.ts'
import type { BaseSchema } from './base-schema.ts'
import { currentLedger } from './current-ledger.ts'
import { type DaySchema, daySchema, fitsDay } from './day-schema.ts'
import type { HourPlan } from './plan.ts'
import { findPromised } from './promised-object.ts'
import { readLedger } from './read-ledgers.ts'

export interface PrepareOptions {
  readonly dataset: Pick<Dataset, 's3'>
  readonly date: string
  readonly settings: ConvertSettings
  readonly base: BaseSchema
  readonly converter: Converter
  readonly signal: AbortSignal | undefined
  readonly onProgress: (progress: Progress) => void
}

/** A day whose parts are all there, as their ledgers say, and fit one schema. */
export interface PreparedDay {
  /** In the order of the hours. */
  readonly ledgers: readonly Ledger[]
  readonly day: DaySchema
  /** The hours that were converted. */
  readonly converted: readonly string[]
  /** The state of each part that was hashed, by its key: reads are pinned to it. */
  readonly parts: ReadonlyMap<string, ObjectInfo>
}

/**
 * Converts what has to be converted, then resolves the day's schema, and converts the hours that do not fit it again with
 * that schema. Every part and quarantine is hashed: an hour whose files are not what its ledger says is converted again.
 */
export async function prepareHours(
  plans: readonly HourPlan[],
  stores: ConvertStores,
  options: PrepareOptions,
): Promise<PreparedDay> {
  const { date, settings, base } = options
  const { ready, stale, parts } = await sortHours(plans, stores, options)
  const rules = rulesOf(settings)
  const written = hashInTurn(stores.out)
  const convert = (tasks: readonly ConvertTask[]) => convertHours(tasks, stores, written.begin, options)
  const fresh = await convertFresh(stale, stores, convert, options)
  const first = [...ready, ...fresh].sort(byHour)
  const day = daySchema(schemaFromJson(base.schema), first, rules, settings.limits.maxPaths)
  const misfits = first.filter((ledger) => !fitsDay(ledger, day, rules))
  const schema = schemaToJson(day.schema)
  const again = await convert(
    misfits.map((ledger) => {
      const sources = sourcesOf(ledger, plans)
      return { date, hour: ledger.hour, sources, settings, base: base.schema, day: { schema, profile: ledger.profile } }
    }),
  )
  refuseChanged(misfits, again)
  const redone = new Map(again.map((ledger) => [ledger.hour, ledger]))
  const ledgers = first.map((ledger) => redone.get(ledger.hour) ?? ledger)
  const converted = new Set([...fresh, ...again].map((ledger) => ledger.hour))
  const newParts = await written.of(ledgers.filter((ledger) => converted.has(ledger.hour)))
  return { ledgers, day, converted: [...converted].sort(), parts: new Map([...parts, ...newParts]) }
}

/**
 * Converts hours without the day's schema. Where nothing is learnt yet, all start from what a sample of the first taught:
 * otherwise each would find out for itself what the columns are, and be read twice for it.
 */
async function convertFresh(
  stale: readonly StaleHour[],
  stores: ConvertStores,
  convert: (tasks: readonly ConvertTask[]) => Promise<Ledger[]>,
  options: PrepareOptions,
): Promise<Ledger[]> {
  const { date, settings, base, converter, signal, onProgress } = options
  const tasks = stale.map(({ hour, sources }) => ({ date, hour, sources, settings, base: base.schema, day: null }))
  const rules = rulesOf(settings)
  const isKnown = base.schema.length > 0 || rules.declared !== undefined
  const [first, second] = tasks
  if (isKnown || first === undefined || second === undefined) return convert(tasks)
  onProgress({ phase: 'convert', done: 0, total: tasks.length })
  converter.start(tasks.length)
  const sample = await sampleHour(first, stores, signal === undefined ? {} : { signal })
  const learnt = learntToJson(learnSchema([], sample, rules))
  return convert(tasks.map((task) => ({ ...task, base: learnt })))
}

function byHour(a: Ledger, b: Ledger): number {
  return a.hour < b.hour ? -1 : 1
}

interface StaleHour {
  readonly hour: string
  readonly sources: readonly ObjectInfo[]
}

/** Parts that are looked at together: in a bucket most of it is waiting. */
const HASHED_AT_ONCE = 4

/** Which hours are ready, and which have to be converted, after looking at contents where etags do not tell. */
async function sortHours(plans: readonly HourPlan[], stores: ConvertStores, { onProgress }: PrepareOptions) {
  const ready: Ledger[] = []
  const stale: StaleHour[] = []
  const parts = new Map<string, ObjectInfo>()
  let done = 0
  onProgress({ phase: 'list', done, total: plans.length })
  const found = await atOnce(plans, HASHED_AT_ONCE, async (plan) => {
    const ledger = await currentLedger(plan, stores)
    const part = ledger === undefined ? undefined : await hashPart(ledger, stores.out)
    onProgress({ phase: 'list', done: ++done, total: plans.length })
    return { plan, ledger, part }
  })
  for (const { plan, ledger, part } of found) {
    if (ledger === undefined || part === 'damaged') {
      stale.push({ hour: plan.hour, sources: sourcesToRead(plan) })
    } else {
      ready.push(ledger)
      if (part !== undefined) parts.set(part.key, part)
    }
  }
  return { ready, stale, parts }
}

/** The part's present state when it and the quarantine are what the ledger says; undefined when the hour has no part. */
async function hashPart(ledger: Ledger, out: ObjectStore): Promise<ObjectInfo | 'damaged' | undefined> {
  const quarantined =
    ledger.quarantine === null
      ? await out.head(quarantineKey(ledger.date_utc, ledger.hour))
      : ((await findPromised(out, ledger.quarantine)) ?? 'damaged')
  if ((ledger.quarantine === null) !== (quarantined === undefined) || quarantined === 'damaged') return 'damaged'
  return ledger.part === null ? undefined : ((await findPromised(out, ledger.part)) ?? 'damaged')
}

/** Hashes what was just written, one hour after another, while others are still being converted. */
function hashInTurn(out: ObjectStore) {
  const hashed = new Map<Ledger, Promise<ObjectInfo | undefined>>()
  let last: Promise<unknown> = Promise.resolve()
  return {
    begin(ledger: Ledger): void {
      const part = last.then(() => hashWritten(ledger, out))
      hashed.set(ledger, part)
      // Whoever needs the part hears of its fault; an hour that is converted again has another one.
      last = part.catch(() => undefined)
    },
    /** The parts' states by their keys. */
    async of(ledgers: readonly Ledger[]): Promise<ReadonlyMap<string, ObjectInfo>> {
      await last
      const parts = await Promise.all(ledgers.map((ledger) => hashed.get(ledger)))
      return new Map(parts.flatMap((part) => (part === undefined ? [] : [[part.key, part]])))
    },
  }
}

async function hashWritten(ledger: Ledger, out: ObjectStore): Promise<ObjectInfo | undefined> {
  const part = await hashPart(ledger, out)
  if (part !== 'damaged') return part
  const now = await readLedger(out, ledger.date_utc, ledger.hour)
  const isOurs = now !== undefined && Buffer.compare(canonicalJson(now), canonicalJson(ledger)) === 0
  // Somebody else converts the day from other sources. Who has written the part alone so far cannot be told from a bad store.
  if (!isOurs) throw objectChanged(out.location, ledgerKey(ledger.date_utc, ledger.hour))
  throw unlikeWritten(`hour ${ledger.hour} in ${out.location}`)
}

/** What an hour is converted from. */
export function sourcesToRead(plan: HourPlan): readonly ObjectInfo[] {
  if (plan.kind !== 'reuse') return plan.sources
  // Only the keys and etags are needed to read them again.
  return plan.ledger.sources.map(({ key, bytes, etag }) => ({ key, size: bytes, etag, modified: 0 }))
}

function sourcesOf(ledger: Ledger, plans: readonly HourPlan[]): readonly ObjectInfo[] {
  const plan = plans.find(({ hour }) => hour === ledger.hour)
  if (plan === undefined) throw new DaysealError('internal', `hour ${ledger.hour} was never planned`)
  return sourcesToRead(plan)
}

function convertHours(
  tasks: readonly ConvertTask[],
  stores: ConvertStores,
  onLedger: (ledger: Ledger) => void,
  { dataset, converter, signal, onProgress }: PrepareOptions,
): Promise<Ledger[]> {
  let done = 0
  const onConverted = (ledger: Ledger) => {
    onLedger(ledger)
    done++
    onProgress({ phase: 'convert', done, total: tasks.length, detail: `hour ${ledger.hour}: ${ledger.rows} rows` })
  }
  if (tasks.length > 0) onProgress({ phase: 'convert', done, total: tasks.length })
  return converter.convert(tasks, stores, { s3: dataset.s3, signal, onConverted })
}

/** A second reading with the day's schema must have read the same bytes. */
function refuseChanged(before: readonly Ledger[], after: readonly Ledger[]): void {
  const hashes = (ledger: Ledger) => ledger.sources.map((account) => account.sha256).join()
  const changed = after.find((ledger, i) => hashes(ledger) !== hashes(before[i]!))
  if (changed === undefined) return
  throw new DaysealError('source', `a source of hour ${changed.hour} changed while the day was being sealed`, {
    hint: 'run again once the producer is done',
  })
}
