/** A message as SQS hands it to Lambda. */
export interface QueueRecord {
  readonly messageId: string
  readonly body: string
  readonly attributes: { readonly ApproximateReceiveCount: string }
  readonly eventSource: 'aws:sqs'
}

export interface QueueSettings {
  readonly batchSize: number
  /** How often a message is received before it goes to the dead letters. */
  readonly maxReceives: number
}

export interface Queue {
  readonly deadLetters: readonly string[]
  send(body: string): void
  /**
   * Gives all messages to `consume`, batch by batch, those that it reports as failed again, until none is left: done, or
   * among the dead letters. `consume` returns the ids of the messages that failed; when it throws, the whole batch did.
   */
  drain(consume: (records: readonly QueueRecord[]) => Promise<readonly string[]>): Promise<void>
}

/** A queue with its redrive policy. Messages that failed are visible again at once. */
export function createQueue({ batchSize, maxReceives }: QueueSettings): Queue {
  const waiting: { readonly id: string; readonly body: string; receives: number }[] = []
  const deadLetters: string[] = []
  let sent = 0
  return {
    deadLetters,
    send(body) {
      waiting.push({ id: `message-${++sent}`, body, receives: 0 })
    },
    async drain(consume) {
      while (waiting.length > 0) {
        const batch = waiting.splice(0, batchSize)
        for (const message of batch) message.receives++
        const failed = await consume(batch.map(recordOf)).catch(() => batch.map(({ id }) => id))
        for (const message of batch.filter(({ id }) => failed.includes(id))) {
          if (message.receives < maxReceives) waiting.push(message)
          else deadLetters.push(message.body)
        }
      }
    },
  }
}

function recordOf({ id, body, receives }: { id: string; body: string; receives: number }): QueueRecord {
  return {
    messageId: id,
    body,
    attributes: { ApproximateReceiveCount: String(receives) },
    eventSource: 'aws:sqs',
  }
}
