import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import { hasCredentials, withoutSecrets } from '../lib/secrets.ts'
import { openStore } from '../lib/store/open-store.ts'
import { dayseal, temporaryFolder } from './cli/dayseal.ts'
import { thrownBy } from './thrown.ts'

/** Each with a secret that holds `s3cret`. */
const SECRET = [
  's3://AKIAEXAMPLE:s3cret@bucket/prefix',
  's3://AKIAEXAMPLE:a+b/s3cret/c@bucket',
  's3://s3cret@bucket',
  'S3://KEY:s3cret@bucket',
  'https://user:s3cret@example.org:9000/path',
  'https://user:p@s3cret@example.org/',
  'az://account:s3cret@container/prefix',
  'file://user:s3cret@host/path',
]
const OTHERS = [
  'https://bucket.s3.amazonaws.com/key?X-Amz-Credential=s3cret%2F2025&X-Amz-Signature=s3cret',
  'https://account.blob.core.windows.net/c?sv=2025&sig=s3cret%3D',
  'http://127.0.0.1:8080/?token=s3cret',
  'postgres://user:s3cret@host/db',
  'Server=db;User=me;Password=s3cret;Port=1',
  'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=s3cret==;EndpointSuffix=x',
  "{ accessKeyId: 'a', secretAccessKey: 's3cret' }",
  '{"password":"s3cret","n":1}',
]
const BARE = [
  's3://bucket/logs@prod/x',
  's3://bucket/token=5/password=x/data.parquet',
  'http://localhost:9000/path@x',
  '/data/a:b@c/d',
  'user@example.org',
  'InvalidToken: The provided token is malformed',
  'file:///home/me/a@b',
  'C:/logs@prod',
]

test.each([...SECRET, ...OTHERS])('nothing secret is left of %s', (text) => {
  for (const message of [text, JSON.stringify(text), `cannot open ${text}: it failed`])
    expect(withoutSecrets(message)).not.toContain('s3cret')
})

test.each(BARE)('%s stays as it is', (text) => {
  expect(withoutSecrets(text)).toBe(text)
})

test('a long text takes no longer than it must', () => {
  const text = `${'a'.repeat(200_000)} ${'x://'.repeat(500)} ${'password'.repeat(20_000)}`
  expect(withoutSecrets(text)).toBe(text)
})

describe('a location', () => {
  test.each(SECRET)('%s holds credentials, and is refused without a word of it', async (location) => {
    expect(hasCredentials(location)).toBe(true)
    const opened = await thrownBy(() => openStore(location))
    const config = (place: object) => ({ datasets: { d: { archive: { location: 'a' }, out: 'b', ...place } } })
    const places = [
      { archive: { location } },
      { out: location },
      { exports: [{ name: 'e', formats: [], to: location }] },
    ]
    const parsed = await Promise.all(places.map((place) => thrownBy(() => parseConfig(config(place), 'c'))))
    for (const error of [opened, ...parsed]) {
      expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining('holds credentials') })
      expect(error.message).not.toContain('s3cret')
    }
  })

  test.each(BARE)('%s holds none', (location) => {
    expect(hasCredentials(location)).toBe(false)
  })
})

test('an error says no secret, in none of its parts', () => {
  const [location] = SECRET
  const error = new DaysealError('usage', `no ${location}`, { seen: location!, hint: location!, problems: [location!] })
  expect(error.message).not.toContain('s3cret')
  expect(error.lines.join()).not.toContain('s3cret')
})

test('no command repeats one, on stdout, on stderr, as JSON or with every cause', async () => {
  const cwd = await temporaryFolder()
  const [location] = SECRET
  const commands = [
    ['status', '--archive', location!, '--out', 'out'],
    ['seal', '--archive', '.', '--out', location!, '--date', '2025-03-14'],
    ['status', '--archive', '.', '--out', 'out', '--endpoint', 'https://user:s3cret@host'],
    ['export', '--out', 'out', '--format', 'csv', '--destination', location!],
    ['export', '--check', `${location}/x.csv`],
    ['archive', '--check', `${location}/x.zip`],
    ['partition', `${location}/x.jsonl`, '--archive', 'in', '--format', 'jsonl', '--timestamp', 'ts'],
    ['status', '--config', location!],
    ['status', '--archive', join('s3:', 'KEY:s3cret@bucket'), '--out', 'out'],
    ['status', `--${location}`],
  ]
  for (const args of commands) {
    const { code, stdout, stderr } = await dayseal([...args, '--json', '--verbose'], { cwd })
    expect({ args, code, told: `${stdout}${stderr}`.includes('s3cret') }).toEqual({ args, code: 2, told: false })
  }
}, 120_000)
