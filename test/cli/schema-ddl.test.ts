import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { symlinkKey } from '../../lib/keys.ts'
import { openS3 } from '../../lib/store/s3.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { DATE, hourFiles, writeHours } from './hour-files.ts'

const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
const env = { ...KEYS, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' }
Object.assign(process.env, KEYS)

describe('schema --ddl', () => {
  let server: S3Server
  beforeAll(async () => {
    server = await startS3()
    server.createBucket('logs')
    for (const [name, content] of hourFiles({})) server.put('logs', `in/${name}`, content)
    return () => server.close()
  })

  test("prints Athena's statement, for which the seal has left a link to the newest generation", async () => {
    const out = 's3://logs/out'
    const flags = ['--archive', 's3://logs/in', '--out', out, '--endpoint', server.endpoint, '--date', DATE]
    const store = openS3(out, { endpoint: server.endpoint })
    const seal = async (...more: readonly string[]) =>
      JSON.parse((await dayseal(['seal', ...flags, '--json', ...more], { env })).stdout).days[0].manifest
    const link = async () => Buffer.from((await store.get(symlinkKey(DATE)))?.bytes ?? []).toString()

    const first = await seal()
    expect(await link()).toBe(`${out}/${first.data_key}\n`)
    const { code, stdout } = await dayseal(['schema', ...flags, '--ddl'], { env })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^CREATE EXTERNAL TABLE IF NOT EXISTS `default` \(\n {2}`ts` string,\n {2}`n` bigint,/)
    expect(stdout).toContain(`'storage.location.template' = '${out}/daily/\${date_utc}/athena/'`)
    const json = await dayseal(['schema', ...flags, '--ddl', '--json'], { env })
    expect(`${JSON.parse(json.stdout).days[0].ddl}\n`).toBe(stdout)

    const second = await seal('--force')
    expect(second.generation).toBe(2)
    expect(await link()).toBe(`${out}/${second.data_key}\n`)
    // A day that was sealed before there were links gets its own with the next run.
    await store.delete(symlinkKey(DATE))
    await seal()
    expect(await link()).toBe(`${out}/${second.data_key}\n`)
  })

  test('of a directory is refused, because Athena reads S3 alone', async () => {
    const folder = await temporaryFolder()
    const [archive, out] = [join(folder, 'archive'), join(folder, 'sealed')]
    await writeHours(archive)
    await dayseal(['seal', '--archive', archive, '--out', out, '--date', DATE])
    const { code, stderr } = await dayseal(['schema', '--out', out, '--date', DATE, '--ddl'])
    expect(code).toBe(2)
    expect(stderr).toContain('wanted: an output s3://bucket/prefix')
  })
})
