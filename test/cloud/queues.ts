import * as z from 'zod'
import { type BusEvent, matches } from './event-bus.ts'
import type { DeployedFunction } from './functions.ts'
import { createQueue, type Queue, type QueueRecord } from './queue.ts'
import type { Stacks } from './template.ts'

/** The queues that functions work on, and the rules of the default bus that fill them. */
export interface Queues {
  readonly deadLetters: readonly string[]
  /** Hands events to the rules, in this order. Returns how many matched. */
  deliver(events: readonly BusEvent[]): number
  /** Puts an event into the queue of that ARN; false when there is none. */
  send(arn: string, event: unknown): boolean
  /** Works on each queue until it is empty. */
  drain(): Promise<void>
}

const mappingSchema = z.object({ FunctionName: z.string(), EventSourceArn: z.string(), BatchSize: z.int() })
const ruleSchema = z.object({
  EventBusName: z.string().optional(),
  EventPattern: z.record(z.string(), z.unknown()),
  Targets: z.array(z.object({ Arn: z.string() })),
})

export function wireQueues(stacks: Stacks, functions: readonly DeployedFunction[]): Queues {
  const mappings = stacks
    .ofType('AWS::Lambda::EventSourceMapping')
    .map(({ properties }) => mappingSchema.parse(properties))
  const wired = mappings.map(({ FunctionName, EventSourceArn: arn, BatchSize: batchSize }) => {
    const lambda = functions.find((one) => one.arn.endsWith(`:${FunctionName}`))!
    return { arn, lambda, queue: queueOf(stacks, arn, batchSize) }
  })
  const rules = stacks
    .ofType('AWS::Events::Rule')
    .map(({ properties }) => ruleSchema.parse(properties))
    .filter(({ EventBusName }) => EventBusName === undefined)
  const send = (to: string, event: unknown) => {
    const found = wired.find(({ arn }) => arn === to)
    found?.queue.send(JSON.stringify(event))
    return found !== undefined
  }
  return {
    get deadLetters() {
      return wired.flatMap(({ queue }) => queue.deadLetters)
    },
    send,
    deliver(events) {
      const taken = events.filter((event) => {
        const matching = rules.filter(({ EventPattern }) => matches(EventPattern, event))
        for (const { Arn } of matching.flatMap(({ Targets }) => Targets)) {
          send(Arn, event)
        }
        return matching.length > 0
      })
      return taken.length
    },
    async drain() {
      for (const { queue, lambda } of wired) await queue.drain((records) => consume(lambda, records))
    },
  }
}

function queueOf(stacks: Stacks, arn: string, batchSize: number): Queue {
  const queue = stacks.ofType('AWS::SQS::Queue').find((one) => one.arn === arn)
  const { maxReceiveCount } = z.object({ maxReceiveCount: z.int() }).parse(queue?.properties.RedrivePolicy)
  return createQueue({ batchSize, maxReceives: maxReceiveCount })
}

const batchResponse = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) })

async function consume(lambda: DeployedFunction, Records: readonly QueueRecord[]): Promise<readonly string[]> {
  const result = await lambda.invoke({ Records })
  if (result.kind === 'failed') throw new Error(result.cause)
  return batchResponse.parse(JSON.parse(result.payload)).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)
}
