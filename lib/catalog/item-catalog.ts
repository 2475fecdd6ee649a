import * as z from 'zod'
import { DaysealError } from '../errors.ts'
import { compareKeys } from '../store/key.ts'
import type { Catalog, DayOutcome, ExportStateOutcome, Recorded, SourceOutcome } from './catalog.ts'
import { type DayContent, type DayRecord, dayContent, dayRecord } from './day-record.ts'
import {
  type ExportRecord,
  type ExportState,
  type ExportStateContent,
  exportRecord,
  exportState,
  exportStateContent,
} from './export-record.ts'
import { datasetName, date, parseInput } from './fields.ts'
import {
  type Expected,
  type Item,
  type ItemKey,
  type ItemRange,
  type ItemStore,
  notOurs,
  parseItem,
  versionAfter,
} from './item-store.ts'
import { type Ending, expiryOf, isNewsOfRun, type RunRecord, runRecord } from './run-record.ts'
import { nextSource, type SourceRecord, sourceRecord } from './source-record.ts'

/** How often others may be faster at one record before it is given up. */
const ROUNDS = 20

interface Records {
  readonly store: ItemStore
  readonly newId: () => string
}

/** The catalog over a store of items. `newId` gives each write a name of its own. */
export function catalogOver(store: ItemStore, newId: () => string): Catalog {
  const records: Records = { store, newId }
  return {
    location: store.location,
    recordSource: (source, signal) => recordSource(records, parseInput(sourceRecord, source, 'source'), signal),
    sources: async (dataset, day, signal) => {
      const of = parseInput(dayName, { dataset, date: day }, 'day')
      const found = await all(store, sources, sourceGroup(of), {}, signal)
      return found.sort((a, b) => compareKeys(a.key, b.key))
    },
    day: async (dataset, day, signal) => {
      const key = dayKey(parseInput(dayName, { dataset, date: day }, 'day'))
      return (await read(store, days, key, signal))?.record
    },
    days: async (dataset, from, to, signal) => {
      const range = parseInput(dayRange, { dataset, from, to }, 'range of days')
      if (range.from > range.to) return []
      return all(store, days, dayGroup(range), { between: [range.from, range.to] }, signal)
    },
    putDay: (day, expected, signal) => putDay(records, parseInput(dayContent, day, 'day'), expected, signal),
    recordRun: (run, signal) => recordRun(records, runs, parseInput(runRecord, run, 'run'), signal),
    runs: async (dataset, query, signal) => {
      const { limit, date: day } = parseInput(runQuery, { ...query, dataset }, 'query')
      const isWanted = day === undefined ? undefined : (run: RunRecord) => run.date === day
      return newest(store, runs, runGroup({ dataset }), limit, isWanted, signal)
    },
    recordExport: (run, signal) => recordRun(records, exportRuns, parseInput(exportRecord, run, 'run'), signal),
    exports: async (dataset, query, signal) => {
      const { limit, export: name } = parseInput(exportQuery, { ...query, dataset }, 'query')
      const isWanted = name === undefined ? undefined : (run: ExportRecord) => run.export === name
      return newest(store, exportRuns, exportGroup({ dataset }), limit, isWanted, signal)
    },
    exportState: async (dataset, name, signal) => {
      const key = exportStateKey(parseInput(exportOf, { dataset, export: name }, 'export'))
      return (await read(store, exportStates, key, signal))?.record
    },
    putExportState: (state, expected, signal) =>
      putExportState(records, parseInput(exportStateContent, state, 'state'), expected, signal),
  }
}

const dayName = z.strictObject({ dataset: datasetName, date })
const dayRange = z.strictObject({ dataset: datasetName, from: date, to: date })
const exportOf = z.strictObject({ dataset: datasetName, export: datasetName })
const exportQuery = z.strictObject({
  dataset: datasetName,
  limit: z.int().min(1).max(1000),
  export: datasetName.optional(),
})
const runQuery = z.strictObject({ dataset: datasetName, limit: z.int().min(1).max(1000), date: date.optional() })

