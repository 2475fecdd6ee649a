import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

/** An event as EventBridge delivers it, as far as rules look at it. */
export interface BusEvent {
  readonly source: string
  readonly 'detail-type': string
  readonly detail: Readonly<Record<string, unknown>>
}

const putEvents = z.object({
  Entries: z.array(
    z.object({ Source: z.string(), DetailType: z.string(), Detail: z.string(), EventBusName: z.string().optional() }),
  ),
})

export interface EventBus {
  readonly url: string
  /** What was put, in order. */
  readonly events: readonly BusEvent[]
  close(): Promise<void>
}

/** EventBridge's PutEvents (JSON 1.1) on 127.0.0.1. */
export async function startEventBus(): Promise<EventBus> {
  const events: BusEvent[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const known = request.headers['x-amz-target'] === 'AWSEvents.PutEvents'
    if (known) {
      const { Entries } = putEvents.parse(JSON.parse(Buffer.concat(chunks).toString()))
      for (const { Source, DetailType, Detail } of Entries) {
        events.push({ source: Source, 'detail-type': DetailType, detail: JSON.parse(Detail) })
      }
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries: Entries.map((_, i) => ({ EventId: String(i) })) }))
    } else {
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ __type: 'UnknownOperationException' }))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    events,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * Whether a rule's pattern takes an event: exact values, `prefix`, `suffix`, `wildcard` and `anything-but`.
 * Source: EventBridge User Guide, "Creating event patterns".
 */
export function matches(pattern: unknown, event: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((condition) => fits(condition, event))
  if (typeof pattern !== 'object' || pattern === null)
    throw new Error(`not an event pattern: ${JSON.stringify(pattern)}`)
  if (typeof event !== 'object' || event === null) return false
  return Object.entries(pattern).every(([key, inner]) => matches(inner, (event as Record<string, unknown>)[key]))
}

function fits(condition: unknown, value: unknown): boolean {
  if (typeof condition !== 'object' || condition === null) return condition === value
  const [[operator, operand] = []] = Object.entries(condition)
  const text = String(value)
  switch (operator) {
    case 'prefix':
      return text.startsWith(String(operand))
    case 'suffix':
      return text.endsWith(String(operand))
    case 'wildcard':
      return new RegExp(`^${String(operand).split('*').map(escaped).join('.*')}$`, 's').test(text)
    case 'anything-but':
      return ![operand].flat().includes(value)
    default:
      throw new Error(`the local cloud does not know the pattern ${operator}`)
  }
}

function escaped(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&')
}
