import { cp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../../lib/store/open-store.ts'
import { openS3 } from '../../lib/store/s3.ts'
import { COMPILE_CACHE, filesIn, openPlace, type Place, snapshot } from '../bad-input/place.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import type { S3Request } from '../servers/s3-fault.ts'
import { dayseal, start } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
Object.assign(process.env, KEYS)
const env = {
  ...COMPILE_CACHE,
  ...KEYS,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
}

let place: Place
let server: S3Server

beforeAll(async () => {
  const opened = await openPlace()
  place = opened.place
  server = await startS3()
  await writeHours(place.archive, { lines: { '03': ['no JSON'] } })
  const sealed = await dayseal(['seal', ...sealFlags(place.out)], { env })
  expect(sealed.code).toBe(0)
  return async () => {
    await server.close()
    await opened.remove()
  }
})

function sealFlags(out: string): readonly string[] {
  return ['--archive', place.archive, '--out', out, '--date', DATE, '--workers', '1', '--max-quarantine', '0.5']
}

const upload = (to: string, ...more: readonly string[]) =>
  dayseal(['seal', ...sealFlags(place.out), '--upload', to, ...more], { env })
const verify = (out: string, ...more: readonly string[]) =>
  dayseal(['verify', '--archive', place.archive, '--out', out, '--date', DATE, '--source', ...more], { env })

/** Runs the command, and kills it when `until` says so. */
async function killed(args: readonly string[], more: Readonly<Record<string, string>>, kill?: () => Promise<void>) {
  const child = start(args, { env: { ...env, ...more } })
  child.stdout.resume()
  child.stderr.resume()
  const ended = new Promise<NodeJS.Signals | null>((done) => child.on('close', (_, signal) => done(signal)))
  void kill?.().then(() => child.kill('SIGKILL'))
  return ended
}

describe('seal --upload', () => {
  test('seals, then puts the day into another directory, and says so', async () => {
    const out = join(place.folder, 'sealed-and-uploaded')
    const to = join(place.folder, 'uploaded-at-once')
    const first = await dayseal(['seal', ...sealFlags(out), '--upload', to], { env })
    expect(first.stdout).toMatch(/sealed as generation 1: 48 rows[\s\S]*\n {2}uploaded {2}\S+: generation 1, \d+ files/)
    expect(first.stderr).toContain(`${DATE} upload 100 %\n`)
    expect(first.code).toBe(0)
    expect(await snapshot(to)).toEqual(await snapshot(out))
    expect((await verify(to)).code).toBe(0)
    const again = await dayseal(['seal', ...sealFlags(out), '--upload', to], { env })
    expect(again.stdout).toMatch(/already sealed[\s\S]*uploaded {2}\S+: generation 1 was there already, 1 file /)
  })

  test('--json tells of both', async () => {
    const to = join(place.folder, 'uploaded-json')
    const { code, stdout } = await upload(to, '--json')
    expect(code).toBe(0)
    const [day] = JSON.parse(stdout).days
    expect(day).toMatchObject({ outcome: 'already-sealed', generation: 1, exit_code: 0 })
    expect(day.upload).toMatchObject({ location: to, outcome: 'uploaded', generation: 1, committed_generations: [1] })
    expect(day.upload.sent.bytes).toBeGreaterThan(day.manifest.parquet_size_bytes)
  })

  test('leaves a day that is not sealed alone', async () => {
    const to = join(place.folder, 'not-uploaded')
    const places = ['--archive', place.archive, '--out', join(place.folder, 'not-sealed'), '--upload', to]
    expect((await dayseal(['seal', ...places, '--date', '2025-03-15'], { env })).code).toBe(3)
    expect(await filesIn(to)).toEqual([])
  })

  test.each([
    'after rename uploaded/generations',
    `after rename uploaded/hourly/${DATE}/11.json`,
    'after link uploaded/history',
  ])('goes on after it was killed %s', async (at) => {
    const to = join(place.folder, 'uploaded')
    await rm(to, { recursive: true, force: true })
    const hooks = { NODE_OPTIONS: `--import ${KILL_AT}`, DAYSEAL_TEST_KILL_AT: at }
    expect(await killed(['seal', ...sealFlags(place.out), '--upload', to], hooks)).toBe('SIGKILL')
    expect((await upload(to)).code).toBe(0)
    expect(await sealedContent(to)).toEqual(await sealedContent(place.out))
    expect((await verify(to)).code).toBe(0)
  })
})

const KILL_AT = resolve(import.meta.dirname, '../bad-input/kill-at.ts')

/** Without what a killed write left behind. */
async function sealedContent(out: string): Promise<Readonly<Record<string, string>>> {
  const keys = (await openStore(out).list('')).map(({ key }) => key)
  const all = await snapshot(out)
  return Object.fromEntries(keys.map((key) => [key, all[key] ?? '']))
}

describe('seal --upload into a bucket', () => {
  const inBucket = (bucket: string) => {
    server.createBucket(bucket)
    server.mend()
    const to = `s3://${bucket}/days`
    return { to, flags: ['--endpoint', server.endpoint], store: openS3(to, { endpoint: server.endpoint }) }
  }

  test.each<[string, (request: S3Request) => boolean]>([
    ['generations', ({ key }) => key.includes('/generations/')],
    ['quarantine', ({ key }) => key.includes('/quarantine/')],
    ['history', ({ key }) => key.includes('/history/')],
    ['daily', ({ key }) => key.endsWith('daily/2025-03-14/manifest.json')],
  ])('goes on after it was killed at its write to %s', async (name, isThere) => {
    const { to, flags, store } = inBucket(`killed-${name}`)
    const reached = Promise.withResolvers<void>()
    const ended = killed(['seal', ...sealFlags(place.out), '--upload', to, ...flags], {}, () => reached.promise)
    const until = async () => {
      reached.resolve()
      await ended
    }
    server.fail({ fault: { kind: 'wait', until }, when: (request) => request.method === 'PUT' && isThere(request) })
    expect(await ended).toBe('SIGKILL')
    const next = await upload(to, ...flags)
    expect(next).toMatchObject({ code: 0, stdout: expect.stringContaining(`uploaded  ${to}: generation 1`) })
    expect(await store.list('history/')).toHaveLength(1)
    expect((await verify(to, ...flags)).code).toBe(0)
  })

  test('ends with 6 when the day was sealed otherwise there, and with 5 when the bucket is missing', async () => {
    const { to, flags, store } = inBucket('other')
    const other = join(place.folder, 'other-archive')
    await cp(place.archive, other, { recursive: true })
    await writeHours(other, { hours: ['07'], lines: { '07': ['{"n":3}'] } })
    const places = ['--archive', other, '--out', to, ...flags]
    expect(await dayseal(['seal', ...places, '--date', DATE, '--max-quarantine', '0.5'], { env })).toMatchObject({
      code: 0,
    })
    const before = await store.list('')
    const { code, stdout, stderr } = await upload(to, ...flags, '--json')
    expect(stderr).toContain(
      `${DATE}: not uploaded: ${to} has another generation 1 of ${DATE}; seen: 49 rows of 24 sources`,
    )
    expect(code).toBe(6)
    expect(JSON.parse(stdout).days).toMatchObject([
      { outcome: 'already-sealed', exit_code: 6, upload: { outcome: 'failed', error: { code: 'conflict' } } },
    ])
    expect(await store.list('')).toEqual(before)
    expect((await upload('s3://no-such-bucket/days', ...flags)).code).toBe(5)
  })
})
