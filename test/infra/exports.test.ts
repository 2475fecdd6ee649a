import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config.ts'
import { thrownBy } from '../thrown.ts'
import { grantsOf, statementsOf } from './role-statements.ts'
import { DATASETS, synthesize } from './synthesize.ts'

type Exports = NonNullable<Config['datasets'][string]['exports']>

const EXPORTS: Exports = [
  { name: 'table', formats: ['csv'], afterSeal: true },
  {
    name: 'weekly',
    formats: ['parquet'],
    days: 7,
    schedule: '15 5 * * MON',
    to: 's3://partner/in',
    toS3: { region: 'eu-west-1' },
  },
  { name: 'often', formats: ['ndjson'], incremental: {}, everyHours: 6, afterSeal: true },
  { name: 'by-hand', formats: ['json'] },
]
const config: Config = {
  datasets: { app: { ...DATASETS.app!, exports: EXPORTS }, audit: DATASETS.audit! },
  deployment: { exportMemory: 3 * 2 ** 30, exportScratch: 4 * 2 ** 30, alarmEmail: 'ops@example.com' },
}
const { pipeline, storage } = synthesize(config)

const withExport = (settings: Partial<Exports[number]>, dataset: Partial<Config['datasets'][string]> = {}): Config => ({
  datasets: { app: { ...DATASETS.app!, ...dataset, exports: [{ name: 'table', formats: ['csv'], ...settings }] } },
})

test('a function for them all, with the memory and the disk that are set and all the time that there is', () => {
  pipeline.resourceCountIs('AWS::Lambda::Function', 6)
  pipeline.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 3072,
    EphemeralStorage: { Size: 4096 },
    Timeout: 900,
  })
  expect(Object.keys(pipeline.findOutputs('*'))).toContain('ExportFunction')
})

test('of a dataset without exports there is nothing', () => {
  const without = synthesize({ datasets: DATASETS }).pipeline
  without.resourceCountIs('AWS::Lambda::Function', 5)
  without.resourceCountIs('AWS::Lambda::EventInvokeConfig', 0)
  expect(Object.keys(without.findOutputs('*'))).not.toContain('ExportFunction')
  const { 's3:GetObject': read = [] } = grantsOf(pipeline, 'Export')
  expect(read.filter((arn) => arn.includes('audit'))).toEqual([])
})

describe('what calls it', () => {
  test('the schedules, with the time that was set', () => {
    const schedules = Object.values(pipeline.findResources('AWS::Scheduler::Schedule'))
      .map(({ Properties }) => Properties)
      .filter(({ Target }) => Target.Input.includes('"export"'))
    const scheduledTime = '<aws.scheduler.scheduled-time>'
    expect(schedules.map(({ ScheduleExpression, Target }) => [ScheduleExpression, JSON.parse(Target.Input)])).toEqual([
      ['cron(15 5 ? * 2 *)', { dataset: 'app', export: 'weekly', scheduledTime }],
      ['cron(0 0,6,12,18 * * ? *)', { dataset: 'app', export: 'often', scheduledTime }],
    ])
    for (const { ScheduleExpressionTimezone, Target } of schedules) {
      expect(ScheduleExpressionTimezone).toBe('Etc/UTC')
      expect(Target.Arn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ExportFunction/), 'Arn'] })
      expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 60 })
      expect(Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ExportsDead/), 'Arn'] })
    }
  })

  test('each seal of the dataset, with its day', () => {
    const rules = Object.values(pipeline.findResources('AWS::Events::Rule'))
      .map(({ Properties }) => Properties)
      .filter(({ EventBusName }) => EventBusName !== undefined)
    expect(rules.map(({ Targets }) => Targets[0].InputTransformer.InputTemplate)).toEqual([
      '{"dataset":"app","export":"table","date":<detail-date>}',
      '{"dataset":"app","export":"often","date":<detail-date>}',
    ])
    for (const { EventPattern, EventBusName, Targets } of rules) {
      expect(EventBusName).toEqual({ Ref: expect.stringMatching(/^Bus/) })
      expect(EventPattern).toEqual({
        source: ['dayseal'],
        'detail-type': ['Day Sealed'],
        detail: { dataset: ['app'] },
      })
      expect(Targets).toMatchObject([
        {
          InputTransformer: { InputPathsMap: { 'detail-date': '$.detail.date' } },
          RetryPolicy: { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 60 },
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^ExportsDead/), 'Arn'] } },
        },
      ])
    }
  })

  test('again, twice, when it failed; then the call lies in a queue with an alarm', () => {
    pipeline.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^ExportFunction') },
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ExportsDead'), 'Arn'] } },
      },
    })
    const alarms = Object.keys(pipeline.findResources('AWS::CloudWatch::Alarm')).map((id) =>
      id.replace(/[0-9A-F]{8}$/, ''),
    )
    expect(alarms).toEqual(expect.arrayContaining(['ExportsDeadAlarm', 'ExportsErrors']))
    pipeline.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }],
    })
  })
})

