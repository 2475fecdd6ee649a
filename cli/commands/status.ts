import * as z from 'zod'
import { addCommonFlags, commonFlags, once } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addRemoteFlags, remoteFlags } from '../remote-flags.ts'

const statusFlags = commonFlags.extend({ ...remoteFlags, failOn: z.string().optional() })

export type StatusFlags = z.infer<typeof statusFlags>

export const statusCommand: AddCommand = (program, context, onResult) => {
  const command = program.command('status').summary('show the state of every day').description(DESCRIPTION)
  addCommonFlags(command).addOption(once('--fail-on <STATE,…>', 'exit with 3 when a day is in one of these states'))
  addRemoteFlags(command, "show what the deployed system's catalog knows, and its last runs").action(
    async (raw: unknown) => {
      const { runStatus } = await import('../runs/status.ts')
      onResult(await runStatus(statusFlags.parse(raw), context))
    },
  )
}

const DESCRIPTION = `Lists the days of the archive and of what was sealed, with the state of each. Sealed days:
  sealed      complete, and the archive looks as it did then
  partial     the same, sealed with hours missing
  stale       the archive has new or maybe changed files; "dayseal seal" finds out, and remembers files that are the same
  damaged     its manifest cannot be read
Days that are over in UTC, and not sealed:
  unsealed    ready to be sealed
  waiting     with enough hours, but more uploads may come
  incomplete  with fewer hours than wanted
  missing     nothing in the archive, between days of which it has something
And open: not over, and not sealed. The hours that are missing are named.
Without --date, --from or --to: all days. Only listings, manifests and some ledgers are read; "dayseal verify" reads the data.
For cron: --fail-on missing,stale,partial exits with 3 and names the days on stderr when there are such; "missing" is
"incomplete" too. A day after the last one that is known is looked for where --date or --to names it.
Of a dataset with uploads, whatever the days: how many are in flight (put there and not partitioned yet), how many were
refused, and what was quarantined of the others, for which the ledgers of uploads with a quarantine are read.
With --remote the catalog's days: open, sealing, sealed, stale, incomplete or failed; and the last runs.`
