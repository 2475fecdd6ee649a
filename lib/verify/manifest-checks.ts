import { HOURS } from '../archive/guards.ts'
import { canonicalJson } from '../canonical-json.ts'
import type { SourceAccount } from '../convert/ledger.ts'
import { generationKey } from '../keys.ts'
import { isOf, type Owner, takeOver } from '../owner.ts'
import { emptySources, emptySourceText } from '../seal/empty-hours.ts'
import type { Manifest } from '../seal/manifest.ts'
import { sha256 } from '../sha256.ts'
import type { Generation } from './history.ts'
import { checkUploads } from './uploads-checks.ts'
import { type Check, check, many, some } from './verdict.ts'

/** Where the manifest was found, and what it must therefore say. */
export interface ManifestPlace {
  readonly dataset: Owner
  readonly date: string
  readonly archiveDay: string
  readonly hourOf: (key: string) => { readonly date: string; readonly hour: string } | undefined
}

/** That the newest generation's file is a manifest at all, in canonical form. */
export function checkManifestForm({ key, manifest, problem, canonical }: Generation): readonly Check[] {
  return [
    check({
      id: 'manifest.schema',
      title: 'the manifest has its form',
      holds: manifest !== undefined,
      seen: problem ?? key,
      wanted: 'a manifest of version 1',
    }),
    check({
      id: 'manifest.canonical',
      title: 'the manifest is in canonical bytes',
      holds: canonical,
      seen: canonical ? 'canonical JSON' : 'other bytes than canonical JSON of the same content',
      wanted: 'canonical JSON',
    }),
  ]
}

/** Everything that the manifest alone can show. */
export function checkManifest(manifest: Manifest, generation: number, place: ManifestPlace): readonly Check[] {
  return [
    checkPlace(manifest, generation, place),
    checkData(manifest),
    checkSchemaHash(manifest),
    checkAccounts(manifest),
    checkTotals(manifest),
    checkRowCount(manifest),
    checkHourRows(manifest),
    checkHours(manifest),
    checkGuards(manifest),
    checkComplete(manifest),
    checkEmpty(manifest),
    checkEventTime(manifest),
    ...checkUploads(manifest),
  ]
}

/** A check whose problems are listed where it does not hold. */
function checkAll(id: string, title: string, problems: readonly string[], seen: string, wanted: string): Check {
  return check({ id, title, holds: problems.length === 0, seen: problems.length === 0 ? seen : some(problems), wanted })
}

function checkPlace(manifest: Manifest, generation: number, place: ManifestPlace): Check {
  const { date, dataset, archiveDay, hourOf } = place
  const problems = [
    ...(manifest.date_utc === date ? [] : [`date_utc ${manifest.date_utc}`]),
    ...(isOf(dataset, manifest.dataset)
      ? []
      : [`dataset ${manifest.dataset} (${takeOver(dataset, manifest.dataset)})`]),
    ...(manifest.generation === generation ? [] : [`generation ${manifest.generation}`]),
    ...(manifest.archive_day === archiveDay ? [] : [`archive_day ${manifest.archive_day}`]),
    ...(isDataKey(manifest.data_key, date, generation) ? [] : [`data_key ${manifest.data_key}`]),
    ...manifest.sources.flatMap(({ key, hour }) => {
      const named = hourOf(key)
      return named?.date === date && named.hour === hour ? [] : [`source ${key} as hour ${hour}`]
    }),
  ]
  const name = isOf(dataset, manifest.dataset) ? manifest.dataset : dataset.name
  const wanted = `${name}, ${date} (${archiveDay}), generation ${generation}`
  return checkAll('manifest.place', 'the manifest is of this dataset, day and generation', problems, wanted, wanted)
}

/** Whether a manifest's data can be the generation's: none, or a file of its own under the day. */
export function isDataKey(key: string | null, date: string, generation: number): boolean {
  if (key === null) return true
  const attempt = /-([^/]+)\.parquet$/.exec(key.slice(generationKey(date, generation, '').indexOf('-.parquet')))?.[1]
  return attempt !== undefined && key === generationKey(date, generation, attempt)
}

