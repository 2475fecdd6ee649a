import { Duration } from 'aws-cdk-lib'
import { Dashboard, GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs'
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { Construct } from 'constructs'
import { type CountName, count } from './metrics.ts'
import type { DeadLetterQueue, WorkQueue } from './work-queue.ts'

export interface PipelineDashboardProps {
  readonly name: string
  /** Their names. */
  readonly datasets: readonly string[]
  readonly sealDay: StateMachine
  readonly lambdas: readonly NodejsFunction[]
  /** Work that waits, by what it is. */
  readonly waiting: Readonly<Record<string, WorkQueue>>
  /** Dead letters, by what they are. */
  readonly dead: Readonly<Record<string, DeadLetterQueue>>
}

/** One page to look at in the morning. */
export class PipelineDashboard extends Construct {
  readonly dashboard: Dashboard

  constructor(scope: Construct, id: string, props: PipelineDashboardProps) {
    super(scope, id)
    const { name, datasets, sealDay, lambdas, waiting, dead } = props
    const each = (metric: CountName, statistic: 'Sum' | 'Maximum') =>
      datasets.map((dataset) => count(metric, { service: name, dataset, statistic }).with({ label: dataset }))
    const ofLambdas = (metric: (lambda: NodejsFunction) => IMetric) => lambdas.map(metric)
    this.dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: name,
      defaultInterval: Duration.days(7),
      widgets: [
        [
          graph('Days', [sealDay.metricSucceeded({ label: 'sealed' }), sealDay.metricFailed({ label: 'not sealed' })]),
          graph('Verifications that failed', each('VerificationsFailed', 'Sum')),
          graph('Share of lines in quarantine', each('QuarantineShare', 'Maximum')),
        ],
        [
          graph('Hours converted', each('HoursConverted', 'Sum')),
          graph(
            'Waiting',
            Object.entries(waiting).flatMap(([what, { queue }]) => [
              queue.metricApproximateNumberOfMessagesVisible({ label: what }),
              queue.metricApproximateAgeOfOldestMessage({ label: `${what}: age of the oldest, s` }),
            ]),
          ),
          graph(
            'Dead letters',
            Object.entries(dead).map(([label, { queue }]) => queue.metricApproximateNumberOfMessagesVisible({ label })),
          ),
        ],
        [
          graph(
            'Duration, ms',
            ofLambdas((lambda) => lambda.metricDuration({ statistic: 'Maximum' })),
          ),
          graph(
            'Errors',
            ofLambdas((lambda) => lambda.metricErrors()),
          ),
          graph(
            'Throttles',
            ofLambdas((lambda) => lambda.metricThrottles()),
          ),
        ],
      ],
    })
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: 8, height: 6 })
}
