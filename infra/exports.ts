import { TimeZone } from 'aws-cdk-lib'
import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import { ContextAttribute, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { DatasetExport } from '../lib/export/destination.ts'
import { countAlarm } from './alarm-topic.ts'
import type { DeployedDataset } from './deployed-dataset.ts'
import { PATIENCE } from './patience.ts'
import { cronExpression, everyHoursExpression } from './schedule-expression.ts'
import { type ScheduledCall, scheduleCalls, tryAgain } from './scheduled-calls.ts'
import { DeadLetterQueue } from './work-queue.ts'

export interface ExportsProps {
  readonly datasets: readonly DeployedDataset[]
  readonly lambda: NodejsFunction
  readonly bus: EventBus
  readonly topic: Topic | undefined
}

/**
 * What calls the export function, and what becomes of a call that fails: it is tried twice more, then lies in the queue
 * with its error. Every export by its schedule, and after each seal, as the configuration says.
 */
export class Exports extends Construct {
  readonly dead: DeadLetterQueue

  constructor(scope: Construct, id: string, { datasets, lambda, bus, topic }: ExportsProps) {
    super(scope, id)
    this.dead = new DeadLetterQueue(this, 'Dead', { what: 'Exports that failed, or could not be started,', topic })
    tryAgain(lambda, this.dead)
    const all = datasets.flatMap(({ dataset }) => dataset.exports.map((settings) => ({ dataset, settings })))
    this.schedules(all, lambda)
    for (const one of all.filter(({ settings }) => settings.afterSeal)) this.afterSeal(one, lambda, bus)
    countAlarm(this, 'Errors', {
      metric: lambda.metricErrors(),
      description: 'An export failed, or the export function was asked what it cannot do.',
      topic,
    })
  }

  private schedules(all: readonly DatasetExport[], lambda: NodejsFunction): void {
    const { scheduledTime } = ContextAttribute
    const calls = all.flatMap((one): ScheduledCall[] => {
      const expression = expressionOf(one)
      if (expression === undefined) return []
      const [dataset, name] = [one.dataset.name, one.settings.name]
      return [
        {
          id: `Schedule-${nameOf(one)}`,
          description: `Exports ${name} of ${dataset}`,
          schedule: ScheduleExpression.expression(expression, TimeZone.ETC_UTC),
          input: { dataset, export: name, scheduledTime },
        },
      ]
    })
    if (calls.length > 0) scheduleCalls(this, lambda, this.dead, calls)
  }

  private afterSeal({ dataset, settings }: DatasetExport, lambda: NodejsFunction, eventBus: EventBus): void {
    const date = EventField.fromPath('$.detail.date')
    new Rule(this, `AfterSeal-${nameOf({ dataset, settings })}`, {
      description: `Exports ${settings.name} of ${dataset.name} after each seal`,
      eventBus,
      eventPattern: { source: ['dayseal'], detailType: ['Day Sealed'], detail: { dataset: [dataset.name] } },
      targets: [
        new LambdaFunction(lambda, {
          ...PATIENCE,
          deadLetterQueue: this.dead.queue,
          event: RuleTargetInput.fromObject({ dataset: dataset.name, export: settings.name, date }),
        }),
      ],
    })
  }
}

function expressionOf({ settings: { schedule, everyHours } }: DatasetExport): string | undefined {
  if (schedule !== undefined) return cronExpression(schedule)
  return everyHours === undefined ? undefined : everyHoursExpression(everyHours)
}

/** Names hold no dot, so that no two exports have one. */
function nameOf({ dataset, settings }: DatasetExport): string {
  return `${dataset.name}.${settings.name}`
}
