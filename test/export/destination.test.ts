import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { datasetFromFlags } from '../../lib/config.ts'
import { destinationOf } from '../../lib/export/destination.ts'
import { exportSchema } from '../../lib/export/settings.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { s3Bucket } from '../store/s3-bucket.ts'

const bucket = s3Bucket()
const folder = join(tmpdir(), 'dayseal-test-destination')
const dataset = datasetFromFlags({ archive: '/logs', out: join(folder, 'out') })
const settings = (more: object) => exportSchema.parse({ name: 'table', formats: ['csv'], ...more })

test('exports go below the output, or with `to` to a folder of their name', () => {
  const own = destinationOf({ dataset, settings: settings({}) })
  expect([own.destination.location, own.folder]).toEqual([join(folder, 'out'), 'exports/table/'])
  const other = destinationOf({ dataset, settings: settings({ to: join(folder, 'other') }) })
  expect([other.destination.location, other.folder]).toEqual([join(folder, 'other'), 'table/'])
})

test('the store of `to` may be another than that of the dataset', async () => {
  const to = `s3://${bucket.name()}/given`
  const { destination } = destinationOf({ dataset, settings: settings({ to, toS3: bucket.settings() }) })
  await destination.putIfAbsent('table/x.csv', Buffer.from('x'))
  expect((await openStore(to, { s3: bucket.settings() }).head('table/x.csv'))?.size).toBe(1)
})

test.each([
  ['toS3', 'a `to` in a bucket', { toS3: { region: 'auto' } }],
  ['toS3', 'a `to` in a bucket', { to: '/exports', toS3: { region: 'auto' } }],
  ['toS3.endpoint', 'without a user', { to: 's3://b', toS3: { endpoint: 'https://me:secret@r2.example' } }],
  ['toS3.endpoint', 'http', { to: 's3://b', toS3: { endpoint: 'ftp://r2.example' } }],
])('%s is refused unless it has %s', (path, wanted, more) => {
  const { issues = [] } = exportSchema.safeParse({ name: 'table', formats: ['csv'], ...more }).error ?? {}
  expect(issues.map((issue) => issue.path.join('.'))).toEqual([path])
  expect(issues[0]?.message).toContain(wanted)
})
