import { Aws, RemovalPolicy } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'

export interface AlarmTopicProps {
  readonly email: string
}

/** Tells a person by e-mail. The key is our own: CloudWatch cannot publish to a topic under the key that AWS manages. */
export class AlarmTopic extends Construct {
  readonly topic: Topic

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id)
    const key = new Key(this, 'Key', {
      description: "Alarms' e-mails",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    )
    this.topic = new Topic(this, 'Topic', { masterKey: key, enforceSSL: true })
    this.topic.addSubscription(new EmailSubscription(email))
  }
}

export interface CountAlarmProps {
  readonly metric: IMetric
  readonly description: string
  /** The alarm is for more than this. @default 0 */
  readonly above?: number
  /** @default - nobody is told */
  readonly topic: Topic | undefined
}

/** An alarm about one period in which a metric is above a bound. No data is good news. */
export function countAlarm(
  scope: Construct,
  id: string,
  { metric, description, above = 0, topic }: CountAlarmProps,
): Alarm {
  const alarm = new Alarm(scope, id, {
    metric,
    alarmDescription: description,
    threshold: above,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    evaluationPeriods: 1,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })
  if (topic !== undefined) alarm.addAlarmAction(new SnsAction(topic))
  return alarm
}
