import * as z from 'zod'
import { addPlaceFlags, commonFlags, once, share } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addUploadFlags, uploadFlags } from '../upload-flags.ts'

const partitionFlags = commonFlags.extend(uploadFlags.shape).extend({
  replace: z.boolean().default(false),
  keep: z.boolean().default(false),
  maxQuarantine: z.number().optional(),
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
    .option('--replace', 'what a FILE was when it was partitioned before counts no more')
    .option('--keep', 'what it was counts on, beside what it is now')
    .option(
      '--max-quarantine <SHARE>',
      'most of an upload that may be no events, 0 to 1 (default: 0.05)',
      share('--max-quarantine'),
    )
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
A file is told by its content: once more, under another name or compressed, it counts once, and of one that has grown what was
added. If a file shares lines with what its name stood for before, you have to say what it is. What cannot become
an event goes into the quarantine, with its place and the reason.`