function checkData({ data_key, parquet_sha256, parquet_size_bytes, schema, row_count }: Manifest): Check {
  const given = [data_key, parquet_sha256, parquet_size_bytes].filter((value) => value !== null).length
  return check({
    id: 'manifest.data',
    title: 'a day with columns has a data file',
    holds: given === (schema.length === 0 ? 0 : 3),
    seen: `${many(schema.length, 'column')}, ${many(row_count, 'row')}, data_key ${data_key}`,
    wanted: 'data_key, parquet_sha256 and parquet_size_bytes, or no columns',
  })
}

function checkSchemaHash({ schema, schema_sha256 }: Manifest): Check {
  const seen = sha256(canonicalJson(schema))
  const title = 'schema_sha256 is of the schema'
  return check({ id: 'manifest.schema_sha256', title, holds: seen === schema_sha256, seen, wanted: schema_sha256 })
}

function checkAccounts({ sources }: Manifest): Check {
  const problems = sources
    .filter((source) => source.lines_read !== source.blank + source.rows_written + source.rows_quarantined)
    .map((s) => `${s.key}: ${s.lines_read} ≠ ${s.blank} + ${s.rows_written} + ${s.rows_quarantined}`)
  const keys = new Set<string>()
  const twice = sources.filter(({ key }) => keys.size === keys.add(key).size)
  return checkAll(
    'manifest.sources',
    'every line of every source is accounted for',
    [...problems, ...twice.map(({ key }) => `${key} is listed twice`)],
    `${many(sources.length, 'source')}, all of which add up`,
    'lines_read = blank + rows_written + rows_quarantined for each, once',
  )
}

function checkTotals({ sources, totals }: Manifest): Check {
  const problems = (['lines_read', 'blank', 'rows_written', 'rows_quarantined'] as const)
    .map((member) => ({ member, sum: sumOf(sources, member) }))
    .filter(({ member, sum }) => totals[member] !== sum)
    .map(({ member, sum }) => `${member} ${totals[member]}, and the sources sum to ${sum}`)
  const seen = `${many(totals.lines_read, 'line')}, ${many(totals.rows_written, 'row')}`
  return checkAll(
    'manifest.totals',
    'the totals are the sums over the sources',
    problems,
    seen,
    'the sums over the sources',
  )
}

function checkRowCount({ row_count, rows_by_hour, sources }: Manifest): Check {
  const byHour = Object.values(rows_by_hour).reduce((sum, rows) => sum + rows, 0)
  const written = sumOf(sources, 'rows_written')
  return check({
    id: 'manifest.row_count',
    title: 'row_count is the sum of the hours and of the sources',
    holds: row_count === byHour && row_count === written,
    seen: `${row_count}; by hour ${byHour}; written ${written}`,
    wanted: 'three equal numbers',
  })
}

function checkHourRows({ rows_by_hour, sources }: Manifest): Check {
  const seen = Object.keys(rows_by_hour).sort()
  const problems = HOURS.filter((hour) => {
    const own = sources.filter((source) => source.hour === hour)
    return rows_by_hour[hour] !== sumOf(own, 'rows_written')
  }).map((hour) => `hour ${hour}: ${rows_by_hour[hour] ?? 'missing'}`)
  const strange = seen.filter((hour) => !HOURS.includes(hour)).map((hour) => `a key ${JSON.stringify(hour)}`)
  return checkAll(
    'manifest.rows_by_hour',
    'each hour has the rows of its sources',
    [...problems, ...strange],
    '24 hours',
    'the 24 keys "00" to "23", each with what its sources wrote',
  )
}

