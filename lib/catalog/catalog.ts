import type { DayContent, DayRecord } from './day-record.ts'
import type { ExportRecord, ExportState, ExportStateContent } from './export-record.ts'
import type { Expected } from './item-store.ts'
import type { RunRecord } from './run-record.ts'
import type { SourceRecord } from './source-record.ts'

/**
 * The port to what is known of sources, days, runs and exports. It keeps events in order and tells what goes on; the truth about
 * parts and seals is in the object store, so that losing the catalog loses no seal and falsifies none. One contract
 * suite (test/contract/catalog.ts) runs on every adapter.
 *
 * Each record is written by itself, on the condition that nobody wrote it meanwhile; who reads sees every write that has
 * ended. All methods throw `usage` for records and names that cannot be, `corrupt`, naming the place, for a stored
 * record that cannot be read, `storage` when the store fails, and the signal's reason when it is aborted. Dates are
 * `YYYY-MM-DD`.
 */
export interface Catalog {
  /** Where this is, for messages. */
  readonly location: string

  /** Takes what an event or a conversion tells of an object, unless more is known: see `nextSource`. */
  recordSource(source: SourceRecord, signal?: AbortSignal): Promise<SourceOutcome>

  /** Every source of a day, in the order of keys, deleted ones included. In memory at once. */
  sources(dataset: string, date: string, signal?: AbortSignal): Promise<readonly SourceRecord[]>

  /** Undefined for a day that nothing is known of. */
  day(dataset: string, date: string, signal?: AbortSignal): Promise<DayRecord | undefined>

  /** Every day from `from` to `to`, both included, that something is known of, in order. */
  days(dataset: string, from: string, to: string, signal?: AbortSignal): Promise<readonly DayRecord[]>

  /**
   * Writes a day while the version that is stored is `expected` (undefined: while there is none). Exactly one of several
   * writers with one `expected` gets `written`.
   */
  putDay(day: DayContent, expected: number | undefined, signal?: AbortSignal): Promise<DayOutcome>

  /** Writes a run, unless the record that is there says more: a run that has ended stays so. */
  recordRun(run: RunRecord, signal?: AbortSignal): Promise<Recorded<RunRecord>>

  /** The newest runs by their start, newest first: at most `limit` (1 to 1000), with `date` only those of that day. */
  runs(dataset: string, query: RunQuery, signal?: AbortSignal): Promise<readonly RunRecord[]>

  /** Writes a run of an export, unless the record that is there says more. */
  recordExport(run: ExportRecord, signal?: AbortSignal): Promise<Recorded<ExportRecord>>

  /** The newest runs of exports by their start, newest first: at most `limit` (1 to 1000), with `export` only of that one. */
  exports(dataset: string, query: ExportQuery, signal?: AbortSignal): Promise<readonly ExportRecord[]>

  /** How far an export has come; undefined before its first success. */
  exportState(dataset: string, name: string, signal?: AbortSignal): Promise<ExportState | undefined>

  /**
   * Writes how far an export has come, on the condition that `putDay` has; with `unreadable` in the place of a state that cannot
   * be read.
   */
  putExportState(state: ExportStateContent, expected: Expected, signal?: AbortSignal): Promise<ExportStateOutcome>
}

export interface ExportQuery {
  readonly limit: number
  readonly export?: string | undefined
}

export interface RunQuery {
  readonly limit: number
  readonly date?: string | undefined
}

export type SourceOutcome =
  | { readonly kind: 'recorded'; readonly source: SourceRecord }
  | { readonly kind: 'older' | 'repeated'; readonly present: SourceRecord }

export type DayOutcome = { readonly kind: 'written'; readonly day: DayRecord } | { readonly kind: 'conflict' }

export type Recorded<T> =
  | { readonly kind: 'recorded'; readonly run: T }
  | { readonly kind: 'repeated'; readonly present: T }

export type ExportStateOutcome =
  | { readonly kind: 'written'; readonly state: ExportState }
  | { readonly kind: 'conflict' }
