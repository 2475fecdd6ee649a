import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import { openS3 } from '../../lib/store/s3.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import type { S3Request } from '../servers/s3-fault.ts'
import { dayseal, start, temporaryFolder } from './dayseal.ts'
import { DATE, hourFiles, writeHours } from './hour-files.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
// Nobody's own configuration.
const env = {
  ...KEYS,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}
Object.assign(process.env, KEYS)

let server: S3Server
let flags: readonly string[]
let count = 0
let bucket = ''
/** The Parquet file of the same hours in a directory. */
let inDirectory: Buffer

beforeAll(async () => {
  server = await startS3()
  inDirectory = await sealInDirectory()
  return () => server.close()
})
beforeEach(() => {
  server.mend()
  count++
  bucket = `archive-${count}`
  server.createBucket(bucket)
  for (const [name, content] of hourFiles({ lines: { '03': ['no JSON'] } })) server.put(bucket, `logs/${name}`, content)
  const places = ['--archive', `s3://${bucket}/logs`, '--out', `s3://${bucket}/sealed days/`]
  flags = [...places, '--endpoint', server.endpoint]
})

const run = (command: string, ...more: readonly string[]) => dayseal([command, ...flags, ...more], { env })
const seal = (...more: readonly string[]) =>
  run('seal', '--date', DATE, '--workers', '2', '--max-quarantine', '0.5', ...more)
const sealed = () => openS3(`s3://${bucket}/sealed days`, { endpoint: server.endpoint })

