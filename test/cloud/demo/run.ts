import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { styleText } from 'node:util'
import { gzipSync } from 'node:zlib'
import { demoDay } from '../../../cli/demo/generate.ts'
import { type Cloud, startCloud } from '../cloud.ts'
import { synthesize } from '../synthesize.ts'
import { announcementsReport, functionsReport } from './report.ts'

/*
 * `npm run demo:cloud [-- FOLDER]`: the deployed system at work on this machine: the templates that `cdk synth` makes, the
 * functions' bundles, and servers for S3, DynamoDB and EventBridge on 127.0.0.1. FOLDER: a day of hour files of your own,
 * named as in `YYYYMMDD/HH.jsonl.gz`. Ends with 1 when something does not end as the text says.
 */

const DAYSEAL = join(import.meta.dirname, '..', '..', '..', 'cli', 'dayseal.js')
const CONFIG = join(import.meta.dirname, 'demo.config.ts')
const ARCHIVE = 'demo-archive'

const outdir = await mkdtemp(join(tmpdir(), 'dayseal-demo-cloud-'))
try {
  title('Synthesize the stacks')
  const stacks = await synthesize(CONFIG, outdir)
  for (const type of ['AWS::S3::Bucket', 'AWS::Lambda::Function', 'AWS::StepFunctions::StateMachine']) {
    console.log(
      `${type}: ${stacks
        .ofType(type)
        .map(({ name }) => name)
        .join(', ')}`,
    )
  }
  const cloud = await startCloud(stacks, outdir)
  try {
    await play(cloud)
  } finally {
    await cloud.close()
  }
} finally {
  await rm(outdir, { recursive: true, force: true })
}

async function play(cloud: Cloud): Promise<void> {
  const hours = await hourFiles(process.argv[2])
  const folder = hours[0]!.key.split('/')[0]!
  const date = folder.replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')
  const morning = new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000)

  title(`The hours of ${date} arrive, each event twice`)
  for (const { key, bytes } of hours) {
    const event = await cloud.upload(ARCHIVE, key, bytes)
    cloud.deliver([event, event])
  }
  await timed('all hours converted', () => cloud.drain())

  title('00:05 UTC: the schedule starts SealDay')
  await timed('SealDay', async () => expectKind('succeeded', await cloud.tick(at(morning, 0, 5))))
  await dayseal(cloud, ['verify', '--date', date, '--source'])

  title('An hour is replaced: the day is stale, and is sealed again')
  const late = Buffer.concat([hours[5]!.bytes, gzipSync('{"late":true}\n')])
  cloud.deliver([await cloud.upload(ARCHIVE, hours[5]!.key, late)])
  await cloud.drain()
  expectKind('succeeded', [await cloud.execute('demo-seal-day', { dataset: 'logs', date })])

  title('An hour is replaced by something that is no log: the day stays as it was sealed')
  cloud.deliver([await cloud.upload(ARCHIVE, hours[6]!.key, Buffer.from('not a log'))])
  await cloud.drain()
  expectKind('failed', [await cloud.execute('demo-seal-day', { dataset: 'logs', date })])
  console.log(`in the dead-letter queue: ${cloud.deadLetters.length} message`)

  title('90 days later, at 03:00 UTC: the day is verified again')
  expectKind('succeeded', await cloud.tick(at(new Date(morning.getTime() + 89 * 86_400_000), 3, 0)))
  await dayseal(cloud, ['status'])

  title('What was announced')
  for (const line of announcementsReport(cloud)) console.log(line)
  title('What each function did, every call of it checked against its policy')
  for (const line of functionsReport(cloud)) console.log(line)
  const refused = cloud.calls.filter(({ granted }) => !granted)
  if (refused.length > 0) fail(`${refused.length} calls were refused: ${JSON.stringify(refused[0])}`)
}

/** A folder's hour files, or a day of application logs. */
async function hourFiles(folder: string | undefined) {
  if (folder === undefined) return [...demoDay()]
  const path = resolve(folder)
  const names = (await readdir(path)).filter((name) => /^\d\d\.jsonl\.gz$/.test(name)).sort()
  if (names.length !== 24 || !/^\d{8}$/.test(basename(path))) {
    throw new Error(`${path} is no day of hour files: wanted YYYYMMDD/00.jsonl.gz to 23.jsonl.gz`)
  }
  return Promise.all(
    names.map(async (name) => ({ key: `${basename(path)}/${name}`, bytes: await readFile(join(path, name)) })),
  )
}

function at(day: Date, hours: number, minutes: number): Date {
  return new Date(day.getTime() + (hours * 60 + minutes) * 60_000)
}

function title(text: string): void {
  console.log(`\n${styleText(['bold', 'underline'], text)}\n`)
}

async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const start = performance.now()
  await work()
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

function expectKind(kind: string, ends: Awaited<ReturnType<Cloud['tick']>>): void {
  for (const end of ends) {
    console.log(end.kind === 'failed' ? `failed: ${end.error}: ${end.cause}` : 'succeeded')
    if (end.kind !== kind) fail(`an execution ${end.kind}, and should have ${kind}`)
  }
}

function fail(text: string): void {
  console.error(`The demo did not go as it should: ${text}`)
  process.exitCode = 1
}

/** The command against the local S3, as a user would type it. */
async function dayseal({ s3 }: Cloud, args: readonly string[]): Promise<void> {
  const all = [...args, '--config', CONFIG, '--endpoint', s3.endpoint]
  console.log(styleText('cyan', `\n$ npx dayseal ${all.join(' ')}`))
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'demo', AWS_SECRET_ACCESS_KEY: 'demo' }
  const child = spawn(process.execPath, [DAYSEAL, ...all], { stdio: ['ignore', 'inherit', 'inherit'], env })
  const status = await new Promise((resolve) => child.on('exit', resolve))
  if (status !== 0) fail(`dayseal ${args[0]} ended with ${status}`)
}
