import * as z from 'zod'
import { addCommonFlags, commonFlags, once } from '../flags.ts'
import type { AddCommand } from '../program.ts'

const offloadFlags = commonFlags.extend({
  olderThan: z.string().optional(),
  deleteSource: z.boolean().default(false),
  yes: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  destination: z.string().optional(),
})

export type OffloadFlags = z.infer<typeof offloadFlags>

export const offloadCommand: AddCommand = (program, context, onResult) => {
  addCommonFlags(program.command('offload').summary('put old source files into zips').description(DESCRIPTION))
    .optionsGroup('Offloading:')
    .addOption(once('--older-than <AGE>', 'days that ended so long ago, or longer: 30d, 4w'))
    .option('--delete-source', 'delete the source files that the zips hold, once these have been read back')
    .option('--yes', 'with --delete-source: really do it; without it, only what would be deleted is said')
    .option('--dry-run', 'write and delete nothing, and say what would be')
    .addOption(
      once('--destination <LOC>', 'put the zips there: a directory or s3://bucket/prefix (default: offloads/)'),
    )
    .action(async (raw: unknown) => {
      const { runOffload } = await import('../runs/offload.ts')
      onResult(await runOffload(offloadFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Puts the source files of old sealed days into zips, one BagIt bag per day.
Each day is verified against its sources first; one that does not verify is left alone. Source files are deleted only
with --delete-source --yes, and only those that a zip, read back, holds with the SHA-256 of the seal.`
