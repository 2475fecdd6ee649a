import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { DaysealError } from '../lib/errors.ts'
import type { Announce } from '../lib/service/announcement.ts'

/** The most that a call may wait for a connection, and then for its answer, before it is tried again. */
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true }

const client = new EventBridgeClient({ requestHandler: TIMEOUTS })

/** Announces on an EventBridge bus, as events of the source `dayseal`. Throws `storage`, so that a step is tried again. */
export function announceOn(bus: string): Announce {
  return async (dataset, date, { kind, ...facts }) => {
    const Detail = JSON.stringify({ dataset, date, ...facts })
    const refused = await put({ EventBusName: bus, Source: 'dayseal', DetailType: kind, Detail })
    if (refused === undefined) return
    throw new DaysealError('storage', `"${kind}" of ${date ?? dataset} could not be announced on ${bus}`, {
      seen: refused,
    })
  }
}

/** What came in the way; undefined when the event is on its way. An error's message may repeat what was signed. */
async function put(entry: PutEventsRequestEntry): Promise<string | undefined> {
  try {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }))
    const failed = Entries.find(({ ErrorCode }) => ErrorCode !== undefined)
    return failed === undefined ? undefined : `${failed.ErrorCode}: ${failed.ErrorMessage}`
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
