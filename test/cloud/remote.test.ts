import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { COMPILE_CACHE } from '../bad-input/place.ts'
import { dayseal } from '../cli/dayseal.ts'
import { FEW_HOURS, uploadDay, uploadHour } from './archive.ts'
import { type Cloud, startCloud } from './cloud.ts'
import { type ControlPlane, startControlPlane } from './control-plane.ts'
import { daysAgo, generations } from './sealed-days.ts'
import { synthesize } from './synthesize.ts'

const CONFIG = join(import.meta.dirname, 'test.config.ts')
const YESTERDAY = daysAgo(1)

describe('the command, with --remote', () => {
  let outdir: string
  let cloud: Cloud
  let plane: ControlPlane
  beforeAll(async () => {
    outdir = await mkdtemp(join(tmpdir(), 'dayseal-cdk-'))
    const stacks = await synthesize(CONFIG, outdir)
    cloud = await startCloud(stacks, outdir)
    plane = await startControlPlane(stacks, cloud)
  }, 180_000)
  afterAll(async () => {
    await plane.close()
    await cloud.close()
    await rm(outdir, { recursive: true, force: true })
  })

  const run = (...args: readonly string[]) => {
    const keys = { AWS_ACCESS_KEY_ID: 'AKIAPERSON', AWS_SECRET_ACCESS_KEY: 'secret' }
    const own = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
    const env = { ...COMPILE_CACHE, ...keys, ...own, ...plane.env }
    return dayseal([...args, '--remote', '--config', CONFIG, '--dataset', 'app'], { env })
  }

  test('seals a day, shows how far it comes, and knows the second time that it is sealed', async () => {
    await uploadDay(cloud, YESTERDAY)
    const first = await run('seal')
    expect(first.stderr).toContain(`${YESTERDAY} convert 100 %\n`)
    expect(first.stderr).toContain(`${YESTERDAY} verify 100 %\n`)
    expect(first.stdout).toBe(`${YESTERDAY}  sealed as generation 1: 480 rows, verified\n`)
    expect(first.code).toBe(0)
    const [manifest] = await generations(cloud, YESTERDAY)
    const again = await run('seal', '--date', YESTERDAY, '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      command: 'seal',
      exit_code: 0,
      days: [
        {
          dataset: 'app',
          date_utc: YESTERDAY,
          outcome: 'already-sealed',
          generation: 1,
          row_count: 480,
          data_key: manifest?.data_key,
          parquet_sha256: manifest?.parquet_sha256,
          execution_arn: plane.executions.started.at(-1),
          verdict: 'passed',
        },
      ],
    })
  })

  test('verifies days, and fails for one that was never sealed', async () => {
    const passed = await run('verify', '--date', YESTERDAY, '--source')
    expect(passed).toMatchObject({ code: 0, stdout: `app ${YESTERDAY}: passed (generation 1)\n` })
    const { code, stdout } = await run('verify', '--from', daysAgo(3), '--to', YESTERDAY, '--json')
    const { days } = JSON.parse(stdout)
    expect(code).toBe(1)
    expect(days).toMatchObject([
      { date_utc: daysAgo(3), result: 'failed', generation: null, failed_checks: ['presence.manifest'], exit_code: 1 },
      { date_utc: daysAgo(2), result: 'failed', exit_code: 1 },
      { date_utc: YESTERDAY, result: 'passed', generation: 1, exit_code: 0 },
    ])
  })

  test('ends with 3 for a day whose hours never came, and with 4 for a corrupt file', async () => {
    const [incomplete, corrupt] = [daysAgo(8), daysAgo(9)]
    await uploadDay(cloud, incomplete, HOURS.slice(0, 3))
    const refused = await run('seal', '--date', incomplete)
    expect(refused.stderr).toContain(
      `${incomplete}: not sealed (24-hour guard): the archive has 3 of 24 hours, and 4 are wanted; missing: 03–23`,
    )
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    await uploadDay(cloud, corrupt, FEW_HOURS)
    await uploadHour(cloud, corrupt, '05', Buffer.from('neither gzip nor JSON'))
    const failed = await run('seal', '--date', corrupt, '--json')
    expect(failed.code).toBe(4)
    expect(JSON.parse(failed.stdout).days[0]).toMatchObject({ outcome: 'failed', error: { code: 'source' } })
    expect(failed.stderr).toContain('05.jsonl.gz')
  })

  test('seals a range by one backfill, and says of each day what came of it', async () => {
    const range = [6, 5, 4].map(daysAgo)
    await uploadDay(cloud, range[0]!, FEW_HOURS)
    await uploadDay(cloud, range[2]!, FEW_HOURS)
    const { code, stdout, stderr } = await run('seal', '--from', range[0]!, '--to', range[2]!)
    expect(stderr).toContain(`app ${range[0]} to ${range[2]} days 100 %\n`)
    expect(stdout).toBe([range[0], range[2]].map((date) => `app ${date}  sealed, generation 1: 80 rows\n`).join(''))
    expect(stderr).toContain(`app ${range[1]}: not sealed: 0 of 4 hours; missing: 00 01`)
    expect(code).toBe(3)
    await uploadDay(cloud, range[1]!, FEW_HOURS)
    const again = await run('seal', '--from', range[0]!, '--to', range[2]!, '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({
      exit_code: 0,
      ranges: [
        {
          dataset: 'app',
          from: range[0],
          to: range[2],
          days: range.map((date) => ({ date_utc: date, row_count: 80 })),
        },
      ],
    })
  })

  test('shows what the catalog knows of the days, and the last runs', async () => {
    const { code, stdout } = await run('status')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`${YESTERDAY} +sealed +1 +24/24 +480 `))
    expect(stdout).toMatch(new RegExp(`${daysAgo(8)} +incomplete +3/24 .*missing: 03 04`))
    expect(stdout).toMatch(/6 days: 4 sealed, 1 incomplete, 1 failed/)
    expect(stdout).toMatch(new RegExp(`last runs[\\s\\S]*verify +${daysAgo(5)} +warned`))
    const one = await run('status', '--date', YESTERDAY, '--json')
    const [{ days, runs }] = JSON.parse(one.stdout).datasets
    expect(days).toMatchObject([
      { date_utc: YESTERDAY, state: 'sealed', generation: 1, hours_found: 24, row_count: 480 },
    ])
    expect(runs.map((run: { kind: string; outcome: string }) => [run.kind, run.outcome])).toContainEqual([
      'seal',
      'sealed',
    ])
    expect(new Set(runs.map((run: { date_utc: string }) => run.date_utc))).toEqual(new Set([YESTERDAY]))
  })
})
