import { expect, test } from 'vitest'
import { grantsOf, statementsOf } from './role-statements.ts'
import { DATASETS, synthesize } from './synthesize.ts'

const { pipeline } = synthesize({ datasets: { app: DATASETS.app! } })

const OUT = 'arn:<AWS::Partition>:s3:::sealed'
const ARCHIVE = 'arn:<AWS::Partition>:s3:::logs'
const EVERYWHERE = {
  'logs:CreateLogStream': expect.anything(),
  'logs:PutLogEvents': expect.anything(),
  'xray:PutTelemetryRecords': ['*'],
  'xray:PutTraceSegments': ['*'],
}
const TABLE = [expect.stringMatching(/^<dayseal-storage:ExportsOutputFnGetAttCatalog/)]
const CATALOG = { 'dynamodb:GetItem': expect.anything(), 'dynamodb:PutItem': expect.anything() }
const ANNOUNCE = { 'events:PutEvents': [expect.stringMatching(/^<Bus.*\.Arn>$/)] }

const under = (...places: string[]) => places.map((place) => `${OUT}/app/${place}`)

test('Plan lists, and reads ledgers and manifests', () => {
  expect(grantsOf(pipeline, 'Plan')).toEqual({
    ...EVERYWHERE,
    's3:GetObject': under('history/*', 'hourly/*'),
    's3:ListBucket': [ARCHIVE, OUT],
  })
})

test('Convert reads the archive, and writes the hour: part, ledger and quarantine', () => {
  expect(grantsOf(pipeline, 'Convert')).toEqual({
    ...EVERYWHERE,
    ...CATALOG,
    ...ANNOUNCE,
    's3:AbortMultipartUpload': under('hourly/*', 'quarantine/*'),
    's3:DeleteObject': under('hourly/*', 'quarantine/*'),
    's3:GetObject': [`${ARCHIVE}/app/*`, ...under('history/*', 'hourly/*', 'quarantine/*', 'schema.json')],
    's3:ListBucket': [ARCHIVE, OUT],
    's3:PutObject': under('hourly/*', 'quarantine/*'),
    'sqs:ChangeMessageVisibility': expect.anything(),
    'sqs:DeleteMessage': expect.anything(),
    'sqs:GetQueueAttributes': expect.anything(),
    'sqs:GetQueueUrl': expect.anything(),
    'sqs:ReceiveMessage': expect.anything(),
  })
})

test('Seal writes all of an output, and deletes nothing of the history or the archive', () => {
  const all = ['daily/*', 'generations/*', 'history/*', 'hourly/*', 'quarantine/*', 'schema.json']
  expect(grantsOf(pipeline, 'Seal')).toEqual({
    ...EVERYWHERE,
    ...CATALOG,
    ...ANNOUNCE,
    's3:AbortMultipartUpload': under(...all),
    's3:DeleteObject': under('daily/*', 'generations/*', 'hourly/*', 'quarantine/*'),
    's3:GetObject': [`${ARCHIVE}/app/*`, ...under(...all)],
    's3:ListBucket': [ARCHIVE, OUT],
    's3:ListBucketMultipartUploads': [OUT],
    's3:PutObject': under(...all),
  })
})

test('Verify writes no object', () => {
  expect(grantsOf(pipeline, 'Verify')).toEqual({
    ...EVERYWHERE,
    ...CATALOG,
    ...ANNOUNCE,
    's3:GetObject': [`${ARCHIVE}/app/*`, ...under('daily/*', 'generations/*', 'history/*', 'hourly/*', 'quarantine/*')],
    's3:ListBucket': [ARCHIVE, OUT],
  })
})

test('Conclude touches no object at all', () => {
  expect(grantsOf(pipeline, 'Conclude')).toEqual({
    ...EVERYWHERE,
    ...CATALOG,
    ...ANNOUNCE,
    'dynamodb:Query': TABLE,
  })
})

test('SealDay calls the functions, by name', () => {
  const { 'lambda:InvokeFunction': functions = [] } = grantsOf(pipeline, 'SealDay')
  expect(functions.map((name) => /^<(\w+?)Function/.exec(name)?.[1])).toEqual([
    ...['Conclude', 'Convert', 'Plan', 'Seal', 'Verify'],
  ])
})

test('Backfill starts SealDay and its own children, and follows those executions alone', () => {
  const grants = grantsOf(pipeline, 'Backfill')
  const states = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>'
  expect(grants['states:StartExecution']).toEqual([
    expect.stringMatching(/^<SealDayMachine\w+>$/),
    `${states}:stateMachine:dayseal-backfill`,
  ])
  const executions = ['dayseal-backfill/*', 'dayseal-backfill:*', 'dayseal-seal-day:*']
  for (const action of ['states:DescribeExecution', 'states:StopExecution']) {
    expect(grants[action]).toEqual(executions.map((name) => `${states}:execution:${name}`))
  }
  expect(grants['lambda:InvokeFunction']).toEqual([expect.stringMatching(/^<PlanFunction\w+\.Arn>$/)])
})

test('no statement has a wildcard for an action, and none for a resource but where AWS knows no other', () => {
  for (const owner of ['Plan', 'Convert', 'Seal', 'Verify', 'Conclude', 'SealDay', 'Backfill', 'Schedules']) {
    const statements = statementsOf(pipeline, owner)
    expect(statements.length).toBeGreaterThan(0)
    for (const { actions, resources } of statements) {
      for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/)
      if (resources.includes('*')) {
        for (const action of actions) expect(action).toMatch(/^(xray:|logs:\w*(LogDeliver|ResourcePolic|LogGroups))/)
      }
    }
  }
})

test('the catalog is granted by the table of the storage stack', () => {
  expect(grantsOf(pipeline, 'Conclude')['dynamodb:PutItem']).toEqual(TABLE)
})
