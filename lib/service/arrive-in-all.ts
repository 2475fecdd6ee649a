import type { ArchiveHour } from './archive-hours.ts'
import { type ArrivalOutcome, type ArrivedObject, arrive } from './arrive.ts'
import type { Service } from './service.ts'

/**
 * An object has arrived in the archive of several datasets: `arrive` for each, one after another. One that fails keeps no
 * other from its hour.
 * @throws when all are done: what failed, of several failures an AggregateError
 */
export async function arriveInAll(
  service: Service,
  places: readonly ArchiveHour[],
  object: ArrivedObject,
  signal: AbortSignal,
  onArrived: (place: ArchiveHour, outcome: ArrivalOutcome) => void,
): Promise<void> {
  const failures: unknown[] = []
  for (const place of places) {
    try {
      onArrived(place, await arrive(service, place, object, signal))
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('\n'))
  if (failures.length > 0) throw failures[0]
}
