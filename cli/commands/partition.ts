import * as z from 'zod'
import { addPlaceFlags, commonFlags, once } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addUploadFlags, uploadFlags } from '../upload-flags.ts'

const partitionFlags = commonFlags.extend(uploadFlags.shape).extend({
  replace: z.boolean().default(false),
  name: z.string().optional(),
})

export type PartitionFlags = z.infer<typeof partitionFlags>

export const partitionCommand: AddCommand = (program, context, onResult) => {
  const command = program
    .command('partition')
    .argument(
      '[FILE...]',
      'files and folders, or s3://bucket/prefix (default: the uploads that are not partitioned yet)',
    )
    .summary('split uploads by day and hour into the archive')
    .description(DESCRIPTION)
  addUploadFlags(addPlaceFlags(command, ['archive']))
    .optionsGroup('Partitioning:')
    .option('--replace', 'a FILE that has another content than when it was partitioned is a new version of it')
    .addOption(once('--name <N>', 'what the one FILE is called, in the place of its path'))
    .optionsGroup('What is printed:')
    .option('--json', 'print one JSON object on stdout')
    .option('--verbose', 'with an error, where it happened and its causes')
    .action(async (files: readonly string[], raw: unknown) => {
      const { runPartition } = await import('../runs/partition.ts')
      onResult(await runPartition(files, partitionFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Splits logs of any shape by the UTC day and hour of their events into the archive, where they are sealed from.
A file is told by its content: once more, or under another name, it counts once. What cannot become an event goes into
the quarantine, with its place and the reason.`
