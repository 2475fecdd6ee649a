import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { Schedule, type ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import type { Construct } from 'constructs'
import { acknowledgeWildcards } from './acknowledge-wildcards.ts'
import { MORE_TRIES, PATIENCE } from './patience.ts'
import type { DeadLetterQueue } from './work-queue.ts'

export interface ScheduledCall {
  /** Of its own in the scope. */
  readonly id: string
  readonly description: string
  readonly schedule: ScheduleExpression
  readonly input: object
}

/** A role for the schedules of one scope. */
export function schedulerRole(scope: Construct): Role {
  return new Role(scope, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') })
}

/** Says why the role may call the function by any version. */
export function acknowledgeVersions(role: Role, lambda: IFunction): void {
  acknowledgeWildcards(
    role,
    [`${lambda.functionArn}:*`],
    'CDK lets the schedule call the versions of the function as well; there are none.',
  )
}

/** A call without anybody who waits for it is tried again when it fails, and lies in the queue with its error in the end. */
export function tryAgain(lambda: IFunction, dead: DeadLetterQueue): void {
  lambda.configureAsyncInvoke({
    maxEventAge: PATIENCE.maxEventAge,
    retryAttempts: MORE_TRIES,
    onFailure: new SqsDestination(dead.queue),
  })
}

/** Calls a function at set times; there is at least one call. What cannot be delivered lies in the queue in the end. */
export function scheduleCalls(
  scope: Construct,
  lambda: IFunction,
  dead: DeadLetterQueue,
  calls: readonly ScheduledCall[],
): void {
  const role = schedulerRole(scope)
  for (const { id, description, schedule, input } of calls) {
    new Schedule(scope, id, {
      description,
      schedule,
      timeWindow: TimeWindow.off(),
      target: new LambdaInvoke(lambda, {
        ...PATIENCE,
        role,
        deadLetterQueue: dead.queue,
        input: ScheduleTargetInput.fromObject(input),
      }),
    })
  }
  acknowledgeVersions(role, lambda)
}
