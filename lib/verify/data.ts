import type { VerifyRules } from '../config.ts'
import { type Footer, readFooter } from '../parquet/read.ts'
import type { Manifest } from '../seal/manifest.ts'
import type { ObjectInfo, ObjectStore } from '../store/object-store.ts'
import { attempt } from './attempt.ts'
import { checkColumns } from './column-checks.ts'
import { checkDataFile, checkFooter, checkScan, schemaDifferences } from './data-checks.ts'
import { eventTimes } from './event-times.ts'
import { checkBlocks, checkNulls } from './null-checks.ts'
import { rowRules } from './row-rules.ts'
import { scan } from './scan.ts'
import type { SourceComparison } from './source-checks.ts'
import { hashObject, storedFile } from './stored-file.ts'
import { type Check, check } from './verdict.ts'

export interface DataOptions {
  readonly out: ObjectStore
  readonly manifest: Manifest
  /** The data file's state; undefined when it is missing. */
  readonly info: ObjectInfo | undefined
  readonly rules: VerifyRules
  /** Ascending row numbers. */
  readonly sample: readonly number[]
  readonly sources: SourceComparison | undefined
  readonly onProgress: (step: {
    readonly phase: 'hash' | 'columns'
    readonly done: number
    readonly total: number
  }) => void
  readonly signal: AbortSignal | undefined
}

export interface DataResult {
  readonly checks: readonly Check[]
  readonly columns: number | null
  readonly rowGroups: number | null
  readonly rowsSampled: number
}

const UNREAD = { columns: null, rowGroups: null, rowsSampled: 0 }

/** The checks of the data file: its bytes, its footer, every page, and the dataset's rules. */
export async function verifyData(options: DataOptions): Promise<DataResult> {
  const { manifest, info, rules, out, signal, onProgress } = options
  if (manifest.data_key === null) return { ...UNREAD, checks: checkColumns(rules, undefined), columns: 0, rowGroups: 0 }
  if (info === undefined) return { ...UNREAD, checks: checkDataFile(manifest, info, undefined) }
  let hashed = 0
  const sha256 = await hashObject(out, info, signal, (bytes) => {
    hashed += bytes
    onProgress({ phase: 'hash', done: hashed, total: info.size })
  })
  const fileChecks = checkDataFile(manifest, info, sha256)
  const read = await attempt(() => readFooter(storedFile(out, info, signal)), signal)
  const footerCheck = check({
    id: 'parquet.footer',
    title: 'the footer can be read',
    holds: read.kind === 'done',
    seen: read.kind === 'done' ? `${read.value.groups.length} row groups` : read.message,
    wanted: 'Parquet metadata',
  })
  if (read.kind === 'broken') return { ...UNREAD, checks: [...fileChecks, footerCheck] }
  const scanned = await verifyColumns(options, info, read.value)
  return { ...scanned, checks: [...fileChecks, footerCheck, ...scanned.checks] }
}

async function verifyColumns(options: DataOptions, info: ObjectInfo, footer: Footer): Promise<DataResult> {
  const { manifest, rules, out, signal, onProgress } = options
  const perRow = rowRules(rules, footer.root)
  const times = eventTimes(manifest, footer)
  // Rows are compared column by column: a schema of another shape says nothing about them.
  const comparable = schemaDifferences(manifest.schema, footer).length === 0
  const total = footer.groups.length * footer.leaves.length
  let rowsSampled = 0
  const facts = await scan({
    file: storedFile(out, info, signal),
    footer,
    sample: options.sample,
    onRow: async (row, cells) => {
      rowsSampled++
      for (const rule of perRow) rule.see(row, cells)
      if (comparable) await options.sources?.see(row, cells)
    },
    onChunk: (leaf, column) => times?.see(leaf, column),
    onProgress: (done) => onProgress({ phase: 'columns', done, total }),
    signal,
  })
  const checks = [
    ...checkFooter(manifest, footer),
    ...checkScan(facts),
    ...(times === undefined ? [] : [times.check()]),
    ...checkColumns(rules, footer.root),
    ...perRow.map((rule) => rule.verdict()),
    ...checkBlocks(rules, footer, facts),
    ...checkNulls(rules, footer, facts),
  ]
  return { checks, columns: footer.leaves.length, rowGroups: footer.groups.length, rowsSampled }
}
