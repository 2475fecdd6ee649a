import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { FORMAT_NAMES } from '../../lib/export/format-options.ts'

/** The generated rows have no places. */
const MEASURED = FORMAT_NAMES.filter((name) => name !== 'geojson')

const wholeNumber = z.string().transform(Number).pipe(z.int().positive())

const flags = z
  .strictObject({
    quick: z.boolean().default(false),
    json: z.boolean().default(false),
    checkout: z.boolean().default(false),
    rounds: wholeNumber.optional(),
    format: z.array(z.enum(MEASURED)).default(MEASURED),
    scale: wholeNumber.default(1),
    seed: wholeNumber.default(1),
    cache: z.string().default(join(tmpdir(), 'dayseal-bench')),
  })
  .transform(({ quick, rounds, format, ...rest }) => ({
    ...rest,
    quick,
    rounds: rounds ?? (quick ? 1 : 5),
    formats: format,
  }))

export type ExportBenchOptions = z.infer<typeof flags>

export const USAGE = `npm run bench:export -- [--quick] [--json] [--checkout] [--rounds N] [--format NAME …] [--scale N] [--seed N] [--cache DIR]

--quick      a few megabytes and one round, for the equality alone
--json       one JSON object on stdout instead of the table
--checkout   run the TypeScript files of this checkout, not the package that is built from them
--rounds     runs of each contender, in turn (default 5; 1 with --quick)
--format     ${MEASURED.join(', ')} (default all)
--scale      so many million rows
--seed       of the generated rows
--cache      where generated archives are kept (default ${join(tmpdir(), 'dayseal-bench')})`

/** Throws for arguments that are not as `USAGE` says. */
export function parseExportOptions(args: readonly string[]): ExportBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      checkout: { type: 'boolean' },
      rounds: { type: 'string' },
      format: { type: 'string', multiple: true },
      scale: { type: 'string' },
      seed: { type: 'string' },
      cache: { type: 'string' },
    },
  })
  return flags.parse(values)
}
