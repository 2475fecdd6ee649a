import type { StructCell } from '../parquet/read-rows.ts'
import { type PathStep, parsePath } from '../path-pattern.ts'
import type { Manifest } from '../seal/manifest.ts'
import { schemaFromJson } from '../shred/schema-json.ts'
import { attempt } from './attempt.ts'
import { compareRow, type DroppedPath, type TimePath } from './compare-row.ts'
import { parseExact } from './exact-json.ts'
import { type SourceOutcome, type SourceRow, type SourceWalkOptions, walkSources } from './source-walk.ts'
import { type Check, check, many, some } from './verdict.ts'

/** Sampled rows beside their source lines, and every source re-hashed. */
export interface SourceComparison {
  /** Takes the sampled rows in ascending order. */
  see(row: number, cells: StructCell): Promise<void>
  /** Reads the sources to their end. */
  checks(): Promise<readonly Check[]>
  /** Ends what is being read; nothing may be asked for any more. */
  close(): Promise<void>
}

interface Difference {
  readonly key: string
  readonly text: string
}

export function compareSources(
  manifest: Manifest,
  options: Omit<SourceWalkOptions, 'onOutcome' | 'sources'>,
): SourceComparison {
  const outcomes: SourceOutcome[] = []
  const rows = walkSources({ ...options, sources: manifest.sources, onOutcome: (outcome) => outcomes.push(outcome) })
  const schema = schemaFromJson(manifest.schema)
  const differences: Difference[] = []
  const dropped = droppedPaths(manifest)
  const times = timePaths(manifest)
  let compared = 0
  let pending: IteratorResult<SourceRow> | undefined
  return {
    async see(row, cells) {
      while (pending === undefined || (pending.done !== true && pending.value.row < row)) pending = await rows.next()
      if (pending.done === true || pending.value.row !== row) return
      const { key, line, bytes } = pending.value
      const found = await attempt(() => compareRow(schema, dropped, cells, parseLine(bytes), times))
      const problems = found.kind === 'done' ? found.value : [found.message]
      compared++
      if (problems.length > 0) differences.push({ key, text: `row ${row} (${key}, line ${line}): ${problems[0]}` })
    },
    async checks() {
      for await (const _ of rows) options.signal?.throwIfAborted()
      return [...outcomeChecks(manifest, outcomes), rowsCheck(compared, differences, outcomes)]
    },
    async close() {
      await rows.return(undefined)
    },
  }
}

function droppedPaths({ dropped_columns }: Manifest): readonly DroppedPath[] {
  return dropped_columns.flatMap(({ path, reason }) => {
    const steps = stepsOf(path)
    return steps === undefined ? [] : [{ path: steps, configured: reason === 'configured' }]
  })
}

function timePaths({ times = [] }: Manifest): readonly TimePath[] {
  return times.flatMap(({ path, form }) => {
    const steps = stepsOf(path)
    return steps === undefined ? [] : [{ path: steps, form }]
  })
}

/** In an altered manifest a path may be no path: it explains nothing then. */
function stepsOf(path: string): readonly PathStep[] | undefined {
  try {
    return parsePath(path)
  } catch {
    return undefined
  }
}

function parseLine(bytes: Uint8Array) {
  return parseExact(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
}

function outcomeChecks(manifest: Manifest, outcomes: readonly SourceOutcome[]): readonly Check[] {
  const changed = outcomes.flatMap((o) => (o.kind === 'changed' ? [`${o.key}: ${o.seen}, not ${o.wanted}`] : []))
  const gone = outcomes.flatMap(({ kind, key }) => (kind === 'gone' ? [key] : []))
  const present = outcomes.length - gone.length
  const accounts = new Map(manifest.sources.map((source) => [source.key, source]))
  const miscounted = outcomes.flatMap((outcome) => {
    if (outcome.kind === 'unreadable') return [outcome.message]
    if (outcome.kind !== 'same') return []
    const { lines_read, blank } = accounts.get(outcome.key)!
    if (outcome.lines === lines_read && outcome.blank === blank) return []
    return [`${outcome.key}: ${outcome.lines} lines (${outcome.blank} blank), not ${lines_read} (${blank})`]
  })
  const misquoted = outcomes.flatMap((outcome) => {
    return outcome.kind === 'same' ? outcome.misquoted.map((line) => `${outcome.key}, line ${line}`) : []
  })
  return [
    check({
      id: 'sources.there',
      title: 'every source is still in the archive',
      level: 'warn',
      holds: gone.length === 0,
      seen: gone.length === 0 ? many(outcomes.length, 'source') : `gone: ${some(gone)}`,
      wanted: many(outcomes.length, 'source'),
    }),
    check({
      id: 'sources.unchanged',
      title: 'the sources are those that were sealed',
      holds: changed.length === 0,
      seen: changed.length === 0 ? `${many(present, 'source')} with equal SHA-256` : `stale: ${some(changed)}`,
      wanted: 'the SHA-256 of the manifest (seal again when sources have changed)',
    }),
    check({
      id: 'sources.lines',
      title: 'the sources have the lines that the manifest counts',
      holds: miscounted.length === 0,
      seen: miscounted.length === 0 ? 'equal counts' : some(miscounted),
      wanted: 'lines_read and blank of each source',
    }),
    check({
      id: 'sources.quarantine',
      title: 'quarantined lines equal their source lines',
      holds: misquoted.length === 0,
      seen: misquoted.length === 0 ? 'every text equal' : some(misquoted),
      wanted: 'every text equal',
    }),
  ]
}

/** Rows of a source that has changed since are no one's fault but its own. */
function rowsCheck(compared: number, differences: readonly Difference[], outcomes: readonly SourceOutcome[]): Check {
  const same = new Set(outcomes.filter(({ kind }) => kind !== 'changed').map(({ key }) => key))
  const found = differences.filter(({ key }) => same.has(key)).map(({ text }) => text)
  return check({
    id: 'sources.rows',
    title: 'sampled rows equal their source lines',
    holds: found.length === 0,
    seen:
      found.length === 0
        ? `${many(compared, 'row')} equal`
        : `${found.length} of ${many(compared, 'row')} differ: ${some(found)}`,
    wanted: 'every value equal',
  })
}
