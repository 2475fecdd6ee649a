import * as z from 'zod'
import { addCommonFlags, commonFlags, once, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addRemoteFlags, remoteFlags } from '../remote-flags.ts'

const verifyFlags = commonFlags.extend({
  source: z.boolean().default(false),
  report: z.string().optional(),
  sample: z.number().optional(),
  seed: z.number().optional(),
  ...remoteFlags,
})

export type VerifyFlags = z.infer<typeof verifyFlags>

export const verifyCommand: AddCommand = (program, context, onResult) => {
  const command = addCommonFlags(program.command('verify').summary('check a sealed day').description(DESCRIPTION))
  addRemoteFlags(command, 'have the deployed system verify')
    .optionsGroup('Verifying:')
    .option('--source', 'read the archive again too: every file is re-hashed, and the sampled rows are compared')
    .addOption(once('--report <FILE>', 'also write the verdict as Markdown'))
    .option('--sample <N>', 'rows that are looked at one by one (default: 1000)', wholeNumber('--sample', 0, 1_000_000))
    .option('--seed <N>', 'which rows these are (default: 1)', wholeNumber('--seed', 0, 2 ** 32 - 1))
    .action(async (raw: unknown) => {
      const { runVerify } = await import('../runs/verify.ts')
      onResult(await runVerify(verifyFlags.parse(raw), context))
    })
}

const DESCRIPTION = `Reads a sealed day back and checks it against its manifest and the dataset's rules.
Nothing is written but the report. Exit code 1 when a check fails.`
