import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config.ts'
import { thrownBy } from '../thrown.ts'
import { grantsOf, statementsOf } from './role-statements.ts'
import { DATASETS, synthesize } from './synthesize.ts'

const DELETING = { olderThan: '30d', deleteSource: true } as const
/** One dataset whose sources stay, one whose sources go, at a time of its own, and one without a policy. */
const config: Config = {
  datasets: {
    app: { ...DATASETS.app!, offload: { olderThan: '30d' } },
    audit: { ...DATASETS.audit!, offload: { olderThan: '12w', deleteSource: true, at: '22:15' } },
    other: { archive: { location: 's3://others' }, out: 's3://sealed/other' },
  },
  deployment: { alarmEmail: 'ops@example.com', largestDay: 2 ** 30 },
}
const { pipeline } = synthesize(config)

test('a function for them all, with the size that verifying a day takes and all the time that there is', () => {
  pipeline.resourceCountIs('AWS::Lambda::Function', 6)
  const functions = Object.entries(pipeline.findResources('AWS::Lambda::Function'))
  const sizes = ['Offload', 'Verify'].map((name) => {
    const [, { Properties }] = functions.find(([id]) => id.startsWith(`${name}Function`))!
    return [Properties.MemorySize, Properties.Timeout, Properties.EphemeralStorage.Size]
  })
  expect(sizes).toEqual([
    [1769, 900, 512],
    [1769, 900, 512],
  ])
  expect(Object.keys(pipeline.findOutputs('*'))).toContain('OffloadFunction')
})

test('without a policy there is nothing of it', () => {
  const without = synthesize({ datasets: DATASETS }).pipeline
  without.resourceCountIs('AWS::Lambda::Function', 5)
  without.resourceCountIs('AWS::Lambda::EventInvokeConfig', 0)
  without.resourceCountIs('AWS::Scheduler::Schedule', 4)
  expect(Object.keys(without.findOutputs('*'))).not.toContain('OffloadFunction')
})

describe('what calls it', () => {
  test('a schedule for each dataset, every day, with the time that was set', () => {
    const schedules = Object.values(pipeline.findResources('AWS::Scheduler::Schedule'))
      .map(({ Properties }) => Properties)
      .filter(({ Target }) => JSON.stringify(Target.Arn).includes('OffloadFunction'))
    const scheduledTime = '<aws.scheduler.scheduled-time>'
    expect(schedules.map(({ ScheduleExpression, Target }) => [ScheduleExpression, JSON.parse(Target.Input)])).toEqual([
      ['cron(0 4 * * ? *)', { dataset: 'app', scheduledTime }],
      ['cron(15 22 * * ? *)', { dataset: 'audit', scheduledTime }],
    ])
    for (const { ScheduleExpressionTimezone, Target } of schedules) {
      expect(ScheduleExpressionTimezone).toBe('Etc/UTC')
      expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 60 })
      expect(Target.DeadLetterConfig.Arn).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^OffloadsDead/), 'Arn'] })
    }
    const { 'lambda:InvokeFunction': called } = grantsOf(pipeline, 'Offloads')
    expect(called).toEqual([
      expect.stringMatching(/^<OffloadFunction\w+\.Arn>$/),
      expect.stringMatching(/^<OffloadFunction\w+\.Arn>:\*$/),
    ])
  })

  test('again, twice, when it failed; then the call lies in a queue with an alarm', () => {
    pipeline.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: Match.stringLikeRegexp('^OffloadFunction') },
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: {
        OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OffloadsDead'), 'Arn'] } },
      },
    })
    const alarms = Object.keys(pipeline.findResources('AWS::CloudWatch::Alarm')).map((id) =>
      id.replace(/[0-9A-F]{8}$/, ''),
    )
    expect(alarms).toEqual(expect.arrayContaining(['OffloadsDeadAlarm', 'OffloadsErrors']))
    pipeline.allResourcesProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: Match.stringLikeRegexp('Topic') }],
    })
  })
})

