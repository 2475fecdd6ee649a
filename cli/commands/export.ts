import * as z from 'zod'
import { addAdhocFlags, adhocFlags } from '../export-flags.ts'
import { addCommonFlags, commonFlags, once } from '../flags.ts'
import type { AddCommand } from '../program.ts'

const exportFlags = commonFlags.extend({
  destination: z.string().optional(),
  full: z.boolean().default(false),
  check: z.string().optional(),
  identity: z.string().optional(),
})
export const allFlags = exportFlags.extend(adhocFlags.shape)

export type ExportFlags = z.infer<typeof allFlags>

export const exportCommand: AddCommand = (program, context, onResult) => {
  const command = program
    .command('export')
    .argument('[NAME]', 'an export of the configuration')
    .summary('write sealed days as other files')
    .description(DESCRIPTION)
  addAdhocFlags(addCommonFlags(command))
    .optionsGroup('Exporting:')
    .addOption(once('--destination <LOC>', 'put the files there: a directory or s3://bucket/prefix'))
    .option('--full', 'all days of an incremental export again')
    .addOption(once('--check <FILE>', 'read an exported file back and compare it with its .meta.json'))
    .addOption(once('--identity <KEYFILE>', 'with --check: opens an encrypted file (an age key file)'))
    .action(async (name: string | undefined, raw: unknown) => {
      const { runExport } = await import('../runs/export.ts')
      onResult(await runExport(name, allFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Writes sealed days in other formats, each file with a .meta.json that says what is in it.
A NAME is an export that the configuration declares; without one, --format says what to write: several formats take
one pass over the days, and go to exports/adhoc/.`
