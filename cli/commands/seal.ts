import * as z from 'zod'
import { addCommonFlags, commonFlags, once, share, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addRemoteFlags, remoteFlags } from '../remote-flags.ts'

const sealFlags = commonFlags.extend({
  allowIncomplete: z.boolean().default(false),
  minHours: z.number().optional(),
  dryRun: z.boolean().default(false),
  force: z.boolean().default(false),
  workers: z.number().optional(),
  maxQuarantine: z.number().optional(),
  allowRemoval: z.boolean().default(false),
  upload: z.string().optional(),
  ...remoteFlags,
  wait: z.boolean().default(true),
})

export type SealFlags = z.infer<typeof sealFlags>

export const sealCommand: AddCommand = (program, context, onResult) => {
  const command = addCommonFlags(program.command('seal').summary('seal a day').description(DESCRIPTION))
  addRemoteFlags(command, 'have the deployed system seal, and show how far it comes')
    .option('--no-wait', 'with --remote: return once it has begun')
    .optionsGroup('Sealing:')
    .option('--min-hours <N>', 'accept a day with at least N of its 24 hours', wholeNumber('--min-hours', 1, 24))
    .option('--allow-incomplete', 'override both guards: seal whatever is there, even of a day that is not over')
    .option('--allow-removal', 'let a new generation have fewer sources, or fewer events of one, than the one before')
    .option(
      '--max-quarantine <SHARE>',
      "most of an hour's lines that may be quarantined: 0.05 or 5%",
      share('--max-quarantine'),
    )
    .option('--force', 'make a new generation even when nothing changed')
    .addOption(once('--upload <LOC>', 'then put the sealed day at LOC too: a directory or s3://bucket/prefix'))
    .option('--dry-run', 'do the work in a temporary place, commit nothing, print the manifest')
    .option('--workers <N>', 'threads that convert hours (default: one per core)', wholeNumber('--workers', 1, 256))
    .action(async (raw: unknown) => {
      const { runSeal } = await import('../runs/seal.ts')
      onResult(await runSeal(sealFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Converts the hours of a day and joins them into one sealed Parquet file with its manifest.
A day that is sealed and unchanged is left as it is. Exports that follow each seal are run.
With --remote each day is an execution of SealDay, a range (--from, --to) one of Backfill.`