describe('its role', () => {
  const under = (...places: readonly string[]) =>
    ['app', 'audit'].flatMap((name) => places.map((place) => `arn:<AWS::Partition>:s3:::sealed/${name}/${place}`))
  const ARCHIVE = 'arn:<AWS::Partition>:s3:::logs'

  test('reads what verifying reads, writes zips, and deletes sources only where the policy says so', () => {
    const places = ['daily/*', 'generations/*', 'history/*', 'hourly/*', 'offloads/*', 'quarantine/*']
    const buckets = [ARCHIVE, 'arn:<AWS::Partition>:s3:::sealed']
    expect(grantsOf(pipeline, 'Offload')).toEqual({
      'events:PutEvents': [expect.stringMatching(/^<Bus.*\.Arn>$/)],
      'logs:CreateLogStream': expect.anything(),
      'logs:PutLogEvents': expect.anything(),
      's3:AbortMultipartUpload': under('offloads/*'),
      's3:DeleteObject': [`${ARCHIVE}/audit/????/??/??/??/*`, ...under('offloads/*')],
      's3:GetObject': [`${ARCHIVE}/app/*`, `${ARCHIVE}/audit/*`, ...under(...places)],
      's3:ListBucket': buckets,
      's3:ListBucketMultipartUploads': buckets.slice(1),
      's3:PutObject': under('offloads/*'),
      'sqs:GetQueueAttributes': [expect.stringMatching(/^<OffloadsDead/)],
      'sqs:GetQueueUrl': [expect.stringMatching(/^<OffloadsDead/)],
      'sqs:SendMessage': [expect.stringMatching(/^<OffloadsDead/)],
      'xray:PutTelemetryRecords': ['*'],
      'xray:PutTraceSegments': ['*'],
    })
  })

  test('has a statement of its own for each dataset whose sources go', () => {
    const both = synthesize({
      datasets: { app: { ...DATASETS.app!, offload: DELETING }, audit: { ...DATASETS.audit!, offload: DELETING } },
    }).pipeline
    const deleting = statementsOf(both, 'Offload').filter(({ resources }) =>
      resources.some((resource) => resource.startsWith(ARCHIVE)),
    )
    expect(deleting.filter(({ actions }) => actions.includes('s3:DeleteObject'))).toEqual([
      { actions: ['s3:DeleteObject'], resources: [`${ARCHIVE}/app/????????/??*`], condition: undefined },
      { actions: ['s3:DeleteObject'], resources: [`${ARCHIVE}/audit/????/??/??/??/*`], condition: undefined },
    ])
  })

  test('has no wildcard for an action, and no other role may delete sources', () => {
    for (const { actions } of [...statementsOf(pipeline, 'Offload'), ...statementsOf(pipeline, 'Offloads')]) {
      for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/)
    }
    for (const name of ['Plan', 'Convert', 'Seal', 'Verify', 'Conclude']) {
      const { 's3:DeleteObject': deleted = [] } = grantsOf(pipeline, name)
      expect(deleted.filter((arn) => arn.startsWith(ARCHIVE))).toEqual([])
    }
  })
})

describe('an archive with something else in it is refused where sources go', () => {
  const datasets = (archive: string, offload: object, more: Config['datasets'] = {}): Config => ({
    datasets: {
      app: { archive: { location: archive }, out: 's3://data/sealed', offload: { ...DELETING, ...offload } },
      ...more,
    },
  })
  const second: Config['datasets'] = { two: { archive: { location: 's3://logs/two' }, out: 's3://second' } }

  test.each<[string, Config, string]>([
    ['its output', datasets('s3://data', {}), 'the output of app, s3://data/sealed'],
    ['another archive', datasets('s3://logs', {}, second), 'the archive of two, s3://logs/two'],
    ['the same archive', datasets('s3://logs/two', {}, second), 'the archive of two, s3://logs/two'],
    [
      'an export',
      datasets(
        's3://logs/app',
        {},
        {
          two: { ...second.two!, exports: [{ name: 'table', formats: ['csv'], to: 's3://logs/app/to' }] },
        },
      ),
      'an export of two, s3://logs/app/to/table',
    ],
  ])('%s', async (_, refused, seen) => {
    expect(parseConfig(refused, 'x').size).toBeGreaterThan(0)
    const { code, message } = await thrownBy(() => synthesize(refused))
    expect({ code, message }).toEqual({ code: 'usage', message: expect.stringContaining(`seen: ${seen}`) })
  })

  test('and is not where they stay, or where nothing else is below it', () => {
    for (const fine of [datasets('s3://data', { deleteSource: false }), datasets('s3://logs/app', {}, second)])
      expect(() => synthesize(fine)).not.toThrow()
  })
})
