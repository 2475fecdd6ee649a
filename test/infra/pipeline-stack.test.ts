import { App } from 'aws-cdk-lib'
import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config.ts'
import { thrownBy } from '../thrown.ts'
import { DATASETS, flags, stacksOf, synthesize } from './synthesize.ts'

const { pipeline } = synthesize({ datasets: DATASETS })
const other = synthesize({
  datasets: { app: DATASETS.app! },
  deployment: {
    name: 'seals',
    region: 'eu-west-1',
    sealAt: '01:30',
    reverify: { at: '12:00', everyDays: 7 },
    largestHour: 2 ** 32,
    convertConcurrency: 7,
    backfillConcurrency: 9,
    logRetentionDays: 365,
    alarmEmail: 'ops@example.com',
    alarmQuarantineShare: 0.2,
    firstDay: '2024-05-01',
  },
}).pipeline

describe('the functions', () => {
  test('run on arm64 and Node 24, with traces, JSON logs and log groups that forget', () => {
    pipeline.resourceCountIs('AWS::Lambda::Function', 5)
    pipeline.allResourcesProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      TracingConfig: { Mode: 'Active' },
      LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
      EphemeralStorage: { Size: 512 },
    })
    pipeline.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete', Properties: { RetentionInDays: 90 } })
    other.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 365 })
    pipeline.resourceCountIs('AWS::Logs::LogGroup', 7)
  })

  test('are told the table and the bus, and nothing secret', () => {
    const functions = Object.values(pipeline.findResources('AWS::Lambda::Function'))
    for (const { Properties } of functions) {
      expect(Properties.Environment.Variables).toEqual({
        DAYSEAL_TABLE: { 'Fn::ImportValue': expect.stringMatching(/^dayseal-storage:/) },
        DAYSEAL_BUS: { Ref: expect.stringMatching(/^Bus/) },
        POWERTOOLS_SERVICE_NAME: 'dayseal',
        POWERTOOLS_METRICS_NAMESPACE: 'Dayseal',
        POWERTOOLS_LOG_LEVEL: 'INFO',
      })
    }
  })
})

describe('the way of an object', () => {
  test('from each archive, by its prefix, to the queue', () => {
    const rules = Object.values(pipeline.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties)
    expect(rules.map(({ EventPattern }) => EventPattern)).toEqual(
      ['app/', 'audit/'].map((prefix) => ({
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['logs'] }, object: { key: [{ prefix }] } },
      })),
    )
    for (const { Targets } of rules)
      expect(Targets).toMatchObject([
        { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^HoursQueue[0-9A-F]{8}$/), 'Arn'] } },
      ])
  })

  test('through a queue that waits six times as long as the function may take, to Convert', () => {
    const timeoutOf = (template: typeof pipeline) =>
      Object.entries(template.findResources('AWS::Lambda::Function')).find(([id]) => id.startsWith('Convert'))![1]
        .Properties.Timeout
    for (const template of [pipeline, other]) {
      template.hasResourceProperties('AWS::SQS::Queue', {
        VisibilityTimeout: 6 * timeoutOf(template),
        RedrivePolicy: { maxReceiveCount: 5, deadLetterTargetArn: Match.anyValue() },
        SqsManagedSseEnabled: true,
      })
    }
    expect(timeoutOf(other)).toBeGreaterThan(timeoutOf(pipeline))
    pipeline.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 24 },
    })
    other.hasResourceProperties('AWS::Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 7 } })
  })

  test('every queue refuses what does not come by TLS', () => {
    pipeline.resourceCountIs('AWS::SQS::Queue', 3)
    const policies = Object.values(pipeline.findResources('AWS::SQS::QueuePolicy'))
    const refusing = policies.filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes('"aws:SecureTransport":"false"'),
    )
    expect(refusing).toHaveLength(3)
  })
})

describe('the schedules', () => {
  test.each([
    ['app', pipeline, 'cron(5 0 * * ? *)', 'cron(0 3 * * ? *)', 90],
    ['audit', pipeline, 'cron(5 0 * * ? *)', 'cron(0 3 * * ? *)', 90],
    ['app', other, 'cron(30 1 * * ? *)', 'cron(0 12 * * ? *)', 7],
  ])('of %s seal and verify at the time of day in UTC that is set', (dataset, template, seal, verify, everyDays) => {
    const exact = { FlexibleTimeWindow: { Mode: 'OFF' }, ScheduleExpressionTimezone: 'Etc/UTC' }
    const scheduledTime = '<aws.scheduler.scheduled-time>'
    const target = (input: object, arn: string) =>
      Match.objectLike({
        Input: JSON.stringify(input),
        DeadLetterConfig: { Arn: Match.anyValue() },
        Arn: Match.objectLike(arn === 'SealDay' ? { Ref: Match.stringLikeRegexp(arn) } : {}),
      })
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ...exact,
      ScheduleExpression: seal,
      Target: target({ dataset, scheduledTime }, 'SealDay'),
    })
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ...exact,
      ScheduleExpression: verify,
      Target: target({ dataset, everyDays, scheduledTime }, 'Verify'),
    })
  })
})

describe('the state machines', () => {
  test('are standard, logged and traced, and know every ARN that they name', () => {
    const machines = Object.values(pipeline.findResources('AWS::StepFunctions::StateMachine'))
    expect(machines).toHaveLength(2)
    for (const { Properties } of machines) {
      expect(Properties).toMatchObject({
        StateMachineType: 'STANDARD',
        TracingConfiguration: { Enabled: true },
        LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      })
      const named = [...Properties.DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name)
      expect(new Set(named)).toEqual(new Set(Object.keys(Properties.DefinitionSubstitutions)))
    }
  })

  test('convert and backfill no more at a time than is set', () => {
    const bounds = (template: typeof pipeline) =>
      Object.values(template.findResources('AWS::StepFunctions::StateMachine')).map(
        ({ Properties }) => /"MaxConcurrency":(\d+)/.exec(Properties.DefinitionString)![1],
      )
    expect(bounds(pipeline).sort()).toEqual(['24', '4'])
    expect(bounds(other).sort()).toEqual(['7', '9'])
  })
})

