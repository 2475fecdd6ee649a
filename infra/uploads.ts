import { TimeZone } from 'aws-cdk-lib'
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
import { WorkQueue } from './work-queue.ts'

/** An upload that fails this often needs a person. */
const MAX_RECEIVES = 5

export interface UploadsProps {
  /** Each of them has uploads. */
  readonly datasets: readonly DeployedDataset[]
  readonly lambda: NodejsFunction
  readonly size: FunctionSize
  readonly maxConcurrency: number
  /** The deployment's name. */
  readonly service: string
  readonly topic: Topic | undefined
}

/**
 * What calls the function that partitions uploads: new objects, one for each call by way of a queue, and every hour a look
 * at what is still in flight, whose event was lost or came before there was anybody to take it.
 */
export class Uploads extends Construct {
  readonly queue: WorkQueue

  constructor(scope: Construct, id: string, { datasets, lambda, size, maxConcurrency, service, topic }: UploadsProps) {
    super(scope, id)
    this.queue = new WorkQueue(this, 'Arrived', {
      what: 'Uploads that could not be partitioned',
      workSeconds: size.timeoutSeconds,
      maxReceives: MAX_RECEIVES,
      topic,
    })
    lambda.addEventSource(
      new SqsEventSource(this.queue.queue, { batchSize: 1, reportBatchItemFailures: true, maxConcurrency }),
    )
    tryAgain(lambda, this.queue.dead)
    for (const { dataset, archive } of datasets) {
      const place = { bucket: archive.bucket, prefix: `${archive.prefix}${dataset.uploads?.prefix}` }
      objectCreatedRule(this, dataset.name, { ...place, what: 'Uploads', to: this.queue })
    }
    this.schedules(datasets, lambda)
    for (const { dataset } of datasets) {
      countAlarm(this, `Refused-${dataset.name}`, {
        metric: count('UploadsRefused', { service, dataset: dataset.name, statistic: 'Sum' }),
        description: `An upload of ${dataset.name} could not be read: nothing of it is in the archive.`,
        topic,
      })
    }
  }

  private schedules(datasets: readonly DeployedDataset[], lambda: NodejsFunction): void {
    const { scheduledTime } = ContextAttribute
    const calls = datasets.map(({ dataset: { name } }) => ({
      id: `Schedule-${name}`,
      description: `Partitions uploads of ${name} that are still in flight`,
      schedule: ScheduleExpression.cron({ minute: '40', timeZone: TimeZone.ETC_UTC }),
      input: { dataset: name, scheduledTime },
    }))
    scheduleCalls(this, lambda, this.queue.dead, calls)
  }
}
