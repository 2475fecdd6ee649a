import { configSchema, type Override } from '../../lib/config.ts'
import { convertHour } from '../../lib/convert/convert-hour.ts'
import type { Ledger } from '../../lib/convert/ledger.ts'
import { type ConvertSettings, rulesOf } from '../../lib/convert/settings.ts'
import { joinParts } from '../../lib/parquet/join.ts'
import { daySchema, fitsDay } from '../../lib/seal/day-schema.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { type FieldJson, schemaFromJson, schemaToJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { memoryStore } from './memory-store.ts'

/*
 * A day converted, resolved and joined by the parts that `seal` is made of, without directories and worker threads, so
 * that thousands of days can be tried.
 */

export interface SealSettings {
  readonly rowGroupBytes?: number
  readonly overrides?: Readonly<Record<string, Override>>
  readonly base?: readonly FieldJson[]
  /** The columns of strict mode. */
  readonly declared?: readonly FieldJson[]
  readonly maxLineBytes?: number
  /** A seal before this one: hours that had the same lines then are not converted, unless they no longer fit. */
  readonly before?: { readonly hours: readonly (string | Uint8Array)[]; readonly sealed: SealedInMemory }
  /** Of the reads from the archive. */
  readonly pieceBytes?: number
}

export interface SealedInMemory {
  /** Undefined for a day without columns. */
  readonly bytes: Buffer | undefined
  readonly schema: Schema
  readonly profile: Profile
  readonly ledgers: readonly Ledger[]
  /** The hours that were converted with the day's schema. */
  readonly again: readonly string[]
  readonly parts: readonly (Uint8Array | undefined)[]
  readonly quarantines: readonly (Uint8Array | undefined)[]
}

const DATE = '2026-01-02'
const LIMITS = configSchema.parse({ datasets: { d: { archive: { location: 'a' }, out: 'o' } } }).datasets.d!.limits

function settingsOf(options: SealSettings): ConvertSettings {
  const { rowGroupBytes = 2 ** 25, overrides = {}, maxLineBytes = 2 ** 24, declared = null } = options
  const limits = { ...LIMITS, maxLineBytes, maxQuarantineShare: 1 }
  return { partFormat: 1, rowGroupBytes, overrides, declared, times: 'text' as const, eventTime: null, limits }
}

export async function sealInMemory(
  hours: readonly (string | Uint8Array)[],
  options: SealSettings = {},
): Promise<SealedInMemory> {
  const { base = [], pieceBytes = 64 } = options
  const settings = settingsOf(options)
  const names = hours.map((_, hour) => String(hour).padStart(2, '0'))
  const archive = memoryStore(
    names.map((name, i) => [`${name}.jsonl`, Buffer.from(hours[i]!)]),
    pieceBytes,
  )
  const out = memoryStore()
  const convert = async (hour: string, day: { schema: FieldJson[]; profile: Profile } | null) => {
    const sources = [(await archive.head(`${hour}.jsonl`))!]
    return convertHour({ date: DATE, hour, sources, settings, base, day }, { archive, out })
  }
  const first: Ledger[] = []
  for (const [i, name] of names.entries()) {
    const known = options.before?.hours[i] === hours[i] ? options.before?.sealed : undefined
    if (known !== undefined) await putPart(out, known, i)
    first.push(known?.ledgers[i] ?? (await convert(name, null)))
  }
  const day = daySchema(schemaFromJson(base), first, rulesOf(settings), settings.limits.maxPaths)
  const again: string[] = []
  const ledgers: Ledger[] = []
  for (const ledger of first) {
    const fits = fitsDay(ledger, day, rulesOf(settings))
    if (!fits) again.push(ledger.hour)
    ledgers.push(
      fits ? ledger : await convert(ledger.hour, { schema: schemaToJson(day.schema), profile: ledger.profile }),
    )
  }
  const objectOf = async (key: string | undefined) => (key === undefined ? undefined : (await out.get(key))?.bytes)
  const parts = await Promise.all(ledgers.map(({ part }) => objectOf(part?.key)))
  const quarantines = await Promise.all(ledgers.map(({ quarantine }) => objectOf(quarantine?.key)))
  const bytes = day.schema.length === 0 ? undefined : await join(day.schema, ledgers, parts)
  return { ...day, ledgers, again, bytes, parts, quarantines }
}

async function putPart(out: ObjectStore, { ledgers, parts }: SealedInMemory, hour: number): Promise<void> {
  const { part } = ledgers[hour]!
  if (part !== null) await out.putIfAbsent(part.key, parts[hour]!)
}

async function join(
  schema: Schema,
  ledgers: readonly Ledger[],
  parts: readonly (Uint8Array | undefined)[],
): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const write = async (bytes: Uint8Array) => {
    pieces.push(bytes.slice())
  }
  const joined = ledgers.flatMap(({ part, rows }, i) => {
    const bytes = parts[i]
    if (part === null || bytes === undefined) return []
    const read = async function* (start: number, end: number) {
      yield bytes.subarray(start, end)
    }
    return [{ name: part.key, size: part.bytes, rows, schema: schemaFromJson(part.schema), read }]
  })
  await joinParts({ schema, parts: joined, sink: { write }, createdBy: 'a test' })
  return Buffer.concat(pieces)
}

/** One hour's part, from the base schema, or with the day's schema as the hours that do not fit are converted again. */
export async function partOf(
  lines: string,
  options: SealSettings,
  day: { readonly schema: readonly FieldJson[]; readonly profile: Profile } | null,
): Promise<Uint8Array | undefined> {
  const archive = memoryStore([['00.jsonl', Buffer.from(lines)]])
  const out = memoryStore()
  const sources = await archive.list('')
  const task = { date: DATE, hour: '00', sources, settings: settingsOf(options), base: options.base ?? [], day }
  const { part } = await convertHour(task, { archive, out })
  return part === null ? undefined : (await out.get(part.key))?.bytes
}
