import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { COMPILE_CACHE } from '../bad-input/place.ts'
import type { ApiServer } from '../servers/aws-api.ts'
import { type DescribedStack, startCloudFormation } from '../servers/cloudformation.ts'
import { type FunctionResult, startLambda } from '../servers/lambda.ts'
import { type RunExecution, type StepFunctionsServer, startStepFunctions } from '../servers/step-functions.ts'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE } from './hour-files.ts'

const SEAL_DAY = 'arn:aws:states:eu-west-1:123456789012:stateMachine:seals-seal-day'
const PIPELINE: DescribedStack = {
  status: 'UPDATE_COMPLETE',
  outputs: new Map([
    ['SealDayArn', SEAL_DAY],
    ['BackfillArn', SEAL_DAY.replace('seal-day', 'backfill')],
    ['VerifyFunction', 'seals-verify'],
    ['CatalogTable', 'seals-catalog'],
  ]),
}
const stacks = new Map([
  ['seals-pipeline', PIPELINE],
  ['other-stack', { status: 'ROLLBACK_COMPLETE', outputs: new Map([['Bucket', 'b']]) }],
])

let executions: StepFunctionsServer
let servers: readonly ApiServer[]
let env: Readonly<Record<string, string>>
/** What the deployed system does in a test. */
let run: RunExecution
let invoke: (event: unknown) => FunctionResult

beforeAll(async () => {
  const formation = await startCloudFormation(stacks, (accessKey) => accessKey === 'NOBODY')
  executions = await startStepFunctions((execution) => run(execution))
  const lambda = await startLambda((name, event) =>
    name === 'seals-verify' ? Promise.resolve(invoke(event)) : undefined,
  )
  servers = [formation, executions, lambda]
  env = {
    ...COMPILE_CACHE,
    AWS_ACCESS_KEY_ID: 'AKIAPERSON',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-west-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_CLOUDFORMATION: formation.endpoint,
    AWS_ENDPOINT_URL_SFN: executions.endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.endpoint,
  }
  return () => Promise.all(servers.map((server) => server.close()))
})
beforeEach(() => {
  run = () => Promise.reject(new Error('nothing was to be started'))
  invoke = () => ({ kind: 'failed', cause: '{}' })
})

const DEPLOYED = ['--remote', '--stack', 'seals-pipeline', '--dataset', 'app', '--date', DATE]

