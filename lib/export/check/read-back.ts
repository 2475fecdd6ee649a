import { join } from 'node:path'
import { DaysealError } from '../../errors.ts'
import { leavesOfTree, type RootNode } from '../../parquet/read-tree.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import { createDigest } from '../digest.ts'
import type { FormatOptions } from '../format-options.ts'
import { keptColumns } from '../kept-columns.ts'
import type { RowBatch } from '../row-batch.ts'
import { type Findings, newFindings } from './findings.ts'
import { shredFeatures } from './geojson-rows.ts'
import { readCsv } from './read-csv.ts'
import { datadogMembers, readDatadog } from './read-datadog.ts'
import { readElasticsearch } from './read-elasticsearch.ts'
import { readJson } from './read-json.ts'
import { readNdjson } from './read-ndjson.ts'
import { readParquet } from './read-parquet.ts'
import { readSplunkEvents } from './read-splunk.ts'
import { readSplunkLines } from './read-splunk-lines.ts'
import { readSqlite } from './read-sqlite.ts'
import { readXml } from './read-xml.ts'
import { ownNames, rootOf, shredRows } from './shred-rows.ts'

/** What is known of an export before its file is opened: from its meta file. */
export interface ReadSpec {
  readonly format: FormatOptions
  /** The export's columns. */
  readonly columns: readonly FieldJson[]
  readonly dataset: string
  readonly signal: AbortSignal | undefined
}

/** An export without its compression and encryption. */
export type ExportContent =
  | { readonly kind: 'stream'; readonly bytes: AsyncIterable<Uint8Array> }
  /** Parquet and SQLite, whose readers move about in a file. `paths` are seen from the folder. */
  | { readonly kind: 'files'; readonly folder: string; readonly paths: readonly string[] }

export interface ReadBack {
  /** Those that are in the digest. */
  readonly rows: number
  /** See `createDigest`: of the columns that the format keeps (`keptColumns`). */
  readonly digest: string
  /** What is not as the format and the columns have it; the first few. */
  readonly problems: readonly string[]
  readonly problemCount: number
}

/**
 * Reads an export again, to its end, with code that its writer does not use: rows → JSON texts → columns in strict mode →
 * the digest. A row that does not fit the columns is a problem, and the reading goes on; after anything that is not the
 * format it ends.
 *
 * Memory: a row, and a batch of rows.
 * @throws DaysealError what the content's own reading throws; AbortError.
 */
export async function readBack(spec: ReadSpec, content: ExportContent): Promise<ReadBack> {
  const findings = newFindings()
  const columns = ownNames(spec.columns)
  const root = rootOf(columns)
  const digest = createDigest(keptColumns(root, spec.format))
  const batches =
    content.kind === 'stream'
      ? readStream({ ...spec, columns }, root, content.bytes, findings)
      : readFiles({ ...spec, columns }, root, content, findings)
  try {
    for await (const batch of batches) {
      spec.signal?.throwIfAborted()
      digest.add(batch)
    }
  } catch (error) {
    if (!(error instanceof DaysealError) || error.code !== 'corrupt') throw error
    findings.add(error.message)
  }
  return { rows: digest.rows, digest: digest.value(), problems: findings.first, problemCount: findings.count }
}

function readStream(
  { format, columns, dataset }: ReadSpec,
  root: RootNode,
  bytes: AsyncIterable<Uint8Array>,
  findings: Findings,
): AsyncIterable<RowBatch> {
  switch (format.format) {
    case 'json':
      return shredRows(readJson(bytes), columns, findings)
    case 'ndjson':
      return shredRows(readNdjson(bytes, format, columns), columns, findings)
    case 'csv':
      return shredRows(readCsv(bytes, format, columns), columns, findings)
    case 'xml':
      return shredRows(readXml(bytes, format, columns), columns, findings)
    case 'elasticsearch':
      return shredRows(readElasticsearch(bytes, format, columns, dataset), columns, findings)
    case 'datadog':
      return shredRows(readDatadog(bytes), columns, findings, datadogMembers(format, leavesOfTree(root)))
    case 'splunk': {
      const rows =
        format.form === 'hec' ? readSplunkEvents(bytes, format, columns) : readSplunkLines(bytes, format, columns)
      return shredRows(rows, columns, findings)
    }
    case 'geojson':
      return shredFeatures(bytes, format, root, findings)
    default:
      throw new TypeError(`${format.format} is not read as a stream`)
  }
}

function readFiles(
  { format, columns, dataset }: ReadSpec,
  root: RootNode,
  { folder, paths }: Extract<ExportContent, { readonly kind: 'files' }>,
  findings: Findings,
): AsyncIterable<RowBatch> {
  switch (format.format) {
    case 'parquet':
      return readParquet(folder, paths, format, root)
    case 'sqlite':
      return shredRows(readSqlite(join(folder, paths[0]!), format, columns, dataset), columns, findings)
    default:
      throw new TypeError(`${format.format} is read as a stream`)
  }
}
