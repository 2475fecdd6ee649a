import * as z from 'zod'
import { addCommonFlags, commonFlags, wholeNumber } from '../flags.ts'
import type { AddCommand } from '../program.ts'

const listFlags = commonFlags.extend({ limit: z.number().default(20) })
export type ListFlags = z.infer<typeof listFlags>
export type DueFlags = z.infer<typeof commonFlags>

export const exportsCommand: AddCommand = (program, context, onResult) => {
  const command = program.command('exports').summary('list exports, or run those that are due').description(DESCRIPTION)
  addCommonFlags(
    command.command('list').argument('[NAME]', 'only this export').summary('the last runs and their files'),
  )
    .option('--limit <N>', 'how many runs and files (default: 20)', wholeNumber('--limit', 1, 1000))
    .action(async (name: string | undefined, raw: unknown) => {
      const { list } = await import('../runs/exports.ts')
      onResult(await list(name, listFlags.parse(raw), context))
    })
  addCommonFlags(command.command('run-due').summary('run every export that is due by its schedule')).action(
    async (raw: unknown) => {
      const { runDue } = await import('../runs/exports.ts')
      onResult(await runDue(commonFlags.parse(raw), context))
    },
  )
}

const DESCRIPTION = `Exports of the configuration may have a schedule: five fields of cron, or everyHours.
"run-due" runs those that have not ended well since they were last due: call it from cron, every
few minutes or once an hour.`