describe('which deployed system is meant', () => {
  const inFolder = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    dayseal(args, { cwd: await temporaryFolder(), env: { ...env, ...more } })

  test.each<[string, readonly string[], Readonly<Record<string, string>>, number, string]>([
    ['nothing says', ['--remote'], {}, 2, 'it is not known which deployed system is meant; seen: no configuration in'],
    ['no stack', ['--remote', '--stack', 'none', '--dataset', 'app'], {}, 2, 'there is no stack none in eu-west-1'],
    [
      'another stack',
      ['--remote', '--stack', 'other-stack', '--dataset', 'app'],
      {},
      2,
      'seen: ROLLBACK_COMPLETE, with the outputs Bucket; wanted: the outputs SealDayArn',
    ],
    ['no region', DEPLOYED, { AWS_REGION: '' }, 2, 'the region of the deployed system is not known'],
    [
      'denied',
      DEPLOYED,
      { AWS_ACCESS_KEY_ID: 'NOBODY' },
      5,
      'the stack seals-pipeline in eu-west-1 cannot be described; seen: AccessDenied',
    ],
    ['no credentials', DEPLOYED, { AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true' }, 5, 'AWS_PROFILE'],
    [
      'no --remote',
      ['--stack', 'seals-pipeline', '--archive', 'a', '--out', 'b'],
      {},
      2,
      '--stack is given without --remote',
    ],
  ])('%s', async (_, args, more, code, says) => {
    for (const command of ['seal', 'verify', 'status']) {
      const ran = await inFolder([command, ...args], more)
      expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(says) })
    }
  })

  test('the configuration says, with its region', async () => {
    const cwd = await temporaryFolder()
    const dataset = { archive: { location: 's3://archive/app' }, out: 's3://sealed/app' }
    const config = { datasets: { app: dataset }, deployment: { name: 'seals', region: 'us-west-2' } }
    await writeFile(join(cwd, 'dayseal.config.json'), JSON.stringify(config))
    invoke = (event) => ({ kind: 'answered', payload: JSON.stringify({ days: [verified(event)] }) })
    const found = await dayseal(['verify', '--remote', '--date', DATE], { cwd, env: { ...env, AWS_REGION: '' } })
    expect(found).toMatchObject({ code: 0, stdout: `app ${DATE}: passed (generation 3)\n` })
    const unknown = await dayseal(['verify', '--remote', '--dataset', 'ap'], { cwd, env })
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean app?') })
    const denied = await dayseal(['status', '--remote'], { cwd, env: { ...env, AWS_ACCESS_KEY_ID: 'NOBODY' } })
    expect(denied.stderr).toContain('the stack seals-pipeline in us-west-2')
  })

  test.each([
    ['seal', ['--archive', 'a'], '--archive is given with --remote'],
    ['seal', ['--endpoint', 'http://127.0.0.1:9'], '--endpoint is given with --remote'],
    ['seal', ['--min-hours', '20'], '--min-hours is given with --remote'],
    ['seal', ['--allow-incomplete'], '--allow-incomplete is given with --remote'],
    ['seal', ['--upload', 'x'], '--upload is given with --remote'],
    ['verify', ['--out', 'b'], '--out is given with --remote'],
    ['verify', ['--report', 'x.md'], '--report is given with --remote'],
    ['status', ['--layout', '{HH}'], '--layout is given with --remote'],
  ])('%s %j is refused, because the deployed system has its own', async (command, args, says) => {
    const { code, stderr } = await inFolder([command, ...DEPLOYED, ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(`dayseal: ${says}`) })
  })
})

