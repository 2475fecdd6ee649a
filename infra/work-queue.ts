import { Duration, Validations } from 'aws-cdk-lib'
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import type { Topic } from 'aws-cdk-lib/aws-sns'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { countAlarm } from './alarm-topic.ts'

/** The longest that SQS keeps a message. */
const FOURTEEN_DAYS = Duration.days(14)

export interface DeadLetterQueueProps {
  /** What its messages are, for the alarm. */
  readonly what: string
  readonly topic: Topic | undefined
}

/** Where messages go that nobody could work on. It owns the alarm that says so. */
export class DeadLetterQueue extends Construct {
  readonly queue: Queue
  readonly alarm: Alarm

  constructor(scope: Construct, id: string, { what, topic }: DeadLetterQueueProps) {
    super(scope, id)
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: FOURTEEN_DAYS,
    })
    this.alarm = countAlarm(this, 'Alarm', {
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      description: `${what} are in the dead-letter queue.`,
      topic,
    })
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is a dead-letter queue. The rule does not see that where it is used by a rule or a schedule.',
    })
  }
}

export interface WorkQueueProps extends DeadLetterQueueProps {
  /** What one message may take. */
  readonly workSeconds: number
  /** How often a message is tried before it goes to the dead-letter queue. */
  readonly maxReceives: number
}

/** A queue with its dead-letter queue. Messages stay hidden for six times what work may take, as Lambda asks for. */
export class WorkQueue extends Construct {
  readonly queue: Queue
  readonly dead: DeadLetterQueue

  constructor(scope: Construct, id: string, { workSeconds, maxReceives, ...props }: WorkQueueProps) {
    super(scope, id)
    this.dead = new DeadLetterQueue(this, 'Dead', props)
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: FOURTEEN_DAYS,
      visibilityTimeout: Duration.seconds(6 * workSeconds),
      deadLetterQueue: { queue: this.dead.queue, maxReceiveCount: maxReceives },
    })
  }
}