describe('its role', () => {
  const OUT = 'arn:<AWS::Partition>:s3:::sealed'
  const PARTNER = 'arn:<AWS::Partition>:s3:::partner'
  const FOLDERS = [`${PARTNER}/in/weekly/*`, `${OUT}/app/exports/*`]

  test('reads sealed days, and writes and deletes in the folders of exports alone', () => {
    expect(grantsOf(pipeline, 'Export')).toEqual({
      'dynamodb:GetItem': expect.anything(),
      'dynamodb:PutItem': expect.anything(),
      'dynamodb:Query': expect.anything(),
      'events:PutEvents': [expect.stringMatching(/^<Bus.*\.Arn>$/)],
      'logs:CreateLogStream': expect.anything(),
      'logs:PutLogEvents': expect.anything(),
      's3:AbortMultipartUpload': FOLDERS,
      's3:DeleteObject': FOLDERS,
      's3:GetObject': [...FOLDERS, `${OUT}/app/generations/*`, `${OUT}/app/history/*`, `${OUT}/app/schema.json`],
      's3:ListBucket': [PARTNER, OUT],
      's3:ListBucketMultipartUploads': [PARTNER, OUT],
      's3:PutObject': FOLDERS,
      'sqs:GetQueueAttributes': [expect.stringMatching(/^<ExportsDead/)],
      'sqs:GetQueueUrl': [expect.stringMatching(/^<ExportsDead/)],
      'sqs:SendMessage': [expect.stringMatching(/^<ExportsDead/)],
      'xray:PutTelemetryRecords': ['*'],
      'xray:PutTraceSegments': ['*'],
    })
  })

  test('has no wildcard for an action; the schedules may call nothing but it', () => {
    for (const { actions } of [...statementsOf(pipeline, 'Export'), ...statementsOf(pipeline, 'Exports')]) {
      for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/)
    }
    const { 'lambda:InvokeFunction': called } = grantsOf(pipeline, 'Exports')
    expect(called).toEqual([
      expect.stringMatching(/^<ExportFunction\w+\.Arn>$/),
      expect.stringMatching(/^<ExportFunction\w+\.Arn>:\*$/),
    ])
  })
})

test('a bucket that exports go to is made, and announces nothing, unless it is there', () => {
  storage.hasResourceProperties('AWS::S3::Bucket', { BucketName: 'partner', NotificationConfiguration: Match.absent() })
  const existing = synthesize({ ...config, deployment: { existingBuckets: ['partner'] } }).storage
  existing.resourceCountIs('AWS::S3::Bucket', 2)
})

describe('what cannot be deployed is refused', () => {
  test.each<[string, Config, string]>([
    [
      'a store of others',
      withExport({ to: 's3://b', toS3: { endpoint: 'https://r2.example' } }),
      'the export table of app cannot be deployed; seen: toS3.endpoint https://r2.example',
    ],
    [
      'a profile',
      withExport({ to: 's3://b', toS3: { profile: 'me' } }),
      'seen: toS3.profile me; wanted: a bucket of Amazon S3',
    ],
    ['a directory', withExport({ to: '/exports' }), '`dayseal exports run-due` on a machine does it'],
    ['two fields of days', withExport({ schedule: '0 0 1 * MON' }), "the schedule '0 0 1 * MON' cannot be deployed"],
    [
      'a folder of sealed days',
      withExport({ name: 'history', to: 's3://sealed/app' }),
      'seen: s3://sealed/app/history',
    ],
    ['a folder of source files', withExport({ name: 'offloads', to: 's3://sealed/app' }), 'among the files of app'],
    ['a folder in one', withExport({ to: 's3://sealed/app/daily' }), 'among the files of app'],
    [
      'a folder with an archive in it',
      withExport({ name: 'app', to: 's3://logs' }),
      'seen: s3://logs/app; wanted: a `to`',
    ],
    ['a file name that is none', withExport({ fileName: '{day}' }), 'the file name "{day}" cannot be used'],
    [
      'an archive whose layout takes exports for hours',
      withExport(
        { name: '20250101', fileName: '{HH}', latest: true },
        { archive: { location: 's3://sealed/app/exports' } },
      ),
      'app writes s3://sealed/app/exports/20250101/05.json; wanted: a place that the archive of app does not take',
    ],
  ])('%s', async (_, refused, message) => {
    expect(parseConfig(refused, 'x').size).toBeGreaterThan(0)
    expect((await thrownBy(() => synthesize(refused))).message).toContain(message)
  })
})
