import { listUploads } from '../intake/ledger-listing.ts'
import { withUploads } from '../intake/slice-settings.ts'
import { datasetNamed, type Service } from './service.ts'

/** Whoever heard of an upload when it was put has begun to work on it by then. */
const PATIENCE_MS = 3_600_000

export interface InFlightOptions {
  readonly dataset: string
  /** Uploads that were put less than an hour before this are left to the events of their arrival. */
  readonly scheduled: Date
  readonly signal: AbortSignal
}

/**
 * Announces each upload that is in flight: its event may have been lost, or have come before anybody listened. Returns
 * how many there are.
 */
export async function announceInFlight(
  service: Service,
  { dataset: name, scheduled, signal }: InFlightOptions,
): Promise<number> {
  const dataset = withUploads(datasetNamed(service, name))
  const { inFlight } = await listUploads(service.openStores(dataset).archive, dataset.uploads.prefix)
  const due = inFlight.filter(({ modified }) => modified <= scheduled.getTime() - PATIENCE_MS)
  for (const { key } of due) {
    signal.throwIfAborted()
    await service.announce(name, undefined, { kind: 'Upload In Flight', key })
  }
  return due.length
}
