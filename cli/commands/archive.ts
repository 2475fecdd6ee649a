import { tmpdir } from 'node:os'
import * as z from 'zod'
import type { Dataset } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import { type ArchivePart, archiveDays, type WrittenArchive } from '../../lib/export/archive/archive-days.ts'
import { exportDayTo } from '../../lib/export/archive/export-day.ts'
import { FORMAT_NAMES } from '../../lib/export/format-options.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { checkNamed } from '../archive-check.ts'
import { archivePlace, onlyDataset } from '../archive-place.ts'
import { archiveJson, archiveLines, checkJson, checkLines } from '../archive-report.ts'
import type { Context, Result } from '../context.ts'
import { chooseDatasets } from '../dataset-choice.ts'
import { daysOf } from '../day-list.ts'
import { adhocFlags, adhocSettings } from '../export-flags.ts'
import { addCommonFlags, collect, commonFlags, once, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { showProgress } from '../progress.ts'

const archiveFlags = commonFlags.extend({
  name: z.string().optional(),
  destination: z.string().optional(),
  format: z.string().optional(),
  option: z.array(z.string()).default([]),
  sources: z.boolean().default(false),
  sourcesOnly: z.boolean().default(false),
  skipUnsealed: z.boolean().default(false),
  replace: z.boolean().default(false),
  check: z.string().optional(),
  maxExpanded: z.number().optional(),
})

type ArchiveFlags = z.infer<typeof archiveFlags>

export const archiveCommand: AddCommand = (program, context, onResult) => {
  addCommonFlags(program.command('archive').summary('put sealed days into one zip').description(DESCRIPTION))
    .optionsGroup('Archiving:')
    .addOption(once('--name <N>', "the archive's name: it is written to archives/N.zip under the output"))
    .addOption(once('--destination <LOC>', 'put the zip there: a directory or s3://bucket/prefix'))
    .addOption(once('--format <LIST>', `also each day as other files, comma-separated: ${FORMAT_NAMES.join(', ')}`))
    .option('--option <FORMAT.KEY=VALUE>', 'an option of a format, such as csv.delimiter=;', collect)
    .option('--sources', 'also the source files of the days')
    .option('--sources-only', 'the source files and the manifests, and nothing else')
    .option('--skip-unsealed', 'leave out days that are not sealed (default: they are an error)')
    .option('--replace', 'replace an archive of that name (default: that is an error)')
    .optionsGroup('Checking:')
    .addOption(once('--check <FILE>', 'check an archive instead: a file, s3://bucket/key, or a key under the output'))
    .option(
      '--max-expanded <BYTES>',
      'with --check: the most content that is read (default: 200 times the zip)',
      wholeNumber('--max-expanded', 1, Number.MAX_SAFE_INTEGER),
    )
    .action(async (raw: unknown) => onResult(await run(archiveFlags.parse(raw), context)))
}

const DESCRIPTION = `Puts sealed days into one zip, a BagIt bag: data, manifests, ledgers, quarantine, and what else is asked for.
The zip is read back and every checksum compared. Unpacked, it can be verified by itself, and by any BagIt tool.`

async function run(flags: ArchiveFlags, context: Context): Promise<Result> {
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
  const dataset = onlyDataset(await chooseDatasets(flags, context.cwd, parts.includes('sources')), '--name')
  const { location, written } = await archive(dataset, flags.name, parts, flags, context)
  if (!flags.json) context.stdout.write(`${archiveLines(flags.name, location, written).join('\n')}\n`)
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
  const out = openStore(dataset.out, { s3: dataset.s3 })
  const to = archivePlace(dataset, flags.destination, 'archives/', context.cwd)
  const settings = flags.format === undefined ? undefined : adhocSettings(adhocFlags.parse(flags))
  const progress = showProgress(context, name)
  try {
    const written = await archiveDays({
      dataset,
      out,
      archive: openStore(dataset.archive.location, { s3: dataset.s3 }),
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
  if (!flags.json) context.stdout.write(`${checkLines(name, check, context.stdout).join('\n')}\n`)
  const exitCode = check.kind === 'valid' ? 0 : 1
  return { exitCode, json: { command: 'archive', exit_code: exitCode, ...checkJson(check) } }
}

function together(flag: string, other: string): DaysealError {
  return new DaysealError('usage', `${flag} and ${other} are given`, { wanted: 'one of them' })
}
