import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { WORKLOAD_NAMES } from './generate/workloads.ts'

const wholeNumber = z.string().transform(Number).pipe(z.int().positive())

const flags = z
  .strictObject({
    quick: z.boolean().default(false),
    json: z.boolean().default(false),
    checkout: z.boolean().default(false),
    rounds: wholeNumber.optional(),
    threads: z
      .string()
      .transform((list) => list.split(',').map(Number))
      .pipe(z.array(z.int().positive()))
      .optional(),
    workload: z.array(z.enum(WORKLOAD_NAMES)).optional(),
    scale: wholeNumber.default(1),
    seed: wholeNumber.default(1),
    cache: z.string().default(join(tmpdir(), 'dayseal-bench')),
  })
  .transform(({ quick, rounds, threads, workload, ...rest }) => ({
    ...rest,
    quick,
    rounds: rounds ?? (quick ? 1 : 5),
    threads: threads ?? (quick ? [2] : [1, 2]),
    workloads: workload ?? (quick ? (['flat', 'nested'] as const) : WORKLOAD_NAMES),
  }))

export type BenchOptions = z.infer<typeof flags>

export const USAGE = `npm run bench -- [--quick] [--json] [--checkout] [--rounds N] [--threads 1,2] [--workload NAME …] [--scale N] [--seed N] [--cache DIR]

--quick      a few megabytes and one round, for the equality alone
--json       one JSON object on stdout instead of the tables
--checkout   run the TypeScript files of this checkout, not the package that is built from them
--rounds     runs of each contender, in turn (default 5; 1 with --quick)
--threads    workers of ours, threads of DuckDB (default 1,2; 2 with --quick)
--workload   ${WORKLOAD_NAMES.join(', ')} (default all; with --quick flat and nested)
--scale      so many times the rows
--seed       of the generated rows
--cache      where generated archives are kept (default ${join(tmpdir(), 'dayseal-bench')})`

/** Throws for arguments that are not as `USAGE` says. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      checkout: { type: 'boolean' },
      rounds: { type: 'string' },
      threads: { type: 'string' },
      workload: { type: 'string', multiple: true },
      scale: { type: 'string' },
      seed: { type: 'string' },
      cache: { type: 'string' },
    },
  })
  return flags.parse(values)
}
