import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { S3Request } from './s3-fault.ts'

/** What S3 refuses and fauxqs does not look at: its status, code and message. */
export interface Refused {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** What a query may have; any other name is a sub-resource that the server does not really have. */
const QUERY = [
  'list-type',
  'prefix',
  'max-keys',
  'continuation-token',
  'encoding-type',
  'key-marker',
  'upload-id-marker',
  'uploads',
  'uploadId',
  'partNumber',
  'x-id',
  // Of presigned URLs: "Authenticating requests: using query parameters". Signatures are not checked.
  'X-Amz-Algorithm',
  'X-Amz-Content-Sha256',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]

export function refuseUnknown({ query }: S3Request): Refused | undefined {
  const unknown = Object.keys(query).find((name) => !QUERY.includes(name))
  if (unknown === undefined) return undefined
  return {
    status: 501,
    code: 'NotImplemented',
    message: `A header or query you provided is not implemented: ${unknown}`,
  }
}

const CHECKSUMS: readonly (readonly [header: string, of: (body: Buffer) => string])[] = [
  ['x-amz-checksum-crc32', (body) => base64(crc32(body))],
  ['x-amz-checksum-sha1', (body) => createHash('sha1').update(body).digest('base64')],
  ['x-amz-checksum-sha256', (body) => createHash('sha256').update(body).digest('base64')],
  ['content-md5', (body) => createHash('md5').update(body).digest('base64')],
]

/** A body that is not what its headers say. */
export function refuseBody({ headers }: S3Request, body: Buffer): Refused | undefined {
  const sha256 = headers['x-amz-content-sha256']
  if (headers['content-encoding']?.includes('aws-chunked')) {
    return { status: 501, code: 'NotImplemented', message: 'Bodies in chunks are not checked here' }
  }
  if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)) {
    const seen = createHash('sha256').update(body).digest('hex')
    if (seen !== sha256) return badDigest('XAmzContentSHA256Mismatch', 'x-amz-content-sha256')
  }
  const wrong = CHECKSUMS.find(([header, of]) => headers[header] !== undefined && headers[header] !== of(body))
  return wrong === undefined ? undefined : badDigest('BadDigest', wrong[0])
}

/** S3 wants the checksum of each part at the end of an upload that began with an algorithm. `body`: CompleteMultipartUpload. */
export function refuseUnchecked(body: Buffer): Refused | undefined {
  const xml = body.toString()
  if (xml.split('<PartNumber>').length === xml.split('<ChecksumCRC32>').length) return undefined
  const message =
    'The upload was created using a crc32 checksum. The complete request must include the checksum for each part.'
  return { status: 400, code: 'InvalidRequest', message }
}

function badDigest(code: string, header: string): Refused {
  return { status: 400, code, message: `The ${header} you specified did not match what we received` }
}

/** A condition that does not hold. `etag`: of the object that is there. */
export function refuseCondition({ headers }: S3Request, etag: string | undefined): Refused | undefined {
  const match = headers['if-match']
  if (match !== undefined && etag === undefined) {
    return { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' }
  }
  if (match !== undefined && match !== etag) return failed('If-Match')
  if (headers['if-none-match'] === '*' && etag !== undefined) return failed('If-None-Match')
  return undefined
}

/** The same for what a copy is made of. */
export function refuseSource({ headers }: S3Request, etag: string | undefined): Refused | undefined {
  const match = headers['x-amz-copy-source-if-match']
  if (match === undefined || etag === undefined || match === etag) return undefined
  return failed('x-amz-copy-source-If-Match')
}

function failed(condition: string): Refused {
  const message = `At least one of the pre-conditions you specified did not hold: ${condition}`
  return { status: 412, code: 'PreconditionFailed', message }
}

function base64(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc)
  return bytes.toString('base64')
}
