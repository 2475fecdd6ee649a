import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { DaysealError } from '../lib/errors.ts'
import type { Announce } from '../lib/service/announcement.ts'

const client = new EventBridgeClient({})

/** Announces on an EventBridge bus, as events of the source `dayseal`. */
export function announceOn(bus: string): Announce {
  return async (dataset, date, { kind, ...facts }) => {
    const Detail = JSON.stringify({ dataset, date, ...facts })
    const entry = { EventBusName: bus, Source: 'dayseal', DetailType: kind, Detail }
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }))
    const failed = Entries.find(({ ErrorCode }) => ErrorCode !== undefined)
    if (failed === undefined) return
    throw new DaysealError('storage', `"${kind}" of ${date} could not be announced on ${bus}`, {
      seen: `${failed.ErrorCode}: ${failed.ErrorMessage}`,
    })
  }
}
