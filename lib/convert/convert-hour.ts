import { readAhead } from '../archive/read-ahead.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { EventTime } from '../event-time.ts'
import { ledgerKey, partKey, quarantineKey } from '../keys.ts'
import { createFileWriter, type FileWriter } from '../parquet/file-writer.ts'
import { sha256 } from '../sha256.ts'
import { fixedSchema } from '../shred/fixed-schema.ts'
import type { Profile } from '../shred/profile.ts'
import type { ShredRules } from '../shred/rules.ts'
import { Scanner } from '../shred/scanner.ts'
import { type FieldJson, schemaFromJson, schemaToJson } from '../shred/schema-json.ts'
import type { Shredder } from '../shred/shredder.ts'
import type { Schema } from '../shred/type.ts'
import { hashingSink } from '../store/hashing-sink.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { putObject } from '../store/put-object.ts'
import { CREATED_BY } from '../version.ts'
import { eventTimeOf, newRange, widenRange } from './event-time.ts'
import { type HourColumns, hourShredder } from './hour-shredder.ts'
import type { Ledger, SourceAccount } from './ledger.ts'
import { createQuarantine } from './quarantine.ts'
import { openSource, readSource, refuseQuarantineShare } from './read-source.ts'
import { type ConvertSettings, rulesOf, settingsSha256 } from './settings.ts'

/** One hour to convert, as plain data: it crosses to worker threads. */
export interface ConvertTask {
  readonly date: string
  readonly hour: string
  /** In key order. */
  readonly sources: readonly ObjectInfo[]
  readonly settings: ConvertSettings
  /** The schema that every hour of this seal starts from. */
  readonly base: readonly FieldJson[]
  /** The day's schema, when the hour has to be converted again with it, and what its ledger says was seen. */
  readonly day: { readonly schema: readonly FieldJson[]; readonly profile: Profile } | null
}

export interface ConvertOptions {
  readonly signal?: AbortSignal
  /** For hours that are converted one after another. */
  readonly scanner?: Scanner
}

export interface ConvertStores {
  readonly archive: ObjectStore
  readonly out: ObjectStore
}

/** An hour that has been read and found good; nothing of it is visible yet. One of the two is to be called. */
export interface ReadHour {
  /** Makes part, ledger and quarantine visible, in this order. What cannot be committed is taken back. */
  commit(): Promise<Ledger>
  abort(): Promise<void>
}

/**
 * Reads one hour and writes its part and quarantine without committing them. The result is a function of the sources'
 * content, the settings and the base schema.
 *
 * Memory: one row group's columns (at most about 32 MiB of JSON), one line, one encoded chunk, and what is read ahead of
 * the next sources (`readAhead`); until the commit has ended, what the two sinks hold.
 * @throws DaysealError `source` for what cannot be read, or is over its quarantine limit; `storage`.
 */
export async function readHour(task: ConvertTask, stores: ConvertStores, options: ConvertOptions): Promise<ReadHour> {
  if (task.day !== null) {
    const { schema, profile } = task.day
    const rules: ShredRules = { ...rulesOf(task.settings), times: 'as-base' }
    const { schema: base, leftOut } = fixedSchema(schemaFromJson(schema), profile, rules)
    const narrowed = profile.narrowed === true || leftOut.length > 0
    return readBy(task, stores, await shredPass(task, stores, { base, fixed: true, narrowed }, options), profile)
  }
  const first = await shredPass(task, stores, { base: schemaFromJson(task.base), fixed: false }, options)
  if (first.complete) return readBy(task, stores, first, first.profile)
  await first.abort()
  const { schema: base, narrowed } = first
  const second = await shredPass(task, stores, { base, fixed: true, narrowed }, options)
  return readBy(task, stores, second, first.profile)
}

/** One hour → part, ledger and quarantine. Memory and errors: those of `readHour`. */
export async function convertHour(
  task: ConvertTask,
  stores: ConvertStores,
  options: ConvertOptions = {},
): Promise<Ledger> {
  const hour = await readHour(task, stores, options)
  return hour.commit()
}

