import type { ArrivedUploadOutcome } from '../lib/service/partition-arrived.ts'
import { measure } from './observed.ts'

/** What became of an upload, for the function's log; counted when it was partitioned, refused or held. */
export function uploadAccount(dataset: string, outcome: ArrivedUploadOutcome) {
  if (outcome.kind === 'gone' || outcome.kind === 'superseded') return {}
  const { ledger } = outcome
  if (ledger.outcome === 'refused') {
    measure(dataset, { UploadsRefused: 1 })
    return { id: ledger.id, reason: ledger.reason }
  }
  if (ledger.outcome === 'held') {
    measure(dataset, { UploadsHeld: 1 })
    return { id: ledger.id, cause: ledger.cause, reason: ledger.reason }
  }
  const { read, sliced } = ledger.events
  const quarantined = read - sliced
  if (outcome.kind === 'partitioned') {
    const share = quarantined / Math.max(1, read)
    measure(dataset, {
      UploadsPartitioned: 1,
      EventsSliced: sliced,
      EventsQuarantined: quarantined,
      QuarantineShare: share,
    })
  }
  return { id: ledger.id, slices: ledger.slices.length, events: read, quarantined }
}
