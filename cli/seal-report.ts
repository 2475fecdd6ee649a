import { hourRanges } from '../lib/archive/hour-ranges.ts'
import { emptySources, emptySourceText } from '../lib/seal/empty-hours.ts'
import type { Manifest } from '../lib/seal/manifest.ts'
import type { SealOutcome } from '../lib/seal/outcome.ts'
import { type Shrunk, shrunkText } from '../lib/seal/shrunk.ts'
import type { UploadsRefusal } from '../lib/seal/uploads-guard.ts'
import { uploadsText } from '../lib/seal/uploads-text.ts'
import { bytes, counted } from './amounts.ts'
import type { Result } from './context.ts'
import { type Line, line, styled } from './line.ts'

/** What a seal came to, for `--json`. */
export function sealJson(outcome: SealOutcome): Result['json'] {
  switch (outcome.kind) {
    case 'sealed':
      return {
        outcome: 'sealed',
        generation: outcome.generation,
        manifest_key: outcome.manifestKey,
        converted_hours: outcome.converted,
        folded_columns: outcome.folded,
        unexpected_keys: outcome.unexpected,
        manifest: outcome.manifest,
      }
    case 'already-sealed':
      return {
        outcome: 'already-sealed',
        generation: outcome.generation,
        configuration_changed: outcome.configurationChanged,
        unexpected_keys: outcome.unexpected,
        manifest: outcome.manifest,
      }
    case 'dry-run':
      return {
        outcome: 'dry-run',
        would_be: outcome.wouldBe,
        unexpected_keys: outcome.unexpected,
        manifest: outcome.manifest,
      }
    case 'refused':
      return {
        outcome: 'refused',
        guard: outcome.guard,
        hours_found: outcome.found,
        hours_wanted: outcome.wanted,
        missing_hours: outcome.missing,
        empty_sources: outcome.empty,
        ...(outcome.guard === 'uploads' ? { uploads: uploadsJson(outcome.uploads) } : {}),
        ...(outcome.guard === 'removal' ? { shrunk: outcome.shrunk } : {}),
      }
  }
}

function uploadsJson(refusal: UploadsRefusal) {
  if (refusal.kind === 'in-flight') return { rule: 'in-flight', in_flight: refusal.count, first: refusal.first }
  if (refusal.kind === 'held')
    return { rule: 'held', held: refusal.count, first: refusal.first, reason: refusal.reason }
  const { since, until } = refusal
  return { rule: 'not-quiet', quiet_since_utc: since.toISOString(), try_again_utc: until.toISOString() }
}

type Sealed = SealOutcome & { readonly kind: 'sealed' | 'already-sealed' }

const CONFIGURATION_CHANGED = 'the configuration has changed since: --force seals the day with it'

/** What a seal came to, for people: a line for the day and one for each thing worth a look. `out`: its location. */
export function sealLines(about: string, out: string, outcome: Sealed): readonly Line[] {
  const { manifest } = outcome
  const name = styled('bold', about)
  const { generation } = outcome
  return [
    outcome.kind === 'sealed'
      ? line`${name}  ${styled('green', 'sealed')} as generation ${generation}: ${amounts(manifest)}`
      : line`${name}  already sealed: nothing changed since generation ${generation}: ${amounts(manifest)}`,
    ...(outcome.kind === 'sealed' ? newFiles(out, outcome.manifestKey, outcome.converted, manifest) : []),
    ...notes(outcome).map((note) => line`  ${styled('yellow', note)}`),
  ]
}

/** Why a seal was refused and what to do, as one message. */
export function refusal(outcome: SealOutcome & { kind: 'refused' }): string {
  if (outcome.guard === 'today') {
    return 'not sealed (today guard): the UTC day is not over; seal it tomorrow, or override with --allow-incomplete'
  }
  if (outcome.guard === 'uploads') return uploadsMessage(outcome.uploads)
  if (outcome.guard === 'removal') return removalMessage(outcome.shrunk)
  const found = `the archive has ${outcome.found} of 24 hours, and ${outcome.wanted} are wanted`
  const accept = outcome.found > 0 ? `accept them with --min-hours ${outcome.found}` : 'check --archive and --layout'
  const empty = outcome.empty.length > 0 ? `, without a line: ${listed(outcome.empty)}` : ''
  const missing = `missing: ${hourRanges(outcome.missing)}${empty}`
  return `not sealed (24-hour guard): ${found}; ${missing}; wait for the rest, or ${accept}`
}