describe('a day in a bucket', () => {
  test('is sealed as in a directory, to the byte, and verified, listed and described', async () => {
    const { code, stdout } = await seal()
    expect(stdout).toContain(`${DATE}  sealed as generation 1: 48 rows`)
    expect(stdout).toContain(`s3://${bucket}/sealed days/`)
    expect(code).toBe(0)
    expect(Buffer.from((await sealed().get(viewDataKey(DATE)))!.bytes).equals(inDirectory)).toBe(true)

    const verified = await run('verify', '--date', DATE, '--source')
    expect(verified).toMatchObject({ code: 0, stderr: expect.any(String) })
    expect(verified.stdout).toContain(`default ${DATE}: passed`)
    const listed = await run('status')
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`${DATE} .*sealed +1 +24/24 +48`)),
    })
    const described = await run('schema', '--date', DATE)
    expect(described).toMatchObject({ code: 0, stdout: expect.stringMatching(/meta\.host +string/) })

    const again = await seal()
    expect(again.stdout).toContain('already sealed: nothing changed since generation 1')
    expect(server.unfinished(bucket)).toEqual([])
  })

  test('is not touched by a dry run, of which the threads write elsewhere', async () => {
    const { code, stdout } = await seal('--dry-run')
    expect({ code, manifest: JSON.parse(stdout) }).toMatchObject({ code: 0, manifest: { row_count: 48 } })
    expect(await sealed().list('')).toEqual([])
    await seal()
    server.put(
      bucket,
      'logs/20250314/07.jsonl.gz',
      hourFiles({ lines: { '07': ['{"n":3}'] } }).get('20250314/07.jsonl.gz')!,
    )
    const before = await sealed().list('')
    const second = await seal('--dry-run')
    expect(JSON.parse(second.stdout)).toMatchObject({ generation: 2, row_count: 49 })
    expect(await sealed().list('')).toEqual(before)
  })

  test('that is found changed is sealed again', async () => {
    await seal()
    server.put(
      bucket,
      'logs/20250314/07.jsonl.gz',
      hourFiles({ lines: { '07': ['{"n":3}'] } }).get('20250314/07.jsonl.gz')!,
    )
    expect((await run('status')).stdout).toMatch(new RegExp(`${DATE} .*stale`))
    const { stdout } = await seal()
    expect(stdout).toContain('sealed as generation 2: 49 rows')
    expect(stdout).toContain('converted 1 hour (07)')
    expect((await run('verify', '--date', DATE, '--source')).code).toBe(0)
  })

  test.each<[string, (request: S3Request) => boolean]>([
    ['hourly', ({ key }) => key.endsWith('hourly/2025-03-14/11.json')],
    ['generations', ({ key }) => key.includes('/generations/')],
    ['history', ({ key }) => key.includes('/history/')],
    ['daily', ({ key }) => key.endsWith('daily/2025-03-14/manifest.json')],
  ])('of which the seal is killed at its write to %s is sealed by the next one', async (_, isThere) => {
    const child = start(['seal', ...flags, '--date', DATE, '--workers', '2', '--max-quarantine', '0.5'], { env })
    child.stdout.resume()
    child.stderr.resume()
    const ended = new Promise((done) => child.on('close', (_, signal) => done(signal)))
    const until = async () => {
      child.kill('SIGKILL')
      await ended
    }
    const fault = { kind: 'wait', until } as const
    server.fail({ fault, when: (request) => request.method === 'PUT' && isThere(request) })
    expect(await ended).toBe('SIGKILL')
    const next = await seal()
    expect(next.stderr).not.toContain('dayseal:')
    expect(next.code).toBe(0)
    expect(next.stdout).toMatch(/sealed as generation 1|already sealed/)
    expect((await sealed().list(`history/${DATE}/`)).length).toBe(1)
    expect(Buffer.from((await sealed().get(viewDataKey(DATE)))!.bytes).equals(inDirectory)).toBe(true)
    expect((await run('verify', '--date', DATE)).code).toBe(0)
  })

  test('is sealed by one of several at once', async () => {
    const outcomes = await Promise.all([seal('--json'), seal('--json'), seal('--json')])
    const days = outcomes.map(({ stdout }) => JSON.parse(stdout).days[0])
    expect(days.map(({ exit_code }) => exit_code)).toEqual([0, 0, 0])
    expect(days.map(({ outcome }) => outcome).sort()).toEqual(['already-sealed', 'already-sealed', 'sealed'])
    expect(await sealed().list(`generations/${DATE}/`)).toHaveLength(1)
  })

  test('is sealed although the answer to the commit is lost, and requests are refused', async () => {
    const isCommit = ({ method, key }: S3Request) => method === 'PUT' && key.includes('/history/')
    server.fail({ fault: { kind: 'reset', moment: 'after' }, when: isCommit })
    server.fail({
      fault: { kind: 'refuse', status: 503, code: 'SlowDown' },
      when: ({ method }) => method === 'GET',
      times: 3,
    })
    server.fail({ fault: { kind: 'cut', bytes: 20 }, when: ({ key }) => key.endsWith('09.jsonl.gz') })
    expect((await seal()).stdout).toContain('sealed as generation 1: 48 rows')
    const manifest = (await sealed().get(viewManifestKey(DATE)))!.bytes
    expect(JSON.parse(Buffer.from(manifest).toString())).toMatchObject({ generation: 1, row_count: 48 })
  })
})

describe('a store that does not check conditions', () => {
  const isConditional = ({ method, headers }: S3Request) => method === 'PUT' && 'if-none-match' in headers

  test.each([
    ['ignores them', { kind: 'unconditional' }, 'a write whose If-None-Match did not hold was made'],
    ['does not have them', { kind: 'refuse', status: 501, code: 'NotImplemented' }, '501 NotImplemented'],
  ] as const)('because it %s is refused by name, before a first seal and after', async (_, fault, seen) => {
    for (const sealedBefore of [false, true]) {
      server.mend()
      if (sealedBefore) expect((await seal()).code).toBe(0)
      server.put(bucket, 'logs/20250314/07.jsonl.gz', gzipSync(`{"n":${sealedBefore ? 1 : 0}}\n`))
      const before = (await sealed().list('')).map(({ key, etag }) => [key, etag])
      server.fail({ fault, when: isConditional, times: 99 })
      const { code, stderr } = await seal()
      expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('is no place for Dayseal') })
      expect(stderr).toContain(`s3://${bucket}/sealed days`)
      expect(stderr).toContain(seen)
      expect((await sealed().list('')).map(({ key, etag }) => [key, etag])).toEqual(before)
    }
  })
})

