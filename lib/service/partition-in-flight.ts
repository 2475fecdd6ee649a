import { finishVersions } from '../intake/finish-versions.ts'
import { listUploads } from '../intake/ledger-listing.ts'
import { withUploads } from '../intake/slice-settings.ts'
import { LEDGERS } from '../intake/upload-keys.ts'
import { eachInTurn } from './each-in-turn.ts'
import { type ArrivedUploadOutcome, type PartitionArrivedOptions, partitionArrived } from './partition-arrived.ts'
import { datasetNamed, type Service } from './service.ts'

/** Whoever heard of an upload when it was put is done with it by then, or has given up for now. */
const PATIENCE_MS = 3_600_000

export interface PartitionInFlightOptions extends PartitionArrivedOptions {
  readonly dataset: string
  /** Uploads that were put less than an hour before this are left to the events of their arrival. */
  readonly scheduled: Date
  readonly onPartitioned: (key: string, outcome: ArrivedUploadOutcome) => void
}

/**
 * Partitions what is in flight of a dataset, as if it arrived now: uploads whose event was lost, or came before anybody
 * listened. What stopped runs left of others is finished.
 * @throws what failed, when all have had their turn
 */
export async function partitionInFlight(
  service: Service,
  { scheduled, onPartitioned, ...options }: PartitionInFlightOptions,
): Promise<void> {
  const dataset = withUploads(datasetNamed(service, options.dataset))
  const { archive } = service.openStores(dataset)
  await finishVersions(archive, LEDGERS)
  const { inFlight } = await listUploads(archive, dataset.uploads.prefix)
  const due = inFlight.filter(({ modified }) => modified <= scheduled.getTime() - PATIENCE_MS)
  await eachInTurn(due, options.signal, async ({ key }) => {
    onPartitioned(key, await partitionArrived(service, { dataset, key }, options))
  })
}
