import { type Command, Option } from 'commander'
import * as z from 'zod'
import { DaysealError } from '../lib/errors.ts'
import { FORMATS, type FormatName } from '../lib/export/format-options.ts'
import { formatNamed } from '../lib/export/formats.ts'
import { parseExport } from '../lib/export/parse-settings.ts'
import type { ExportSettings } from '../lib/export/settings.ts'
import { collect, once, wholeNumber } from './flags.ts'
import { TIME_FORM_NAMES, timeFormOf } from './time-flags.ts'

/*
 * The options that say what an export without a name is, and what they mean as settings.
 */

export const adhocFlags = z.object({
  format: z.string().optional(),
  option: z.array(z.string()).default([]),
  columns: z.string().optional(),
  exclude: z.string().optional(),
  rename: z.array(z.string()).default([]),
  where: z.array(z.string()).default([]),
  since: z.string().optional(),
  until: z.string().optional(),
  timeColumn: z.string().optional(),
  timeForm: z.string().optional(),
  timeOffset: z.string().optional(),
  limit: z.number().optional(),
  compress: z.string().optional(),
  encryptTo: z.array(z.string()).default([]),
  fileName: z.string().optional(),
  latest: z.boolean().default(false),
})
export type AdhocFlags = z.infer<typeof adhocFlags>

export function addAdhocFlags(command: Command): Command {
  return command
    .optionsGroup('What is exported, without a NAME:')
    .addOption(once('--format <LIST>', `comma-separated: ${Object.keys(FORMATS).join(', ')}`))
    .addOption(
      new Option('--option <FORMAT.KEY=VALUE>', 'an option of a format, such as csv.delimiter=;').argParser(collect),
    )
    .addOption(once('--columns <LIST>', 'these columns, in this order (dotted paths, comma-separated)'))
    .addOption(once('--exclude <LIST>', 'not these columns'))
    .addOption(new Option('--rename <OLD=NEW>', 'gives a column another name').argParser(collect))
    .addOption(
      new Option('--where <COLUMN=VALUES>', 'rows with one of the values, such as level=error,warn').argParser(collect),
    )
    .addOption(once('--since <TIME>', 'rows from this time on: RFC 3339, a date, or a number since 1970'))
    .addOption(once('--until <TIME>', 'rows before this time'))
    .addOption(once('--time-column <COLUMN>', "the column of --since and --until (default: the dataset's eventTime)"))
    .addOption(once('--time-form <F>', `how its times are written: ${TIME_FORM_NAMES} (default: auto)`))
    .addOption(once('--time-offset <O>', 'the offset of times written by a pattern: +01:00 (default: Z)'))
    .option('--limit <N>', 'at most so many rows', wholeNumber('--limit', 1, Number.MAX_SAFE_INTEGER))
    .addOption(
      once('--compress <CODEC[:LEVEL]>', 'gzip, zstd or brotli, for formats that are not compressed themselves'),
    )
    .addOption(new Option('--encrypt-to <RECIPIENT>', 'encrypts to an age recipient (age1…)').argParser(collect))
    .addOption(once('--file-name <TEMPLATE>', 'without its extension (default: {name}_{yyyy}{MM}{dd}_{HH}{mm}{ss})'))
    .option('--latest', 'also keep latest.EXTENSION beside the files')
}

/** The flags of `AdhocFlags` that were given, as they are written. */
export function givenAdhocFlags(flags: AdhocFlags): readonly string[] {
  return Object.entries(flags)
    .filter(([, value]) => value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`)
}

/** The settings of an export without a name. Throws `usage`. */
export function adhocSettings(flags: AdhocFlags): ExportSettings {
  const { since, until, timeColumn } = flags
  const form = timeFormOf(flags)
  const hasTime = [since, until, timeColumn, form].some((given) => given !== undefined)
  const settings = {
    formats: formatsOf(flags),
    columns: flags.columns === undefined ? undefined : listOf(flags.columns),
    exclude: flags.exclude === undefined ? [] : listOf(flags.exclude),
    rename: Object.fromEntries(flags.rename.map((text) => pairOf('--rename', text, 'OLD=NEW'))),
    where: whereOf(flags.where),
    ...(hasTime ? { time: { column: timeColumn, form, from: since, to: until } } : {}),
    limit: flags.limit,
    ...(flags.compress === undefined ? {} : { compression: compressionOf(flags.compress) }),
    encryptTo: flags.encryptTo,
    ...(flags.fileName === undefined ? {} : { fileName: flags.fileName }),
    latest: flags.latest,
  }
  return parseExport(settings, 'the export on the command line')
}

function formatsOf({ format, option }: AdhocFlags): Record<string, unknown>[] {
  if (format === undefined) {
    throw new DaysealError('usage', 'neither a NAME nor --format is given', {
      wanted: `the name of an export of the configuration, or --format with ${Object.keys(FORMATS).join(', ')}`,
    })
  }
  const names = [...new Set(listOf(format).map(formatNamed))]
  const options = option.map((text) => formatOption(text, names))
  return names.map((name) => ({
    format: name,
    ...Object.fromEntries(options.filter((one) => one.format === name).map(({ key, value }) => [key, value])),
  }))
}

/** `csv.delimiter=;`. What is JSON (true, 5, ["a"]) is taken as such, anything else as text. */
function formatOption(text: string, names: readonly FormatName[]) {
  const [path, value] = pairOf('--option', text, 'FORMAT.KEY=VALUE')
  const dot = path.indexOf('.')
  const format = formatNamed(dot < 0 ? path : path.slice(0, dot))
  if (dot < 0 || !names.includes(format)) {
    throw new DaysealError('usage', `--option ${text} is of no format that is exported`, {
      wanted: `FORMAT.KEY=VALUE, of ${names.join(', ')}`,
    })
  }
  return { format, key: path.slice(dot + 1), value: jsonOrText(value) }
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function whereOf(texts: readonly string[]): Record<string, string[]> {
  const where = new Map<string, string[]>()
  for (const text of texts) {
    const [column, values] = pairOf('--where', text, 'COLUMN=VALUE[,VALUE]')
    where.set(column, [...(where.get(column) ?? []), ...listOf(values)])
  }
  return Object.fromEntries(where)
}

function compressionOf(text: string): unknown {
  const [codec, level] = text.split(':')
  return level === undefined ? codec : { codec, level: Number(level) }
}

/** Values between commas; `\\,` is a comma in a value. */
function listOf(text: string): string[] {
  return text.split(/(?<!\\),/).map((value) => value.replaceAll('\\,', ','))
}

function pairOf(flag: string, text: string, wanted: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new DaysealError('usage', `${flag} is wrong`, { seen: text, wanted })
}