describe('the alarms', () => {
  test('are about dead letters, days that were not sealed, verification and quarantine', () => {
    const about = (template: typeof pipeline) =>
      Object.keys(template.findResources('AWS::CloudWatch::Alarm')).map((id) => id.replace(/[0-9A-F]{8}$/, ''))
    expect(about(other).sort()).toEqual([
      ...[
        'HoursDeadAlarm',
        'NotSealed',
        'Quarantineapp',
        'SchedulesDeadAlarm',
        'VerificationFailedapp',
        'VerifyErrors',
      ],
    ])
    other.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'QuarantineShare',
      Namespace: 'Dayseal',
      Dimensions: [
        { Name: 'dataset', Value: 'app' },
        { Name: 'service', Value: 'seals' },
      ],
      Threshold: 0.2,
      ComparisonOperator: 'GreaterThanThreshold',
    })
    other.allResourcesProperties('AWS::CloudWatch::Alarm', { TreatMissingData: 'notBreaching' })
  })

  test('tell a person when there is an address, by an encrypted topic that takes TLS alone', () => {
    pipeline.resourceCountIs('AWS::SNS::Topic', 0)
    other.hasResourceProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() })
    other.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true })
    other.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com' })
    other.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
    other.allResourcesProperties('AWS::CloudWatch::Alarm', { AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }] })
  })
})

describe('Athena', () => {
  test('has a table for a dataset with declared columns, without those that it cannot hold', () => {
    pipeline.resourceCountIs('AWS::Glue::Table', 1)
    pipeline.hasResourceProperties('AWS::Glue::Table', {
      TableInput: {
        Name: 'audit',
        PartitionKeys: [{ Name: 'date_utc', Type: 'string' }],
        Parameters: Match.objectLike({
          'projection.date_utc.range': '2020-01-01,NOW',
          'storage.location.template': `s3://sealed/audit/daily/\${date_utc}/athena/`,
        }),
        StorageDescriptor: Match.objectLike({
          Location: 's3://sealed/audit/daily/',
          Columns: [
            { Name: 'at', Type: 'timestamp' },
            { Name: 'n', Type: 'bigint' },
          ],
        }),
      },
    })
    other.resourceCountIs('AWS::Glue::Table', 0)
    other.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'seals' } })
  })
})

describe('what cannot be deployed is refused', () => {
  test.each<[string, Config, string]>([
    ['a directory', { datasets: { app: { ...DATASETS.app!, out: '/sealed' } } }, 's3://bucket/prefix'],
    ['a store of others', { datasets: { app: { ...DATASETS.app!, s3: { endpoint: 'https://r2' } } } }, 's3.endpoint'],
    ['a profile', { datasets: { app: { ...DATASETS.app!, s3: { profile: 'me' } } } }, 'AWS_PROFILE'],
    [
      'an existing bucket that nobody has',
      { datasets: DATASETS, deployment: { existingBuckets: ['lgos'] } },
      'existingBuckets names buckets that no dataset has; seen: lgos; wanted: some of logs, sealed',
    ],
    [
      'two tables of one name',
      { datasets: { 'a-b': DATASETS.audit!, A_b: { ...DATASETS.audit!, out: 's3://sealed/other' } } },
      'a_b for both',
    ],
    [
      'an archive whose layout takes an output for hours',
      {
        datasets: {
          app: { archive: { location: 's3://both', layout: '*/{yyyy}-{MM}-{dd}/{HH}.jsonl.gz' }, out: 's3://both' },
        },
      },
      'app writes s3://both/hourly/2025-01-01/05.json; wanted: a place that the archive of app does not take',
    ],
    ['too large an hour', { datasets: DATASETS, deployment: { largestHour: 1e12 } }, 'deployment.largestHour'],
  ])('%s', async (_, config, message) => {
    expect(parseConfig(config, 'x').size).toBeGreaterThan(0)
    expect((await thrownBy(() => synthesize(config))).message).toContain(message)
  })
})

test('the stacks go where the configuration says, or else where the credentials belong', () => {
  const envOf = (deployment: Config['deployment']) =>
    Object.values(
      stacksOf({ datasets: DATASETS, deployment }, new App({ context: { ...flags(), 'aws:cdk:bundling-stacks': [] } })),
    ).map(({ stackName, environment }) => [stackName, environment])
  const there = 'aws://123456789012/eu-north-1'
  expect(envOf({ name: 'x', account: '123456789012', region: 'eu-north-1' })).toEqual([
    ['x-storage', there],
    ['x-pipeline', there],
  ])
  const anywhere = 'aws://unknown-account/unknown-region'
  expect(envOf({})).toEqual([
    ['dayseal-storage', anywhere],
    ['dayseal-pipeline', anywhere],
  ])
})

test('the outputs name what the command looks for', () => {
  expect(
    Object.keys(pipeline.findOutputs('*'))
      .filter((name) => !name.startsWith('Exports'))
      .sort(),
  ).toEqual([
    ...['AthenaDatabase', 'BackfillArn', 'CatalogTable', 'Dashboard', 'DeadLetterQueue', 'EventBus', 'PlanFunction'],
    ...['SealDayArn', 'VerifyFunction'],
  ])
})
