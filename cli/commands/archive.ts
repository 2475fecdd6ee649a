import * as z from 'zod'
import { FORMAT_NAMES } from '../../lib/export/format-options.ts'
import { addCommonFlags, collect, commonFlags, once, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'

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

export type ArchiveFlags = z.infer<typeof archiveFlags>

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
    .action(async (raw: unknown) => {
      const { runArchive } = await import('../runs/archive.ts')
      onResult(await runArchive(archiveFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Puts sealed days into one zip, a BagIt bag: data, manifests, ledgers, quarantine, and what else is asked for.
The zip is read back and every checksum compared. Unpacked, it can be verified by itself, and by any BagIt tool.`