describe('what is wrong with a bucket ends with', () => {
  test('5 when it is missing, denied or not there at all', async () => {
    flags = ['--archive', 's3://no-such-bucket/a', '--out', `s3://${bucket}/b`, '--endpoint', server.endpoint]
    expect(await run('status')).toMatchObject({ code: 5, stderr: expect.stringContaining('create the bucket') })
    server.fail({ fault: { kind: 'refuse', status: 403, code: 'AccessDenied' }, when: () => true, times: 99 })
    expect(await run('status')).toMatchObject({ code: 5, stderr: expect.stringContaining('403 AccessDenied') })
    const config = join(await temporaryFolder(), 'dayseal.config.json')
    const s3 = { endpoint: 'http://127.0.0.1:9', retrySeconds: 0 }
    const app = { archive: { location: 's3://no-such-bucket/a' }, out: `s3://${bucket}/b`, s3 }
    await writeFile(config, JSON.stringify({ datasets: { app } }))
    flags = ['--config', config]
    expect(await run('status')).toMatchObject({ code: 5, stderr: expect.stringContaining('nothing listens') })
  })

  test('5 without credentials, and says how to get some', async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...none } = env
    const bare = { ...none, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }
    const { code, stderr } = await dayseal(['status', ...flags], { env: bare })
    expect({ code, stderr }).toMatchObject({ code: 5, stderr: expect.stringContaining('AWS_PROFILE') })
  })

  test('2 when the location, the endpoint or the region is wrong', async () => {
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [['--archive', 's3://Bad_Bucket', '--out', 'x'], 'names no bucket'],
      [['--archive', 's3://bucket/a/../b', '--out', 'x'], 'the name ..'],
      [[...flags.slice(0, 4), '--endpoint', '127.0.0.1:9000'], 's3.endpoint'],
      [[...flags.slice(0, 4), '--endpoint', 'http://user:secret@127.0.0.1:9000'], 'without a user, a password'],
      [flags.slice(0, 4), 'the region of the bucket is not known'],
    ]
    for (const [args, says] of wrong) {
      const { code, stderr } = await dayseal(['status', ...args], { env: { ...env, AWS_REGION: '' } })
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(says) })
    }
  })
})

test('a profile gives the credentials and the region that requests are signed with', async () => {
  const folder = await temporaryFolder()
  const profile = '[profile mine]\nregion = eu-west-3\naws_access_key_id = MINE\naws_secret_access_key = secret\n'
  await writeFile(join(folder, 'config'), profile)
  const dataset = {
    archive: { location: `s3://${bucket}/logs` },
    out: `s3://${bucket}/sealed`,
    s3: { endpoint: server.endpoint, profile: 'mine' },
  }
  await writeFile(join(folder, 'dayseal.config.json'), JSON.stringify({ datasets: { app: dataset } }))
  const bare = { ...env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_CONFIG_FILE: join(folder, 'config') }
  const before = server.requests.length
  expect(await dayseal(['status'], { cwd: folder, env: bare })).toMatchObject({ code: 0 })
  const [first] = server.requests.slice(before)
  expect(first?.headers.authorization).toMatch(/Credential=MINE\/\d+\/eu-west-3\/s3/)
})

async function sealInDirectory(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  await writeHours(join(folder, 'archive'), { lines: { '03': ['no JSON'] } })
  const places = ['--archive', join(folder, 'archive'), '--out', join(folder, 'out')]
  const { code } = await dayseal(['seal', ...places, '--date', DATE, '--workers', '1', '--max-quarantine', '0.5'])
  expect(code).toBe(0)
  const data = await readFile(join(folder, 'out', viewDataKey(DATE)))
  await rm(folder, { recursive: true })
  return data
}