function checkHours(manifest: Manifest): Check {
  const found = new Set(manifest.sources.map(({ hour }) => hour))
  const silent = manifest.uploads?.silent_hours ?? []
  const missing = HOURS.filter((hour) => !found.has(hour) && !silent.includes(hour))
  const ratio = found.size / 24
  const problems = [
    ...(manifest.hours_found === found.size ? [] : [`hours_found ${manifest.hours_found}`]),
    ...(manifest.missing_hours.join() === missing.join() ? [] : [`missing_hours [${manifest.missing_hours.join()}]`]),
    ...(manifest.coverage_ratio === ratio ? [] : [`coverage_ratio ${manifest.coverage_ratio}`]),
    ...(manifest.is_partial === missing.length > 0 ? [] : [`is_partial ${manifest.is_partial}`]),
  ]
  const absent = missing.length === 0 ? 'none missing' : `missing ${missing.join()}`
  const wanted = `hours_found ${found.size}, ${absent}, coverage_ratio ${ratio}, is_partial ${missing.length > 0}`
  return checkAll('manifest.hours', 'the hours are those of the sources', problems, wanted, wanted)
}

function checkGuards(manifest: Manifest): Check {
  const { guards, hours_found, min_hours_threshold, created_ts_utc, date_utc, uploads } = manifest
  const dayIsOver = created_ts_utc.slice(0, 10) > date_utc
  const hours = hours_found + (uploads?.silent_hours.length ?? 0)
  const problems = [
    ...(guards.hours === 'passed' && hours < min_hours_threshold
      ? [`the hours guard passed with ${hours} of ${min_hours_threshold} hours`]
      : []),
    ...(guards.today === 'passed' && !dayIsOver ? [`the today guard passed at ${created_ts_utc}`] : []),
  ]
  return checkAll(
    'manifest.guards',
    'the guards say what they saw',
    problems,
    `today ${guards.today}, hours ${guards.hours} (${hours} of at least ${min_hours_threshold})`,
    'a passed guard for a day that was over and had its hours, overridden otherwise',
  )
}

function checkComplete({ guards, is_partial, missing_hours, uploads }: Manifest): Check {
  const problems = [
    ...(is_partial ? [`${24 - missing_hours.length} of 24 hours, missing ${missing_hours.join()}`] : []),
    ...(guards.today === 'overridden' ? ['the today guard was overridden'] : []),
    ...(guards.hours === 'overridden' ? ['the hours guard was overridden'] : []),
    ...(uploads?.rule === 'overridden' && guards.hours === 'passed' ? ['the uploads guard was overridden'] : []),
  ]
  return check({
    id: 'manifest.complete',
    title: 'the day was complete when it was sealed',
    holds: problems.length === 0,
    seen: problems.length === 0 ? 'no hour missing, no guard overridden' : some(problems),
    wanted: 'no hour missing, no guard overridden',
    level: 'warn',
  })
}

function checkEmpty({ sources }: Manifest): Check {
  const empty = emptySources(sources)
  return check({
    id: 'manifest.empty',
    title: 'every source has a line',
    holds: empty.length === 0,
    seen: empty.length === 0 ? many(sources.length, 'source') : some(empty.map(emptySourceText)),
    wanted: 'sources that are not blank, and not of 0 bytes',
    level: 'warn',
  })
}

function checkEventTime({ event_time, min_added_ts, max_added_ts, row_count }: Manifest): Check {
  const added = event_time?.column === 'meta.added_ts' ? [event_time.min, event_time.max] : [null, null]
  const { min = null, max = null, unparsed = 0 } = event_time ?? {}
  const problems = [
    ...(min !== null && max !== null && min > max ? [`min ${min} after max ${max}`] : []),
    ...((min === null) === (max === null) ? [] : ['only one of min and max']),
    ...(unparsed > row_count ? [`${unparsed} rows unparsed of ${row_count}`] : []),
    ...(min_added_ts === added[0] && max_added_ts === added[1] ? [] : [`added_ts ${min_added_ts} to ${max_added_ts}`]),
  ]
  return checkAll(
    'manifest.event_time',
    'the event times are in order',
    problems,
    event_time === null ? 'no event time' : `${event_time.column}: ${min} to ${max}`,
    'min ≤ max, and min_added_ts and max_added_ts the same where the column is meta.added_ts, null otherwise',
  )
}

function sumOf(
  sources: readonly SourceAccount[],
  member: 'lines_read' | 'blank' | 'rows_written' | 'rows_quarantined',
) {
  return sources.reduce((sum, source) => sum + source[member], 0)
}
