import type { Command } from 'commander'
import * as z from 'zod'
import { DaysealError } from '../lib/errors.ts'
import { PRESETS, type UploadsInput } from '../lib/intake/settings.ts'
import { nearestHint } from '../lib/nearest-name.ts'
import { collect, once } from './flags.ts'
import { TIME_FORM_NAMES, timeFormOf } from './time-flags.ts'

/*
 * The options that say what uploads are, and what they mean as settings.
 */

const FORMATS = ['jsonl', 'json-records', 'csv', 'tsv', 'pattern', ...PRESETS] as const

export const uploadFlags = z.object({
  format: z.string().optional(),
  option: z.array(z.string()).default([]),
  timestamp: z.string().optional(),
  timeForm: z.string().optional(),
  timeOffset: z.string().optional(),
  firstDay: z.string().optional(),
  futureHours: z.number().optional(),
})
type UploadFlags = z.infer<typeof uploadFlags>

export function addUploadFlags(command: Command): Command {
  return command
    .optionsGroup('What the files are:')
    .addOption(once('--format <NAME>', `one of ${FORMATS.join(', ')}`))
    .option('--option <KEY=VALUE>', 'an option of the format, such as records=Records or delimiter=;', collect)
    .addOption(
      once(
        '--timestamp <PATH>',
        "the column of an event's time, dotted (default: that of the preset); arrival: the file's time",
      ),
    )
    .addOption(once('--time-form <F>', `${TIME_FORM_NAMES} (default: auto)`))
    .addOption(once('--time-offset <O>', 'the offset of times written by a pattern: +01:00 (default: Z)'))
    .addOption(once('--first-day <D>', 'events before this day are quarantined (default: 2020-01-01)'))
    .option(
      '--future-hours <N>',
      'events so many hours later than the file are quarantined (default: 24)',
      numberFrom0('--future-hours'),
    )
}

function numberFrom0(name: string) {
  return (value: string): number => {
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value)
    throw new DaysealError('usage', `${name} is wrong`, { seen: value, wanted: 'a number from 0 on' })
  }
}

/** What the flags say; undefined when they say nothing, and what they do not say is as `configured`. Throws `usage`. */
export function uploadsFromFlags(flags: UploadFlags, configured: UploadsInput | undefined): UploadsInput | undefined {
  const { firstDay, futureHours } = flags
  const format = formatOf(flags)
  const timestamp = timestampOf(flags, configured?.timestamp)
  const given = Object.entries({ format, timestamp, firstDay, futureHours }).filter(([, value]) => value !== undefined)
  if (given.length === 0) return undefined
  const uploads = { ...timeOf(flags.format), ...configured, ...Object.fromEntries(given) }
  if (uploads.format === undefined) throw missing('--format', FORMATS.join(', '))
  if (uploads.timestamp === undefined)
    throw missing('--timestamp', "the column of an event's time, or arrival for the time of the file")
  return { ...uploads, format: uploads.format, timestamp: uploads.timestamp }
}

/** Where the events of a preset have their time. */
function timeOf(format: string | undefined): Pick<UploadsInput, 'timestamp'> | undefined {
  const preset = PRESETS.find((one) => one === format)
  return preset && { timestamp: { path: preset === 'cloudfront' ? 'timestamp' : 'time' } }
}

function missing(flag: string, wanted: string): DaysealError {
  return new DaysealError('usage', `${flag} is missing`, { wanted })
}

function formatOf({ format, option }: UploadFlags): UploadsInput['format'] | undefined {
  if (format === undefined) {
    if (option.length === 0) return undefined
    throw new DaysealError('usage', '--option is given without --format', { wanted: 'both, or neither' })
  }
  const name = oneOf(FORMATS, format, 'format')
  const options = Object.fromEntries(option.map(pairOf))
  const preset = PRESETS.find((one) => one === name)
  // The schema of the configuration says what is wrong with an option.
  return (preset === undefined ? { format: name, ...options } : { format: 'pattern', preset, ...options }) as Exclude<
    UploadsInput['format'],
    string
  >
}

function pairOf(text: string): readonly [string, unknown] {
  const at = text.indexOf('=')
  if (at <= 0) throw new DaysealError('usage', '--option is wrong', { seen: text, wanted: 'KEY=VALUE' })
  return [text.slice(0, at), jsonOrText(text.slice(at + 1))]
}

/** What is JSON (true, ["a"], {"status":"int64"}) is taken as such, anything else as text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function timestampOf(
  { timestamp, timeForm, timeOffset }: UploadFlags,
  configured: UploadsInput['timestamp'] | undefined,
): UploadsInput['timestamp'] | undefined {
  const column = timestamp === undefined ? configured : timestamp === 'arrival' ? timestamp : { path: timestamp }
  if (timeForm === undefined && timeOffset === undefined) return column === configured ? undefined : column
  if (column === undefined || column === 'arrival') {
    throw new DaysealError('usage', `${timeForm === undefined ? '--time-offset' : '--time-form'} needs a column`, {
      wanted: '--timestamp with the column that it is the form of',
    })
  }
  return { path: column.path, form: timeFormOf({ timeForm, timeOffset }) }
}

function oneOf<T extends string>(names: readonly T[], name: string, what: string): T {
  const known = names.find((one) => one === name)
  if (known !== undefined) return known
  throw new DaysealError('usage', `there is no ${what} ${JSON.stringify(name)}`, {
    wanted: names.join(', '),
    ...nearestHint(name, names),
  })
}
