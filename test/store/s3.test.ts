import { randomUUID } from 'node:crypto'
import { beforeAll, describe } from 'vitest'
import { PROBE } from '../../lib/store/key.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openS3 } from '../../lib/store/s3.ts'
import type { S3Settings } from '../../lib/store/s3-settings.ts'
import { objectStoreContract } from '../contract/object-store.ts'
import { startS3 } from '../servers/s3.ts'

/*
 * The contract on the server of these tests; and on any other, when the environment names one (see CONTRIBUTING.md). There
 * each test works below a prefix of its own, and removes it.
 */
const { DAYSEAL_TEST_S3_ENDPOINT: endpoint, DAYSEAL_TEST_S3_BUCKET: named } = process.env

if (named === undefined) {
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'test'
}

describe('the server of these tests', () => {
  let settings: S3Settings
  beforeAll(async () => {
    const server = await startS3()
    server.createBucket('contract')
    settings = { endpoint: server.endpoint, region: 'us-east-1' }
    return () => server.close()
  })
  bucketContract('a bucket', 'contract', () => settings)
})

if (named !== undefined) bucketContract(`the bucket ${named}`, named, () => ({ endpoint }))

function bucketContract(name: string, bucket: string, settings: () => S3Settings): void {
  objectStoreContract(name, async () => {
    const store = openS3(`s3://${bucket}/dayseal-test-${randomUUID()}/some folder`, settings())
    const missing = openS3(`s3://missing-${randomUUID()}/some folder`, settings())
    return { store, missing, cleanUp: () => empty(store) }
  })
}

async function empty(store: ObjectStore): Promise<void> {
  // Listings leave it out.
  await store.delete(`hourly/${PROBE}`)
  const objects = await store.list('')
  for (let at = 0; at < objects.length; at += 32) {
    await Promise.all(objects.slice(at, at + 32).map(({ key }) => store.delete(key)))
  }
}
