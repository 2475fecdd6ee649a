import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach } from 'vitest'
import { openS3, type S3Options } from '../../lib/store/s3.ts'
import { fakeTime } from '../fake-time.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import type { S3Request } from '../servers/s3-fault.ts'

process.env.AWS_ACCESS_KEY_ID ??= 'test'
process.env.AWS_SECRET_ACCESS_KEY ??= 'test'

/** A server for a file of tests, and for each test a bucket of its own. */
export function s3Bucket() {
  let server: S3Server
  let name = ''
  let seen = 0
  beforeAll(async () => {
    server = await startS3()
    return () => server.close()
  })
  beforeEach(() => {
    name = `test-${randomUUID()}`
    server.createBucket(name)
    seen = server.requests.length
    server.mend()
  })
  const settings = () => ({ endpoint: server.endpoint, region: 'us-east-1' })
  return {
    server: () => server,
    settings,
    name: () => name,
    /** Pauses between tries take no time. */
    open: (options: S3Options = {}) => openS3(`s3://${name}/in`, settings(), { ...fakeTime(), ...options }),
    openAt: (location: string) => openS3(location, settings(), fakeTime()),
    /** Of this test. */
    requests: (filter: (request: S3Request) => boolean = () => true) => server.requests.slice(seen).filter(filter),
  }
}

export function isMethod(...methods: readonly string[]) {
  return ({ method }: S3Request): boolean => methods.includes(method)
}

export function operation(name: string) {
  return ({ query }: S3Request): boolean => query['x-id'] === name
}

export const isCreate = ({ method, query }: S3Request): boolean => method === 'POST' && 'uploads' in query
export const isComplete = ({ method, query }: S3Request): boolean => method === 'POST' && 'uploadId' in query
