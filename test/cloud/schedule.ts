import * as z from 'zod'
import { minutesDue } from './aws-cron.ts'
import { type Statement, statementsOf } from './policy.ts'
import type { Stacks } from './template.ts'

const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.literal('Etc/UTC'),
  State: z.literal('ENABLED'),
  Target: z.object({ Arn: z.string(), Input: z.string(), RoleArn: z.string() }),
})

export interface DueTarget {
  readonly arn: string
  readonly input: unknown
  /** What the schedule's role grants. */
  readonly statements: readonly Statement[]
}

/** The targets of the schedules that are due at this minute, with what they are given. */
export function dueTargets(stacks: Stacks, time: Date): readonly DueTarget[] {
  return stacks
    .ofType('AWS::Scheduler::Schedule')
    .map(({ properties }) => scheduleSchema.parse(properties))
    .filter(({ ScheduleExpression }) => isDue(ScheduleExpression, time))
    .map(({ Target: { Arn, Input, RoleArn } }) => ({
      arn: Arn,
      input: JSON.parse(Input.replaceAll('<aws.scheduler.scheduled-time>', minuteOf(time))),
      statements: statementsOf(stacks, RoleArn.split('/').at(-1)!),
    }))
}

function isDue(expression: string, time: Date): boolean {
  return minutesDue(expression, time).includes(time.getUTCHours() * 60 + time.getUTCMinutes())
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16)}:00Z`
}