describe('seal --remote', () => {
  const seal = (...more: readonly string[]) => dayseal(['seal', ...DEPLOYED, ...more], { env })

  test('ends with the code of what the execution failed with, and says why', async () => {
    run = async () => ({ kind: 'failed', error: 'Dayseal.verification', cause: '{"failed_checks":["manifest.chain"]}' })
    const { code, stderr } = await seal()
    expect(stderr).toContain(
      `dayseal: ${DATE}: the deployed system could not seal the day: {"failed_checks":["manifest.chain"]}\n`,
    )
    expect(code).toBe(1)
  })

  test('goes on to the next day after one that failed', async () => {
    run = async ({ input }) =>
      JSON.stringify(input).includes(DATE)
        ? { kind: 'failed', error: 'Dayseal.source', cause: 'bad' }
        : { kind: 'failed', error: 'Dayseal.storage', cause: 'away' }
    const { code, stdout } = await seal('--date', '2025-03-15', '--json')
    expect(code).toBe(4)
    expect(JSON.parse(stdout).days.map((day: { exit_code: number }) => day.exit_code)).toEqual([4, 5])
  })

  test('reads a history of many pages', async () => {
    run = async ({ record }) => {
      for (const name of ['Begin', 'Plan', 'Planned', 'ConvertHours']) {
        record({ type: 'StateEntered', stateEnteredEventDetails: { name } })
      }
      record({ type: 'MapStateStarted', mapStateStartedEventDetails: { length: 24 } })
      for (let hour = 0; hour < 24; hour++) record({ type: 'MapIterationSucceeded' })
      record({ type: 'StateEntered', stateEnteredEventDetails: { name: 'Seal' } })
      return { kind: 'failed', error: 'Dayseal.conflict', cause: 'somebody else' }
    }
    const { code, stderr } = await seal()
    expect(code).toBe(6)
    expect(stderr).toMatch(/plan 100 %\n.*convert 100 %\n.*seal 100 %\n/)
  })

  test('--no-wait returns once it has begun', async () => {
    const over = Promise.withResolvers<void>()
    run = async () => {
      await over.promise
      return { kind: 'failed', error: 'late', cause: '' }
    }
    const { code, stdout } = await seal('--no-wait')
    over.resolve()
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${DATE}  started: ${executions.started.at(-1)}\n` })
    const local = await dayseal(['seal', '--archive', 'a', '--out', 'b', '--no-wait'], { env })
    expect(local).toMatchObject({ code: 2, stderr: expect.stringContaining('--no-wait is given without --remote') })
  })

  test('Ctrl-C ends the watching, not the execution, and says how to look again', async () => {
    const over = Promise.withResolvers<void>()
    const begun = Promise.withResolvers<string>()
    run = async ({ executionArn }) => {
      begun.resolve(executionArn)
      await over.promise
      return { kind: 'succeeded', output: {} }
    }
    const child = start(['seal', ...DEPLOYED, '--json'], { env })
    const output = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (text) => (output[name] += text))
    const ended = new Promise((done) => child.on('close', done))
    const arn = await begun.promise
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(output.stderr).toContain(`no longer watched; the execution goes on. Look again: dayseal status --remote`)
    expect(output.stderr).toContain(`--execution-arn ${arn}\n`)
    expect(JSON.parse(output.stdout)).toMatchObject({ exit_code: 130, days: [{ outcome: 'interrupted' }] })
    over.resolve()
    await executions.settled()
  })
})

describe('verify --remote', () => {
  const verify = (...more: readonly string[]) => dayseal(['verify', ...DEPLOYED, ...more], { env })

  test('asks for each day by itself, some at a time, and names the checks that fail', async () => {
    const asked: unknown[] = []
    invoke = (event) => {
      asked.push(event)
      const day = { ...verified(event), result: 'failed', failed_checks: ['manifest.parquet_sha256', 'view.newest'] }
      return { kind: 'answered', payload: JSON.stringify({ dataset: 'app', result: 'failed', days: [day] }) }
    }
    const { code, stdout } = await verify('--date', '2025-03-15', '--source')
    expect(code).toBe(1)
    expect(stdout).toContain(`app ${DATE}: failed (generation 3)\n  failed: manifest.parquet_sha256, view.newest\n`)
    expect(asked).toContainEqual({ dataset: 'app', date: DATE, source: true })
    expect(asked).toHaveLength(2)
  })

  test.each([
    ['Dayseal.storage', 5],
    ['Dayseal.usage', 2],
    ['Dayseal.timeout', 5],
  ])('ends with the code of the error that the function ended with: %s, %i', async (errorType, exitCode) => {
    invoke = () => ({ kind: 'failed', cause: JSON.stringify({ errorType, errorMessage: 'there is no such dataset' }) })
    const { code, stderr } = await verify()
    expect({ code, stderr }).toEqual({ code: exitCode, stderr: expect.stringContaining('there is no such dataset') })
  })

  test('takes nothing for a verdict that is none', async () => {
    invoke = () => ({ kind: 'answered', payload: '{"days":[]}' })
    expect(await verify()).toMatchObject({ code: 5, stderr: expect.stringContaining('an answer that is no verdict') })
  })
})

test('status --remote ends with 5 when the catalog cannot be reached', async () => {
  const away = { ...env, AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:9' }
  const { code, stderr } = await dayseal(['status', ...DEPLOYED], { env: away })
  expect({ code, stderr }).toEqual({ code: 5, stderr: expect.stringContaining('the DynamoDB table seals-catalog') })
})

function verified(event: unknown) {
  const { date } = event as { date: string }
  return { date, generation: 3, result: 'passed', failed_checks: [], warned_checks: [] }
}
