import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib'
import { BlockPublicAccess, Bucket, BucketEncryption, CfnBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'

export interface DataBucketProps {
  readonly bucketName: string
  /** @default - objects that arrive are not announced */
  readonly announcesObjects?: boolean
  /** @default - nothing expires */
  readonly expires?: readonly Expiry[]
}

export interface Expiry {
  readonly prefix: string
  readonly days: number
}

/**
 * A bucket of archives or sealed days: kept when its stack goes, private, encrypted, TLS only. Without versions: what is
 * committed is never overwritten, and what is overwritten (parts, views) can be made again.
 */
export class DataBucket extends Construct {
  readonly bucket: Bucket

  constructor(scope: Construct, id: string, { bucketName, announcesObjects = false, expires = [] }: DataBucketProps) {
    super(scope, id)
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...expires.map(({ prefix, days }) => ({ prefix, expiration: Duration.days(days) })),
      ],
    })
    if (announcesObjects) announceObjects(this.bucket)
    Validations.of(this.bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Access logs would be a bucket of their own to keep and to pay for. Every sealed object is named with its SHA-256 in a manifest and verified in rotation; who must know who read what, turns CloudTrail data events on.',
    })
  }
}

/** By the bucket's own property: CDK's `eventBridgeEnabled` deploys a function with wide permissions to set it. */
function announceObjects(bucket: Bucket): void {
  const resource = bucket.node.defaultChild
  if (!(resource instanceof CfnBucket)) throw new TypeError('a bucket without its resource')
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } }
}