function readBy(task: ConvertTask, stores: ConvertStores, pass: Pass, profile: Profile): ReadHour {
  const { abort } = pass
  const commit = async () => {
    try {
      return await commitPass(task, stores, pass, profile)
    } catch (error) {
      await abort()
      throw error
    }
  }
  return { commit, abort }
}

type Pass = Awaited<ReturnType<typeof shredPass>>

/** Reads all sources once, and writes the part and the quarantine without committing them. */
async function shredPass(
  task: ConvertTask,
  stores: ConvertStores,
  columns: HourColumns,
  { signal, scanner = new Scanner() }: ConvertOptions,
) {
  const { date, hour, settings } = task
  const { limits } = settings
  const shredder = hourShredder(settings, columns, scanner)
  const quarantine = createQuarantine(stores.out, quarantineKey(date, hour))
  const part = createPartWriter(stores.out, partKey(date, hour), settings.eventTime)
  const abort = async () => {
    // The fault that led here is the one to report; what cannot be removed now is litter.
    await Promise.allSettled([part.abort(), quarantine.abort()])
  }
  try {
    const accounts: SourceAccount[] = []
    const writeRowGroup = () => part.writeRowGroup(shredder)
    for await (const opened of readAhead(task.sources, (source) =>
      openSource(stores.archive, source, limits, signal),
    )) {
      accounts.push(await readSource({ ...opened, hour, limits, shredder, quarantine, writeRowGroup }))
    }
    refuseQuarantineShare(`${date} hour ${hour}`, accounts, limits.maxQuarantineShare)
    await part.writeRowGroup(shredder)
    return { ...shredder.finish(), accounts, part, quarantine, abort }
  } catch (error) {
    await abort()
    throw error
  } finally {
    shredder.free()
  }
}

async function commitPass(task: ConvertTask, stores: ConvertStores, pass: Pass, profile: Profile): Promise<Ledger> {
  const { date, hour, settings, base } = task
  const rows = pass.accounts.reduce((sum, account) => sum + account.rows_written, 0)
  const part = await pass.part.commit()
  const quarantine = await pass.quarantine.finish()
  const ledger: Ledger = {
    ledger_version: 1,
    date_utc: date,
    hour,
    created_by: CREATED_BY,
    config_sha256: settingsSha256(settings),
    base_schema_sha256: sha256(canonicalJson(base)),
    sources: pass.accounts,
    part,
    rows,
    quarantine,
    event_time: settings.eventTime === null ? null : eventTimeOf(settings.eventTime, pass.part.range, rows),
    profile,
  }
  await putObject(stores.out, ledgerKey(date, hour), canonicalJson(ledger))
  // Last: the quarantine of an hour as it was sealed is replaced only when the ledger tells that the hour is another.
  await pass.quarantine.commit()
  return ledger
}

/** Opens the part when its first row group comes: an hour without rows or columns has none. */
function createPartWriter(out: ObjectStore, key: string, eventTime: EventTime | null) {
  let open: { sink: ReturnType<typeof hashingSink>; file: FileWriter; schema: Schema } | undefined
  const range = newRange()
  return {
    range,
    async writeRowGroup(shredder: Shredder): Promise<void> {
      const batch = shredder.rowGroup()
      if (batch !== undefined) {
        if (open === undefined) {
          const sink = hashingSink(await out.write(key))
          const file = createFileWriter({ schema: batch.schema, sink, createdBy: CREATED_BY })
          open = { sink, file, schema: batch.schema }
        }
        if (eventTime !== null) widenRange(range, batch, eventTime)
        await open.file.writeRowGroup(batch)
      }
      shredder.clearRowGroup()
    },
    async commit(): Promise<Ledger['part']> {
      if (open === undefined) {
        await out.delete(key)
        return null
      }
      const { rows, rowGroups } = await open.file.finish()
      const { sha256, bytes } = await open.sink.commit()
      return { key, sha256, bytes, rows, row_groups: rowGroups, schema: schemaToJson(open.schema) }
    },
    async abort(): Promise<void> {
      await open?.sink.abort()
    },
  }
}