function removalMessage(shrunk: readonly Shrunk[]): string {
  const what = `fewer events than the generation before, of ${shrunkText(shrunk)}`
  return `not sealed (removal guard): ${what}; bring them back, or seal without them with --allow-removal`
}

const NEXT: Readonly<Record<UploadsRefusal['kind'], string>> = {
  'in-flight': 'run `dayseal partition`',
  held: 'mend it, or run `dayseal partition FILE` with --replace or --keep',
  'not-quiet': 'try again then',
}

function uploadsMessage(refusal: UploadsRefusal): string {
  const why = `not sealed (uploads guard): ${uploadsText(refusal)}`
  const next = NEXT[refusal.kind]
  return `${why}; ${next}, or override with --allow-incomplete`
}

function amounts(manifest: Manifest): string {
  const size = manifest.parquet_size_bytes === null ? 'no data file' : bytes(manifest.parquet_size_bytes)
  return `${counted(manifest.row_count, 'row')}, ${size}, ${manifest.hours_found} of 24 hours`
}

function newFiles(out: string, manifestKey: string, converted: readonly string[], manifest: Manifest): string[] {
  return [
    `  manifest  ${out}/${manifestKey}`,
    ...(manifest.data_key === null ? [] : [`  data      ${out}/daily/${manifest.date_utc}/data.parquet`]),
    `  converted ${converted.length === 0 ? 'no hour again' : `${counted(converted.length, 'hour')} (${hourRanges(converted)})`}`,
  ]
}

function notes(outcome: Sealed): string[] {
  const { manifest, unexpected } = outcome
  const { rows_quarantined: quarantined } = manifest.totals
  const empty = emptySources(manifest.sources)
  const folded = outcome.kind === 'sealed' ? outcome.folded : []
  const dropped = manifest.dropped_columns.map((column) => column.path)
  const renamed = manifest.renamed_columns?.map(({ path, name }) => `${path} is ${name}`) ?? []
  return [
    ...(manifest.is_partial ? [`partial: missing ${hourRanges(manifest.missing_hours)}`] : []),
    ...uploadNotes(manifest),
    ...(empty.length > 0 ? [`without a line: ${listed(empty.map(emptySourceText))}`] : []),
    ...(quarantined > 0 ? [`quarantined ${counted(quarantined, 'line')}: see quarantine/${manifest.date_utc}/`] : []),
    ...(dropped.length > 0 ? [`without a column: ${dropped.join(', ')}`] : []),
    ...(renamed.length > 0 ? [`named, because the key is empty: ${renamed.join(', ')}`] : []),
    ...(folded.length > 0 ? [`JSON text, for there would be too many columns: ${listed(folded)}`] : []),
    ...(outcome.kind === 'already-sealed' && outcome.configurationChanged ? [CONFIGURATION_CHANGED] : []),
    ...(unexpected.length > 0 ? [`ignored in the day's folder: ${unexpected.join(', ')}`] : []),
  ]
}

/** The first few. */
function listed(items: readonly string[]): string {
  const shown = items.slice(0, 5).join(', ')
  return items.length > 5 ? `${shown} and ${items.length - 5} more` : shown
}

function uploadNotes({ uploads }: Manifest): string[] {
  if (uploads === undefined) return []
  const { rule, silent_hours, in_flight } = uploads
  const ids = new Map(uploads.uploads.map(({ id, quarantined = 0 }) => [id, quarantined]))
  const quarantined = [...ids.values()].filter((lines) => lines > 0)
  const lines = quarantined.reduce((sum, one) => sum + one, 0)
  return [
    ...(silent_hours.length > 0 ? [`silent: ${hourRanges(silent_hours)}`] : []),
    ...(rule === 'overridden' && in_flight > 0 ? [`sealed without ${counted(in_flight, 'upload')} in flight`] : []),
    ...(lines > 0
      ? [
          `quarantined before, of ${counted(quarantined.length, 'upload')} with events of this day: ${counted(lines, 'line')}, see _uploads/quarantine/ in the archive`,
        ]
      : []),
  ]
}
