import { type Command, Option } from 'commander'
import * as z from 'zod'
import { DaysealError } from '../lib/errors.ts'

/*
 * The options that mean the same in every command, in one place: how they are declared, and what they are once
 * parsed. A command's own options are declared beside the command.
 */

export const commonFlags = z.object({
  archive: z.string().optional(),
  out: z.string().optional(),
  endpoint: z.string().optional(),
  layout: z.string().optional(),
  dataset: z.string().optional(),
  config: z.string().optional(),
  date: z.array(z.string()).default([]),
  from: z.string().optional(),
  to: z.string().optional(),
  json: z.boolean().default(false),
  verbose: z.boolean().default(false),
})

export type CommonFlags = z.infer<typeof commonFlags>

export function addCommonFlags(command: Command): Command {
  return addPlaceFlags(command, ['archive', 'out'])
    .optionsGroup('Which days, in UTC:')
    .addOption(new Option('--date <D>', 'a day, YYYY-MM-DD; may be repeated').argParser(collect))
    .addOption(once('--from <D>', 'the first of several days'))
    .addOption(once('--to <D>', 'the last of several days (default: yesterday)'))
    .optionsGroup('What is printed:')
    .option('--json', 'print one JSON object on stdout')
    .option('--verbose', 'say more; with an error, where it happened and its causes')
}

const PLACES = {
  archive: 'where the hour files are: a directory or s3://bucket/prefix',
  out: 'where the sealed days go: a directory or s3://bucket/prefix',
} as const

/** Which data a command is about that has to do with these places. */
export function addPlaceFlags(command: Command, places: readonly (keyof typeof PLACES)[]): Command {
  command.optionsGroup('Which data:')
  for (const place of places) command.addOption(once(`--${place} <LOC>`, PLACES[place]))
  return command
    .addOption(once('--endpoint <URL>', 'where the buckets are: an S3-compatible store (default: AWS)'))
    .addOption(once('--layout <TEMPLATE>', 'how hour files are named (default: {yyyy}{MM}{dd}/{HH}.jsonl.gz)'))
    .addOption(once('--dataset <NAME>', 'the dataset of the configuration (default: all of them)'))
    .addOption(
      once('--config <FILE>', 'the configuration (default: dayseal.config.ts, .mts, .js, .mjs or .json, if there)'),
    )
}

/** An option that may be given once: a second one is a mistake, not a silent replacement. */
export function once(flags: string, description: string): Option {
  const name = flags.split(' ')[0]!
  return new Option(flags, description).argParser((value: string, previous: string | undefined) => {
    if (previous !== undefined) {
      throw new DaysealError('usage', `${name} is given twice`, { seen: `${previous} and ${value}`, wanted: 'it once' })
    }
    if (value === '') throw new DaysealError('usage', `${name} is empty`, { wanted: 'a value' })
    return value
  })
}

/** An option that may be repeated: its values in order. */
export function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value]
}

/** A parser for `--workers 4` and its like. */
export function wholeNumber(name: string, min: number, max: number) {
  return (value: string): number => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (number >= min && number <= max) return number
    throw new DaysealError('usage', `${name} is wrong`, { seen: value, wanted: `a whole number from ${min} to ${max}` })
  }
}

/** A parser for shares: `0.05`, or `5%`. */
export function share(name: string) {
  return (value: string): number => {
    const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(value)
    const number = match === null ? Number.NaN : Number(match[1]) / (match[2] === '%' ? 100 : 1)
    if (number <= 1) return number
    throw new DaysealError('usage', `${name} is wrong`, { seen: value, wanted: 'a share from 0 to 1, or a percentage' })
  }
}
