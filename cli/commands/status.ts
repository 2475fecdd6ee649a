import type * as z from 'zod'
import { addCommonFlags, commonFlags } from '../flags.ts'
import type { AddCommand } from '../program.ts'
import { addRemoteFlags, remoteFlags } from '../remote-flags.ts'

const statusFlags = commonFlags.extend(remoteFlags)

export type StatusFlags = z.infer<typeof statusFlags>

export const statusCommand: AddCommand = (program, context, onResult) => {
  const command = program.command('status').summary('show the state of every day').description(DESCRIPTION)
  addRemoteFlags(addCommonFlags(command), "show what the deployed system's catalog knows, and its last runs").action(
    async (raw: unknown) => {
      const { runStatus } = await import('../runs/status.ts')
      onResult(await runStatus(statusFlags.parse(raw), context))
    },
  )
}

const DESCRIPTION = `Lists the days of the archive and of what was sealed, with the state of each:
  sealed    complete, and the archive looks as it did then
  partial   the same, sealed with hours missing
  stale     sealed, but the archive has new or maybe changed files; "dayseal seal" finds out
  damaged   sealed, but its manifest cannot be read
  unsealed  ready to be sealed
  open      not over yet, with fewer hours than wanted, or with uploads that may still come
  missing   nothing in the archive and no seal, between days that have them
Without --date, --from or --to: all days. Only listings and manifests are read; "dayseal verify" reads the data.
Of a dataset with uploads, whatever the days: how many are in flight (put there and not partitioned yet), how many were
refused, and what was quarantined of the others, for which the ledgers of uploads with a quarantine are read.
With --remote the catalog's days: open, sealing, sealed, stale, incomplete or failed; and the last runs.`