/** A kind of record: how it is read, and where it lies. */
interface Kind<T> {
  parse(item: Item): T
  keyOf(record: T): ItemKey
}

const sources: Kind<SourceRecord> = { parse: (item) => sourceRecord.parse(membersOf(item)), keyOf: sourceKey }
const runs: Kind<RunRecord> = { parse: (item) => runRecord.parse(membersOf(item)), keyOf: runKey }
const days: Kind<DayRecord> = {
  parse: (item) => dayRecord.parse({ ...membersOf(item), version: item.version }),
  keyOf: dayKey,
}
const exportRuns: Kind<ExportRecord> = { parse: (item) => exportRecord.parse(membersOf(item)), keyOf: exportKey }
const exportStates: Kind<ExportState> = {
  parse: (item) => exportState.parse({ ...membersOf(item), version: item.version }),
  keyOf: exportStateKey,
}

function membersOf({ version: _, write_id: __, expires_at: ___, ...members }: Item): Record<string, unknown> {
  return members
}

function sourceGroup({ dataset, date }: { readonly dataset: string; readonly date: string }): readonly string[] {
  return ['source', dataset, date]
}

function sourceKey(source: SourceRecord): ItemKey {
  return { group: sourceGroup(source), name: source.key }
}

function dayGroup({ dataset }: { readonly dataset: string }): readonly string[] {
  return ['day', dataset]
}

function dayKey(day: { readonly dataset: string; readonly date: string }): ItemKey {
  return { group: dayGroup(day), name: day.date }
}

function exportGroup({ dataset }: { readonly dataset: string }): readonly string[] {
  return ['export', dataset]
}

function exportKey(run: ExportRecord): ItemKey {
  return { group: exportGroup(run), name: `${run.started} ${run.run_id}` }
}

function exportStateKey(of: { readonly dataset: string; readonly export: string }): ItemKey {
  return { group: ['export-state', of.dataset], name: of.export }
}

function runGroup({ dataset }: { readonly dataset: string }): readonly string[] {
  return ['run', dataset]
}

/** The start comes first and always has one length: runs are listed in the order of their starts. */
function runKey(run: RunRecord): ItemKey {
  return { group: runGroup(run), name: `${run.started} ${run.run_id}` }
}

async function recordSource(
  records: Records,
  told: SourceRecord,
  signal: AbortSignal | undefined,
): Promise<SourceOutcome> {
  return inRounds(records, sourceKey(told), async (key) => {
    const present = await read(records.store, sources, key, signal)
    const decision = nextSource(present?.record, told)
    if (decision.kind !== 'recorded') return { kind: decision.kind, present: present!.record }
    const written = await write(records, key, { ...decision.next }, present?.version, signal)
    return written ? { kind: 'recorded', source: decision.next } : 'again'
  })
}

/** Writes a record of what has a start and an end, unless the one that is there says more. */
async function recordRun<T extends Ending>(
  records: Records,
  kind: Kind<T>,
  told: T,
  signal: AbortSignal | undefined,
): Promise<Recorded<T>> {
  return inRounds(records, kind.keyOf(told), async (key) => {
    const present = await read(records.store, kind, key, signal)
    if (!isNewsOfRun(present?.record, told)) return { kind: 'repeated', present: present!.record }
    const members = { ...told, expires_at: expiryOf(told) }
    const written = await write(records, key, members, present?.version, signal)
    return written ? { kind: 'recorded', run: told } : 'again'
  })
}

async function inRounds<T>(
  { store }: Records,
  key: ItemKey,
  attempt: (key: ItemKey) => Promise<T | 'again'>,
): Promise<T> {
  for (let round = 0; round < ROUNDS; round++) {
    const outcome = await attempt(key)
    if (outcome !== 'again') return outcome
  }
  throw new DaysealError('conflict', `the record at ${store.address(key)} could not be written`, {
    seen: `other writers were faster ${ROUNDS} times`,
    hint: 'run again when they are done',
  })
}

async function putDay(
  records: Records,
  content: DayContent,
  expected: number | undefined,
  signal: AbortSignal | undefined,
): Promise<DayOutcome> {
  const written = await write(records, dayKey(content), { ...content }, expected, signal)
  return written ? { kind: 'written', day: { ...content, version: (expected ?? 0) + 1 } } : { kind: 'conflict' }
}

