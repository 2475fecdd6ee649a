import * as z from 'zod'
import { isDate } from '../../archive/guards.ts'
import { sha256Hex } from '../../convert/ledger.ts'
import { type Manifest, manifestSchema } from '../../seal/manifest.ts'
import { attempt } from '../../verify/attempt.ts'
import { archivePath, historyPath, outputPath, sourcesPath } from './bag-paths.ts'
import type { BagFile } from './check-bag.ts'
import { collectProblems, type Problems } from './problems.ts'
import { readText } from './read-text.ts'

/** `data/sources/YYYY-MM-DD.json`: which file of the bag is which of the archive. */
export const sourcesIndex = z.strictObject({
  dataset: z.string(),
  date_utc: z.iso.date(),
  generation: z.int().positive(),
  sources: z.array(
    z.strictObject({
      key: z.string(),
      /** Below `data/archive/`. */
      path: z.string(),
      bytes: z.int().nonnegative(),
      sha256: sha256Hex,
    }),
  ),
})
export type SourcesIndex = z.infer<typeof sourcesIndex>

/** A sealed day in a bag. */
export interface BaggedDay {
  readonly date: string
  readonly dataset: string
  /** The newest whose manifest is in the bag. */
  readonly generation: number
  /** Whether its data is in the bag. */
  readonly hasData: boolean
  /** SHA-256 of the source files that are in the bag, by their keys in the archive. */
  readonly sources: ReadonlyMap<string, string>
}

const MAX_JSON_BYTES = 256 * 2 ** 20

/**
 * What a bag of Dayseal's promises beyond its checksums: the data of each day, and its source files, are those of the day's
 * manifest. Of any other bag there are no days.
 */
export async function checkContents(
  payload: ReadonlyMap<string, BagFile>,
  signal: AbortSignal | undefined,
): Promise<{ readonly days: readonly BaggedDay[]; readonly problems: readonly string[] }> {
  const problems = collectProblems()
  const days: BaggedDay[] = []
  for (const [date, generation] of newestGenerations(payload)) {
    const path = historyPath(date, generation)
    const manifest = await readJson(path, payload, manifestSchema, problems, signal)
    if (manifest === undefined) continue
    if (manifest.generation !== generation || manifest.date_utc !== date) {
      problems.add(`${path} is the manifest of ${manifest.date_utc}, generation ${manifest.generation}`)
      continue
    }
    const index = await readJson(sourcesPath(date), payload, sourcesIndex, problems, signal)
    if (index !== undefined) checkSources(index, manifest, payload, problems)
    days.push({
      date,
      dataset: manifest.dataset,
      generation,
      hasData: checkData(manifest, payload, problems),
      sources: new Map(index?.sources.map(({ key, sha256 }) => [key, sha256])),
    })
  }
  return { days: days.toSorted((a, b) => (a.date < b.date ? -1 : 1)), problems: problems.list() }
}

/** By date. */
function newestGenerations(payload: ReadonlyMap<string, BagFile>): ReadonlyMap<string, number> {
  const newest = new Map<string, number>()
  for (const path of payload.keys()) {
    const [, date = '', digits] = /^data\/history\/([^/]+)\/manifest\.g(\d{4})\.json$/.exec(path) ?? []
    if (isDate(date)) newest.set(date, Math.max(newest.get(date) ?? 0, Number(digits)))
  }
  return newest
}

/** Undefined when there is no such file, or when it is none: that is a problem. */
async function readJson<T>(
  path: string,
  payload: ReadonlyMap<string, BagFile>,
  schema: z.ZodType<T>,
  problems: Problems,
  signal: AbortSignal | undefined,
): Promise<T | undefined> {
  const file = payload.get(path)
  if (file === undefined) return undefined
  const read = await attempt(async () => schema.parse(JSON.parse(await readText(file.member, MAX_JSON_BYTES))), signal)
  if (read.kind === 'done') return read.value
  problems.add(`${path} is not what Dayseal writes there: ${read.message}`)
  return undefined
}

function checkData(manifest: Manifest, payload: ReadonlyMap<string, BagFile>, problems: Problems): boolean {
  if (manifest.data_key === null) return false
  const path = outputPath(manifest.data_key)
  const file = payload.get(path)
  if (file === undefined) return false
  if (file.sha256 !== manifest.parquet_sha256) {
    problems.add(
      `${path}: seen SHA-256 ${file.sha256}, wanted ${manifest.parquet_sha256} (the manifest of ${manifest.date_utc})`,
    )
  }
  return true
}

function checkSources(
  index: SourcesIndex,
  manifest: Manifest,
  payload: ReadonlyMap<string, BagFile>,
  problems: Problems,
): void {
  const accounts = new Map(manifest.sources.map((source) => [source.key, source]))
  for (const { key, path, bytes, sha256 } of index.sources) {
    const account = accounts.get(key)
    const file = payload.get(archivePath(path))
    const isSealed = account?.sha256 === sha256 && account.bytes === bytes
    if (isSealed && file?.sha256 === sha256) continue
    const seen = file === undefined ? 'nothing' : `SHA-256 ${file.sha256}`
    const wanted = account === undefined ? `no source ${JSON.stringify(key)}` : account.sha256
    problems.add(`${archivePath(path)}: seen ${seen}, wanted ${wanted} (the manifest of ${manifest.date_utc})`)
  }
}
