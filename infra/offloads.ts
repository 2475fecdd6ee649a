import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { ContextAttribute, Schedule, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import { acknowledgeWildcards } from './acknowledge-wildcards.ts'
import { countAlarm } from './alarm-topic.ts'
import { daily } from './daily-schedules.ts'
import type { DeployedDataset } from './deployed-dataset.ts'
import { MORE_TRIES, PATIENCE } from './patience.ts'
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
    lambda.configureAsyncInvoke({
      maxEventAge: PATIENCE.maxEventAge,
      retryAttempts: MORE_TRIES,
      onFailure: new SqsDestination(this.dead.queue),
    })
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') })
    for (const { dataset } of datasets) {
      if (dataset.offload === undefined) continue
      const input = { dataset: dataset.name, scheduledTime: ContextAttribute.scheduledTime }
      new Schedule(this, `Schedule-${dataset.name}`, {
        description: `Offloads old source files of ${dataset.name}`,
        schedule: daily(dataset.offload.at),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(lambda, {
          ...PATIENCE,
          role,
          deadLetterQueue: this.dead.queue,
          input: ScheduleTargetInput.fromObject(input),
        }),
      })
    }
    acknowledgeWildcards(
      role,
      [`${lambda.functionArn}:*`],
      'CDK lets the schedule call the versions of the function as well; there are none.',
    )
    countAlarm(this, 'Errors', {
      metric: lambda.metricErrors(),
      description: 'Source files of an old day could not be offloaded, or there was not time enough for one day.',
      topic,
    })
  }
}
