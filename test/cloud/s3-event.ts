import { ACCOUNT, REGION } from './template.ts'

export interface CreatedObject {
  readonly bucket: string
  readonly key: string
  readonly size: number
  readonly etag: string
  /** 1 for the first object of all, and so on. */
  readonly sequence: number
}

export type S3Event = ReturnType<typeof s3Event>

/** "Object Created", as EventBridge delivers it. Source: Amazon S3 User Guide, "EventBridge event message structure". */
export function s3Event({ bucket, key, size, etag, sequence }: CreatedObject) {
  return {
    version: '0',
    id: `event-${sequence}`,
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: ACCOUNT,
    time: '2025-03-15T00:00:00Z',
    region: REGION,
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: {
        key,
        size,
        etag: etag.replaceAll('"', ''),
        sequencer: `0067${sequence.toString(16).padStart(14, '0')}`,
      },
      'request-id': `request-${sequence}`,
      requester: ACCOUNT,
      'source-ip-address': '127.0.0.1',
      reason: 'PutObject',
    },
  }
}
