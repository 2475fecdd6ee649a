import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { openS3 } from '../../lib/store/s3.ts'
import { objectStoreContract } from '../contract/object-store.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

let server: S3Server
beforeAll(async () => {
  server = await startS3()
})
afterAll(() => server.close())

objectStoreContract('a bucket', async () => {
  const bucket = `test-${randomUUID()}`
  server.createBucket(bucket)
  const settings = { endpoint: server.endpoint, region: 'us-east-1' }
  return {
    store: openS3(`s3://${bucket}/some folder`, settings),
    missing: openS3(`s3://missing-${bucket}/some folder`, settings),
    cleanUp: async () => {},
  }
})
