import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config.ts'
import { thrownBy } from '../thrown.ts'
import { grantsOf } from './role-statements.ts'
import { DATASETS, synthesize } from './synthesize.ts'

const UPLOADS = { format: 'nginx-combined', timestamp: { path: 'time' } } as const
/** A dataset with uploads, one with a layout and a folder of its own, and one without. */
const config: Config = {
  datasets: {
    web: { archive: { location: 's3://logs/web' }, out: 's3://sealed/web', uploads: UPLOADS },
    edge: {
      archive: { location: 's3://edge', layout: 'hours/{yyyy}-{MM}-{dd}T{HH}/*.jsonl.gz' },
      out: 's3://sealed/edge',
      uploads: { ...UPLOADS, prefix: 'in/box/' },
    },
    app: DATASETS.app!,
  },
  deployment: { alarmEmail: 'ops@example.com', uploadScratch: 2 ** 30, quarantineDays: 30 },
}
const { pipeline, storage } = synthesize(config)

const S3 = 'arn:<AWS::Partition>:s3:::'

test('a function for them all, with the disk that the deployment says and all the time that there is', () => {
  pipeline.resourceCountIs('AWS::Lambda::Function', 6)
  pipeline.hasResourceProperties('AWS::Lambda::Function', {
    MemorySize: 1769,
    Timeout: 900,
    EphemeralStorage: { Size: 1024 },
    Role: { 'Fn::GetAtt': [Match.stringLikeRegexp('^PartitionRole'), 'Arn'] },
  })
  expect(Object.keys(pipeline.findOutputs('*'))).toContain('PartitionFunction')
})

test('without uploads there is nothing of it', () => {
  const without = synthesize({ datasets: DATASETS }).pipeline
  without.resourceCountIs('AWS::Lambda::Function', 5)
  without.resourceCountIs('AWS::Lambda::EventSourceMapping', 1)
  without.resourceCountIs('AWS::Scheduler::Schedule', 4)
  expect(Object.keys(without.findOutputs('*'))).not.toContain('PartitionFunction')
})

describe('what calls it', () => {
  test('objects below the folder of uploads, one for each call, by way of a queue with dead letters and an alarm', () => {
    const rules = Object.values(pipeline.findResources('AWS::Events::Rule')).map(({ Properties }) => Properties)
    const toUploads = rules.filter(
      ({ Targets, EventBusName }) =>
        EventBusName === undefined && JSON.stringify(Targets).includes('UploadsArrivedQueue'),
    )
    expect(toUploads.map(({ EventPattern }) => EventPattern.detail)).toEqual([
      { bucket: { name: ['logs'] }, object: { key: [{ prefix: 'web/uploads/' }] } },
      { bucket: { name: ['edge'] }, object: { key: [{ prefix: 'in/box/' }] } },
    ])
    for (const { Targets } of toUploads) {
      expect(Targets[0].DeadLetterConfig.Arn['Fn::GetAtt'][0]).toMatch(/^UploadsArrivedDead/)
    }
    pipeline.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      EventSourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsArrivedQueue'), 'Arn'] },
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 8 },
    })
    pipeline.hasResourceProperties('AWS::SQS::Queue', {
      VisibilityTimeout: 5400,
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsArrivedDead'), 'Arn'] },
        maxReceiveCount: 5,
      },
    })
  })

  test('what is in flight, which a schedule for each dataset has it look for', () => {
    const schedules = Object.values(pipeline.findResources('AWS::Scheduler::Schedule'))
      .map(({ Properties }) => Properties)
      .filter(({ Target }) => JSON.stringify(Target.Arn).includes('PartitionFunction'))
    const scheduledTime = '<aws.scheduler.scheduled-time>'
    expect(schedules.map(({ ScheduleExpression, Target }) => [ScheduleExpression, JSON.parse(Target.Input)])).toEqual([
      ['cron(40 5,11,17,23 * * ? *)', { dataset: 'web', scheduledTime }],
      ['cron(40 5,11,17,23 * * ? *)', { dataset: 'edge', scheduledTime }],
    ])
    pipeline.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: { Ref: Match.stringLikeRegexp('^Bus') },
      EventPattern: { source: ['dayseal'], 'detail-type': ['Upload In Flight'] },
      Targets: [{ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^UploadsArrivedQueue'), 'Arn'] } }],
    })
  })

  test('alarms for uploads that fail, that cannot be read, and that have much in quarantine', () => {
    const alarms = Object.keys(pipeline.findResources('AWS::CloudWatch::Alarm')).map((id) =>
      id.replace(/[0-9A-F]{8}$/, ''),
    )
    expect(alarms).toEqual(
      expect.arrayContaining([
        'UploadsArrivedDeadAlarm',
        'UploadsDeadAlarm',
        'UploadsRefusedweb',
        'UploadsHeldweb',
        'UploadsRefusededge',
        'UploadsHeldedge',
        'Quarantineweb',
      ]),
    )
  })
})

