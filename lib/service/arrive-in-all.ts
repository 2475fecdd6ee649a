import type { ArchiveHour } from './archive-objects.ts'
import { type ArrivalOutcome, type ArrivedObject, arrive } from './arrive.ts'
import { eachInTurn } from './each-in-turn.ts'
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
  await eachInTurn(places, signal, async (place) => onArrived(place, await arrive(service, place, object, signal)))
}
