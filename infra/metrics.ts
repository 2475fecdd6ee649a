import { Duration } from 'aws-cdk-lib'
import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'

/** Where the functions' own metrics lie: POWERTOOLS_METRICS_NAMESPACE. */
export const NAMESPACE = 'Dayseal'

/** What the functions count for each dataset (functions/observed.ts). */
export type CountName =
  | 'RowsQuarantined'
  | 'QuarantineShare'
  | 'VerificationsFailed'
  | 'DaysSealed'
  | 'HoursConverted'
  | 'UploadsRefused'
  | 'UploadsHeld'

export interface CountOptions {
  /** The deployment's name: POWERTOOLS_SERVICE_NAME. */
  readonly service: string
  readonly dataset: string
  readonly statistic: 'Sum' | 'Maximum'
}

export function count(metricName: CountName, { service, dataset, statistic }: CountOptions): Metric {
  return new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service, dataset },
    statistic,
    period: Duration.hours(1),
  })
}

/** Executions that did not end well, for whatever reason. */
export function executionsLost(machine: StateMachine): MathExpression {
  const options = { period: Duration.minutes(5), statistic: 'Sum' }
  return new MathExpression({
    expression: 'failed + timedOut + aborted',
    label: 'not sealed',
    period: Duration.minutes(5),
    usingMetrics: {
      failed: machine.metricFailed(options),
      timedOut: machine.metricTimedOut(options),
      aborted: machine.metricAborted(options),
    },
  })
}
