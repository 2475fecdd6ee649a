import { TimeZone } from 'aws-cdk-lib'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke, StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import type { Deployment } from '../lib/deployment.ts'
import { PATIENCE } from './patience.ts'
import { acknowledgeVersions, schedulerRole } from './scheduled-calls.ts'
import { DeadLetterQueue } from './work-queue.ts'

export interface DailySchedulesProps {
  readonly deployment: Deployment
  /** Their names. */
  readonly datasets: readonly string[]
  readonly sealDay: StateMachine
  readonly verify: IFunction
  readonly topic: Topic | undefined
}

/**
 * Every day, for each dataset: seal the day before, and verify the old days whose turn it is. The targets are told the
 * time that was set, not the one at which they run, so that a late delivery means the same day.
 */
export class DailySchedules extends Construct {
  readonly dead: DeadLetterQueue

  constructor(scope: Construct, id: string, { deployment, datasets, sealDay, verify, topic }: DailySchedulesProps) {
    super(scope, id)
    this.dead = new DeadLetterQueue(this, 'Dead', { what: 'Scheduled runs that could not be started', topic })
    const role = schedulerRole(this)
    const delivery = { ...PATIENCE, role, deadLetterQueue: this.dead.queue }
    const scheduledTime = ContextAttribute.scheduledTime
    for (const dataset of datasets) {
      new Schedule(this, `Seal-${dataset}`, {
        description: `Seals yesterday of ${dataset}`,
        schedule: daily(deployment.sealAt),
        timeWindow: TimeWindow.off(),
        target: new StepFunctionsStartExecution(sealDay, {
          ...delivery,
          input: ScheduleTargetInput.fromObject({ dataset, scheduledTime }),
        }),
      })
      new Schedule(this, `Verify-${dataset}`, {
        description: `Verifies old days of ${dataset} again`,
        schedule: daily(deployment.reverify.at),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(verify, {
          ...delivery,
          input: ScheduleTargetInput.fromObject({ dataset, everyDays: deployment.reverify.everyDays, scheduledTime }),
        }),
      })
    }
    acknowledgeVersions(role, verify)
  }
}

/** `HH:MM`, UTC. */
export function daily(time: string): ScheduleExpression {
  const [hour = '', minute = ''] = time.split(':')
  return ScheduleExpression.cron({
    hour: String(Number(hour)),
    minute: String(Number(minute)),
    timeZone: TimeZone.ETC_UTC,
  })
}