describe('its role', () => {
  test('reads uploads, and writes and deletes what is made of them, and nothing else of the archive', () => {
    const slices = [`${S3}edge/hours/????-??-??T??/*.jsonl.gz`, `${S3}logs/web/????????/??/*.jsonl.gz`]
    const ledgers = [`${S3}edge/_uploads/*`, `${S3}logs/web/_uploads/*`]
    const quarantines = [`${S3}edge/_uploads/quarantine/*`, `${S3}logs/web/_uploads/quarantine/*`]
    const marks = [`${S3}edge/_uploads/retired/*`, `${S3}logs/web/_uploads/retired/*`]
    const uploads = [`${S3}edge/in/box/*`, `${S3}logs/web/uploads/*`]
    const history = [`${S3}sealed/edge/history/*`, `${S3}sealed/web/history/*`]
    const grants = grantsOf(pipeline, 'Partition')
    const objects = Object.fromEntries(Object.entries(grants).filter(([action]) => action.startsWith('s3:')))
    expect(objects).toEqual({
      's3:ListBucket': [`${S3}edge`, `${S3}logs`, `${S3}sealed`],
      's3:GetObject': [...uploads, ...slices, ...ledgers, ...history].sort(),
      's3:PutObject': [...slices, ...ledgers].sort(),
      's3:AbortMultipartUpload': [...slices, ...ledgers].sort(),
      's3:DeleteObject': [...slices, ...quarantines, ...marks].sort(),
    })
    expect(Object.keys(grants)).toEqual(
      expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:PutItem', 'events:PutEvents', 'sqs:SendMessage']),
    )
  })

  test.each(['Plan', 'Convert', 'Seal', 'Verify'])('%s reads the ledgers of uploads', (name) => {
    const read = grantsOf(pipeline, name)['s3:GetObject']
    expect(read).toEqual(expect.arrayContaining([`${S3}edge/_uploads/*`, `${S3}logs/web/_uploads/*`]))
    expect(read?.some((place) => place.startsWith(`${S3}logs/app/_uploads`))).toBe(false)
  })
})

test('the quarantine of uploads expires as that of hours does', () => {
  const rules = Object.values(storage.findResources('AWS::S3::Bucket')).flatMap(
    ({ Properties }) => Properties.LifecycleConfiguration.Rules,
  )
  const expiring = rules.filter(({ ExpirationInDays }) => ExpirationInDays === 30).map(({ Prefix }) => Prefix)
  expect(expiring).toEqual(expect.arrayContaining(['_uploads/quarantine/', 'web/_uploads/quarantine/']))
})

describe('what cannot be deployed is refused', () => {
  const web = { archive: { location: 's3://one' }, out: 's3://sealed/web', uploads: UPLOADS }
  test.each<readonly [string, Config['datasets'], string]>([
    [
      'an output among uploads',
      { web: { ...web, out: 's3://one/uploads/days' } },
      'web writes s3://one/uploads/days/schema.json; wanted: a place that the archive of web does not take',
    ],
    [
      'another dataset that would take slices for hours',
      { web, other: { archive: { location: 's3://one', layout: '{yyyy}{MM}{dd}/{HH}/*' }, out: 's3://sealed/other' } },
      'web writes s3://one/20250101/05/00000000000000000000000000000000.jsonl.gz; wanted: a place that the archive of other does not take',
    ],
  ])('%s', async (_, datasets, message) => {
    expect(parseConfig({ datasets }, 'x').size).toBeGreaterThan(0)
    expect((await thrownBy(() => synthesize({ datasets }))).message).toContain(message)
  })
})
