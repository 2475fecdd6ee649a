import { TimeZone } from 'aws-cdk-lib'
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { ContextAttribute, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { countAlarm } from './alarm-topic.ts'
import type { DeployedDataset } from './deployed-dataset.ts'
import { count } from './metrics.ts'
import { objectCreatedRule } from './object-created-rules.ts'
import { scheduleCalls, tryAgain } from './scheduled-calls.ts'
import type { FunctionSize } from './sizes.ts'
import { DeadLetterQueue, WorkQueue } from './work-queue.ts'

/** An upload that fails this often needs a person. */
const MAX_RECEIVES = 5

/** The last time shortly before the day's end. */
const SOME_TIMES_A_DAY = { minute: '40', hour: '5,11,17,23' }

export interface UploadsProps {
  /** Each of them has uploads. */
  readonly datasets: readonly DeployedDataset[]
  readonly lambda: NodejsFunction
  readonly size: FunctionSize
  readonly maxConcurrency: number
  readonly bus: EventBus
  /** The deployment's name. */
  readonly service: string
  readonly topic: Topic | undefined
}

/**
 * What calls the function that partitions uploads: new objects, one for each call, by way of a queue. Some times a day it
 * is called to look for what is still in flight, whose event was lost or came before anybody listened: it announces each of
 * these on the bus, from where they come to the same queue.
 */
export class Uploads extends Construct {
  readonly queue: WorkQueue
  readonly dead: DeadLetterQueue

  constructor(scope: Construct, id: string, props: UploadsProps) {
    super(scope, id)
    const { datasets, lambda, size, maxConcurrency, bus, service, topic } = props
    this.queue = new WorkQueue(this, 'Arrived', {
      what: 'Uploads that could not be partitioned',
      workSeconds: size.timeoutSeconds,
      maxReceives: MAX_RECEIVES,
      topic,
    })
    lambda.addEventSource(
      new SqsEventSource(this.queue.queue, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency }),
    )
    for (const { dataset, archive } of datasets) {
      const place = { bucket: archive.bucket, prefix: `${archive.prefix}${dataset.uploads?.prefix}` }
      objectCreatedRule(this, `Created-${dataset.name}`, { ...place, what: 'Uploads', to: this.queue })
    }
    this.inFlight(bus)
    this.dead = new DeadLetterQueue(this, 'Dead', { what: 'Looks for uploads in flight that failed', topic })
    tryAgain(lambda, this.dead)
    this.schedules(datasets, lambda)
    for (const { dataset } of datasets) {
      countAlarm(this, `Refused-${dataset.name}`, {
        metric: count('UploadsRefused', { service, dataset: dataset.name, statistic: 'Sum' }),
        description: `An upload of ${dataset.name} could not be read: nothing of it is in the archive.`,
        topic,
      })
      countAlarm(this, `Held-${dataset.name}`, {
        metric: count('UploadsHeld', { service, dataset: dataset.name, statistic: 'Sum' }),
        description: `An upload of ${dataset.name} waits until somebody decides about it: nothing of it is in the archive.`,
        topic,
      })
    }
  }

  private inFlight(eventBus: EventBus): void {
    new Rule(this, 'InFlight', {
      description: 'Uploads that are still in flight',
      eventBus,
      eventPattern: { source: ['dayseal'], detailType: ['Upload In Flight'] },
      targets: [new SqsQueue(this.queue.queue, { deadLetterQueue: this.queue.dead.queue })],
    })
  }

  private schedules(datasets: readonly DeployedDataset[], lambda: NodejsFunction): void {
    const { scheduledTime } = ContextAttribute
    const calls = datasets.map(({ dataset: { name } }) => ({
      id: `Schedule-${name}`,
      description: `Looks for uploads of ${name} that are still in flight`,
      schedule: ScheduleExpression.cron({ ...SOME_TIMES_A_DAY, timeZone: TimeZone.ETC_UTC }),
      input: { dataset: name, scheduledTime },
    }))
    scheduleCalls(this, lambda, this.dead, calls)
  }
}
