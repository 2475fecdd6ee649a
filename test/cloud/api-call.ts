import type { IncomingMessage } from 'node:http'
import type { ApiCall } from './policy.ts'
import { ACCOUNT, REGION } from './template.ts'

/*
 * Which actions of IAM a request of the AWS SDK needs, on which resources.
 * Source: "Actions, resources, and condition keys" for S3, DynamoDB and EventBridge in the Service Authorization Reference.
 */

export type Service = 's3' | 'dynamodb' | 'events'

/** The access key that signed the request: each function of the local cloud has its own. */
export function callerOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const presigned = new URL(url, 'http://s3').searchParams.get('X-Amz-Credential')
  return /^([^/]+)\//.exec(presigned ?? '')?.[1] ?? /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]
}

/** `body` is needed for the services that name their resources in it; S3's is not looked at. */
export function callsOf(service: Service, request: IncomingMessage, body: string): readonly ApiCall[] {
  if (service === 's3') return s3Calls(request)
  const [, operation = ''] = String(request.headers['x-amz-target']).split('.')
  return service === 'dynamodb' ? [dynamoCall(operation, body)] : eventCalls(operation, body)
}

function s3Calls({ method = '', url = '', headers }: IncomingMessage): readonly ApiCall[] {
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket = '', ...rest] = pathname.split('/')
  const key = decodeURIComponent(rest.join('/'))
  const bucketArn = `arn:aws:s3:::${bucket}`
  if (key === '')
    return [{ action: bucketAction(method, searchParams), resource: bucketArn, keys: prefixOf(searchParams) }]
  const call = { action: objectAction(method, searchParams), resource: `${bucketArn}/${key}`, keys: {} }
  const source = headers['x-amz-copy-source']
  if (typeof source !== 'string') return [call]
  const copied = decodeURIComponent(source)
    .replace(/^\//, '')
    .replace(/\?versionId=.*$/, '')
  return [call, { action: 's3:GetObject', resource: `arn:aws:s3:::${copied}`, keys: {} }]
}

function prefixOf(query: URLSearchParams): ApiCall['keys'] {
  return { 's3:prefix': query.get('prefix') ?? '' }
}

function bucketAction(method: string, query: URLSearchParams): string {
  if (method === 'GET' && query.has('uploads')) return 's3:ListBucketMultipartUploads'
  if (method === 'GET' && query.get('list-type') === '2') return 's3:ListBucket'
  if (method === 'HEAD') return 's3:ListBucket'
  throw new Error(`the local cloud does not know ${method} on a bucket with ?${query}`)
}

function objectAction(method: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
      return query.has('uploadId') ? 's3:ListMultipartUploadParts' : 's3:GetObject'
    case 'HEAD':
      return 's3:GetObject'
    case 'PUT':
    case 'POST':
      return 's3:PutObject'
    case 'DELETE':
      return query.has('uploadId') ? 's3:AbortMultipartUpload' : 's3:DeleteObject'
    default:
      throw new Error(`the local cloud does not know ${method} on an object`)
  }
}

function dynamoCall(operation: string, body: string): ApiCall {
  const { TableName } = JSON.parse(body) as { TableName: string }
  const resource = TableName.startsWith('arn:') ? TableName : `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TableName}`
  return { action: `dynamodb:${operation}`, resource, keys: {} }
}

function eventCalls(operation: string, body: string): readonly ApiCall[] {
  const { Entries } = JSON.parse(body) as { Entries: { EventBusName?: string; Source: string; DetailType: string }[] }
  return Entries.map(({ EventBusName = 'default', Source, DetailType }) => ({
    action: `events:${operation}`,
    resource: EventBusName.startsWith('arn:')
      ? EventBusName
      : `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${EventBusName}`,
    keys: { 'events:source': Source, 'events:detail-type': DetailType },
  }))
}
