import { type Layout, parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import { historyPrefix, viewManifestKey } from '../keys.ts'
import type { Manifest } from '../seal/manifest.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { type DataResult, verifyData } from './data.ts'
import { checkChain, type Generation, readHistory } from './history.ts'
import { checkLink } from './link-checks.ts'
import { checkManifest, checkManifestForm, isDataKey } from './manifest-checks.ts'
import { checkQuarantine } from './quarantine-checks.ts'
import type { QuarantineFile } from './quarantine-file.ts'
import { sampleRows } from './sample.ts'
import { compareSources, type SourceComparison } from './source-checks.ts'
import { type Check, check, type Verdict, worstOf } from './verdict.ts'
import { checkView } from './view-checks.ts'

export interface VerifyOptions {
  readonly dataset: Dataset
  /** Where the sealed day is. Never written to. */
  readonly out: ObjectStore
  /** Given to compare with the sources. */
  readonly archive?: ObjectStore
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** How many rows are looked at one by one. @default 1000 */
  readonly sample?: number
  /** Which rows these are. @default 1 */
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onProgress?: (step: VerifyProgress) => void
}

export interface VerifyProgress {
  /** Bytes of the data hashed; column chunks decoded (and, with an archive, the sampled rows compared); sources read. */
  readonly phase: 'hash' | 'columns' | 'sources'
  readonly done: number
  readonly total: number
}

/**
 * Checks a sealed day against its newest manifest in the history, and that against everything that can show it wrong: the
 * data's bytes and values, the quarantine, the earlier generations, the view, the dataset's rules and, with an archive,
 * the sources. Whatever the files hold, the outcome is a verdict.
 *
 * Memory: one column chunk, one row group's sampled rows, one source line, and what is read ahead of the next sources
 * (`readAhead`).
 * @throws DaysealError `storage` when a store cannot be read
 */
export async function verify(options: VerifyOptions): Promise<Verdict> {
  const { dataset, out, date, signal } = options
  const generations = await readHistory(out, date, signal)
  const newest = generations.at(-1)
  if (newest === undefined) return neverSealed(options)
  const checks = [
    check({ id: 'presence.manifest', title: 'the day is sealed', holds: true, seen: newest.key, wanted: 'a manifest' }),
    ...checkManifestForm(newest),
    checkChain(generations),
    await checkView(out, date, generations, signal),
    ...(await checkLink(out, date, generations)),
  ]
  if (newest.manifest === undefined) return verdictOf(options, newest, checks, undefined)
  const { manifest } = newest
  const layout = parseLayout(dataset.archive.layout)
  // An archive that is not there at all is no archive whose sources are gone: the listing throws.
  await options.archive?.list(layout.dayPrefix(date))
  const place = { dataset, date, archiveDay: layout.archiveDay(date), hourOf: layout.match }
  checks.push(...checkManifest(manifest, newest.number, place))
  const quarantine = await checkQuarantine(out, date, manifest, dataset.limits.maxExpandedBytes, signal)
  checks.push(...quarantine.checks)
  const sample = sampleRows(manifest.row_count, options.sample ?? 1000, options.seed ?? 1)
  const sources = sourcesOf(options, manifest, layout, quarantine.files, sample)
  try {
    const data = await verifyData({
      out,
      manifest,
      info: isDataKey(manifest.data_key, date, newest.number) ? await dataInfo(out, manifest) : undefined,
      rules: dataset.verify,
      sample,
      sources,
      onProgress: options.onProgress ?? (() => {}),
      signal,
    })
    checks.push(...data.checks)
    if (sources !== undefined) checks.push(...(await sources.checks()))
    return verdictOf(options, newest, checks, data)
  } finally {
    await sources?.close()
  }
}

async function dataInfo(out: ObjectStore, { data_key }: Manifest) {
  return data_key === null ? undefined : out.head(data_key)
}

/** Only keys that the layout explains are looked for in the archive: in an altered manifest a key may be anything. */
function sourcesOf(
  { archive, dataset, date, signal, onProgress }: VerifyOptions,
  manifest: Manifest,
  layout: Layout,
  quarantines: ReadonlyMap<string, QuarantineFile | undefined>,
  sample: readonly number[],
): SourceComparison | undefined {
  if (archive === undefined) return undefined
  return compareSources(manifest, {
    archive,
    isSource: (key) => layout.match(key)?.date === date,
    wanted: new Set(sample),
    quarantines,
    maxExpandedBytes: dataset.limits.maxExpandedBytes,
    onProgress: (done) => onProgress?.({ phase: 'sources', done, total: manifest.sources.length }),
    signal,
  })
}

async function neverSealed(options: VerifyOptions): Promise<Verdict> {
  const { out, date } = options
  const view = await out.head(viewManifestKey(date))
  const nothing = `no manifest in ${historyPrefix(date)}`
  const unsealed = check({
    id: 'presence.manifest',
    title: 'the day is sealed',
    holds: false,
    seen: view === undefined ? nothing : `${nothing}, although there is ${view.key}`,
    wanted: 'a manifest',
  })
  return verdictOf(options, undefined, [unsealed], undefined)
}

function verdictOf(
  { date, dataset }: VerifyOptions,
  generation: Generation | undefined,
  checks: readonly Check[],
  data: DataResult | undefined,
): Verdict {
  const manifest = generation?.manifest
  return {
    date_utc: date,
    dataset: dataset.name,
    generation: generation?.number ?? null,
    result: worstOf(checks),
    checks,
    facts: {
      row_count: manifest?.row_count ?? null,
      columns: data?.columns ?? null,
      row_groups: data?.rowGroups ?? null,
      parquet_size_bytes: manifest?.parquet_size_bytes ?? null,
      hours_found: manifest?.hours_found ?? null,
      is_partial: manifest?.is_partial ?? null,
      sources: manifest?.sources.length ?? null,
      lines_read: manifest?.totals.lines_read ?? null,
      rows_quarantined: manifest?.totals.rows_quarantined ?? null,
      rows_sampled: data?.rowsSampled ?? 0,
    },
  }
}
