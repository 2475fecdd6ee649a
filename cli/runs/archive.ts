import { tmpdir } from 'node:os'
import type { Dataset } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import { type ArchivePart, archiveDays, type WrittenArchive } from '../../lib/export/archive/archive-days.ts'
import { exportDayTo } from '../../lib/export/archive/export-day.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { checkNamed } from '../archive-check.ts'
import { archivePlace, onlyDataset } from '../archive-place.ts'
import { archiveJson, archiveLines, checkJson, checkLines } from '../archive-report.ts'
import type { ArchiveFlags } from '../commands/archive.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { adhocFlags, adhocSettings } from '../export-flags.ts'
import { showProgress } from '../progress.ts'

export async function runArchive(flags: ArchiveFlags, context: Context): Promise<Result> {
  if (flags.check !== undefined) return runCheck(flags.check, flags, context)
  if (flags.maxExpanded !== undefined) {
    throw new DaysealError('usage', '--max-expanded is given without --check', { wanted: 'both, or neither' })
  }
  if (flags.name === undefined) {
    throw new DaysealError('usage', '--name is missing', { wanted: 'a name for the archive, such as --name 2025-03' })
  }
  if (flags.sourcesOnly && (flags.sources || flags.format !== undefined)) {
    throw together(flags.sources ? '--sources' : '--format', '--sources-only')
  }
  if (flags.option.length > 0 && flags.format === undefined) {
    throw new DaysealError('usage', '--option is given without --format', { wanted: 'both, or neither' })
  }
  const parts = partsOf(flags)
  const dataset = onlyDataset(await chooseDatasets(flags, context, parts.includes('sources')), '--name')
  const { location, written } = await archive(dataset, flags.name, parts, flags, context)
  if (!flags.json) context.stdout.print(archiveLines(flags.name, location, written))
  const json = { command: 'archive', exit_code: 0, dataset: dataset.name, name: flags.name }
  return { exitCode: 0, json: { ...json, ...archiveJson(location, written) } }
}

function partsOf({ sources, sourcesOnly }: ArchiveFlags): readonly ArchivePart[] {
  if (sourcesOnly) return ['sources']
  return sources ? ['sealed', 'sources'] : ['sealed']
}

async function archive(
  dataset: Dataset,
  name: string,
  parts: readonly ArchivePart[],
  flags: ArchiveFlags,
  context: Context,
): Promise<{ readonly location: string; readonly written: WrittenArchive }> {
  const { now, signal } = context
  const out = openStore(dataset.out, { s3: dataset.s3, signal })
  const to = archivePlace(dataset, flags.destination, 'archives/', context)
  const settings = flags.format === undefined ? undefined : adhocSettings(adhocFlags.parse(flags))
  const progress = await showProgress(context, name)
  try {
    const written = await archiveDays({
      dataset,
      out,
      archive: openStore(dataset.archive.location, { s3: dataset.s3, signal }),
      exportDay: settings && exportDayTo({ dataset, out, settings, now, runId: name, scratch: tmpdir(), signal }),
      name,
      dates: daysOf(flags, now),
      parts,
      unsealed: flags.skipUnsealed ? 'skip' : 'refuse',
      existing: flags.replace ? 'replace' : 'refuse',
      to,
      now,
      signal,
      onProgress: (step) => progress.update(step),
    })
    return { written, location: to.store.location }
  } finally {
    progress.stop()
  }
}

async function runCheck(name: string, flags: ArchiveFlags, context: Context): Promise<Result> {
  const others: Readonly<Record<string, unknown>> = {
    '--name': flags.name,
    '--destination': flags.destination,
    '--format': flags.format,
    '--option': flags.option[0],
    '--sources': flags.sources || undefined,
    '--sources-only': flags.sourcesOnly || undefined,
    '--skip-unsealed': flags.skipUnsealed || undefined,
    '--replace': flags.replace || undefined,
    '--date': flags.date[0],
    '--from': flags.from,
    '--to': flags.to,
  }
  const given = Object.keys(others).find((flag) => others[flag] !== undefined)
  if (given !== undefined) throw together(given, '--check')
  const check = await checkNamed(name, flags, context)
  if (!flags.json) context.stdout.print(checkLines(name, check))
  const exitCode = check.kind === 'valid' ? 0 : 1
  return { exitCode, json: { command: 'archive', exit_code: exitCode, ...checkJson(check) } }
}

function together(flag: string, other: string): DaysealError {
  return new DaysealError('usage', `${flag} and ${other} are given`, { wanted: 'one of them' })
}
