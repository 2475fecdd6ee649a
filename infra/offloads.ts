import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { ContextAttribute } from 'aws-cdk-lib/aws-scheduler'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { countAlarm } from './alarm-topic.ts'
import { daily } from './daily-schedules.ts'
import type { DeployedDataset } from './deployed-dataset.ts'
import { type ScheduledCall, scheduleCalls, tryAgain } from './scheduled-calls.ts'
import { DeadLetterQueue } from './work-queue.ts'

export interface OffloadsProps {
  readonly datasets: readonly DeployedDataset[]
  readonly lambda: NodejsFunction
  readonly topic: Topic | undefined
}

/**
 * Calls the offload function every day for each dataset with a policy, with the time that was set. A call that fails is
 * tried twice more, then lies in the queue with its error.
 */
export class Offloads extends Construct {
  readonly dead: DeadLetterQueue

  constructor(scope: Construct, id: string, { datasets, lambda, topic }: OffloadsProps) {
    super(scope, id)
    this.dead = new DeadLetterQueue(this, 'Dead', { what: 'Offloads that failed, or could not be started,', topic })
    tryAgain(lambda, this.dead)
    const { scheduledTime } = ContextAttribute
    const calls = datasets.flatMap(({ dataset: { name, offload } }): ScheduledCall[] => {
      if (offload === undefined) return []
      const description = `Offloads old source files of ${name}`
      return [
        { id: `Schedule-${name}`, description, schedule: daily(offload.at), input: { dataset: name, scheduledTime } },
      ]
    })
    scheduleCalls(this, lambda, this.dead, calls)
    countAlarm(this, 'Errors', {
      metric: lambda.metricErrors(),
      description: 'Source files of an old day could not be offloaded, or there was not time enough for one day.',
      topic,
    })
  }
}