async function putExportState(
  records: Records,
  content: ExportStateContent,
  expected: Expected,
  signal: AbortSignal | undefined,
): Promise<ExportStateOutcome> {
  const { store } = records
  const key = exportStateKey(content)
  const present = expected === 'unreadable' ? await unreadable(store, exportStates, key, signal) : { stored: expected }
  if (present === undefined || !(await write(records, key, { ...content }, present.stored, signal)))
    return { kind: 'conflict' }
  return { kind: 'written', state: { ...content, version: versionAfter(present.stored) } }
}

/** What is stored in the place of a record that cannot be read; undefined when there is one that can. */
async function unreadable<T>(
  store: ItemStore,
  kind: Kind<T>,
  key: ItemKey,
  signal: AbortSignal | undefined,
): Promise<{ readonly stored: Expected } | undefined> {
  const found = await readable(() => store.get(key, signal))
  if (found === 'unreadable') return { stored: 'unreadable' }
  if (found === undefined) return { stored: undefined }
  const record = await readable(async () => parse(store, kind, found, store.address(key)))
  return record === 'unreadable' ? { stored: found.version } : undefined
}

async function readable<T>(act: () => Promise<T>): Promise<T | 'unreadable'> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'corrupt') return 'unreadable'
    throw error
  }
}

/** The newest `limit` records of a group whose names begin with instants; with `isWanted` only those. */
async function newest<T>(
  store: ItemStore,
  kind: Kind<T>,
  group: readonly string[],
  limit: number,
  isWanted: ((record: T) => boolean) | undefined,
  signal: AbortSignal | undefined,
): Promise<readonly T[]> {
  const found: T[] = []
  const range = { descending: true, ...(isWanted === undefined ? { expected: limit } : {}) }
  for await (const { address, item } of store.scan(group, range, signal)) {
    const record = parse(store, kind, item, address)
    if (isWanted === undefined || isWanted(record)) found.push(record)
    if (found.length === limit) break
  }
  return found
}

async function all<T>(
  store: ItemStore,
  kind: Kind<T>,
  group: readonly string[],
  range: ItemRange,
  signal: AbortSignal | undefined,
): Promise<T[]> {
  const found: T[] = []
  for await (const { address, item } of store.scan(group, range, signal)) found.push(parse(store, kind, item, address))
  return found
}

async function read<T>(
  store: ItemStore,
  kind: Kind<T>,
  key: ItemKey,
  signal: AbortSignal | undefined,
): Promise<{ readonly record: T; readonly version: number } | undefined> {
  const item = await store.get(key, signal)
  if (item === undefined) return undefined
  return { record: parse(store, kind, item, store.address(key)), version: item.version }
}

/** The record that an item holds, of this kind and in its place; anything else is `corrupt`. */
function parse<T>(store: ItemStore, kind: Kind<T>, item: Item, address: string): T {
  try {
    const record = kind.parse(item)
    const place = store.address(kind.keyOf(record))
    if (place !== address) throw new Error(`the record belongs at ${place}`)
    return record
  } catch (cause) {
    throw notOurs(address, cause)
  }
}

/**
 * Writes the next version; false when somebody else did. A write whose answer was lost, and that is told apart from a
 * lost race by reading back, counts as written. Throws `outcome-unknown` where that cannot be known.
 */
async function write(
  { store, newId }: Records,
  key: ItemKey,
  members: object,
  expected: Expected,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const write_id = newId()
  const item = parseItem({ ...members, version: versionAfter(expected), write_id }, store.address(key))
  const isOurs = async () => (await store.get(key, signal))?.write_id === write_id
  try {
    if ((await store.put(key, item, expected, signal)) === 'written') return true
  } catch (error) {
    if (!isOutcomeUnknown(error) || !(await isOurs().catch(() => false))) throw error
    return true
  }
  return isOurs()
}

function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof DaysealError && error.reason === 'outcome-unknown'
}
