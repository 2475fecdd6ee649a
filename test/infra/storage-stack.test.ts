import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { DATASETS, synthesize } from './synthesize.ts'

describe('the storage stack', () => {
  const { storage } = synthesize({ datasets: DATASETS })

  test('makes both buckets private, encrypted and TLS only, and keeps them', () => {
    storage.resourceCountIs('AWS::S3::Bucket', 2)
    storage.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' })
    storage.allResourcesProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          { Id: 'unfinished-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
        ],
      },
    })
    storage.resourceCountIs('AWS::S3::BucketPolicy', 2)
    storage.allResourcesProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: 's3:*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    })
  })

  test('lets the archive alone announce its objects, and deploys no function for that', () => {
    storage.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'logs',
      NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
    })
    storage.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'sealed',
      NotificationConfiguration: Match.absent(),
    })
    storage.resourceCountIs('AWS::Lambda::Function', 0)
  })

  test('keeps the catalog: on demand, with recovery to a point in time and items that expire', () => {
    storage.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
        Replicas: [
          Match.objectLike({
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        ],
      },
    })
  })

  // Another logical id is another resource: CloudFormation would make an empty one beside the data.
  test('what holds data keeps its logical id', () => {
    const ids = (type: string) => Object.keys(storage.findResources(type)).sort()
    expect(ids('AWS::S3::Bucket')).toEqual(['logsBucket075BA80C', 'sealedBucket2261D718'])
    expect(ids('AWS::DynamoDB::GlobalTable')).toEqual(['Catalog742F25FD'])
  })

  test('makes no bucket that is there already', () => {
    const other = synthesize({ datasets: DATASETS, deployment: { existingBuckets: ['logs'] } }).storage
    other.resourceCountIs('AWS::S3::Bucket', 1)
    other.hasResourceProperties('AWS::S3::Bucket', { BucketName: 'sealed' })
  })

  test('deletes quarantined lines only when it is told to, and nothing else', () => {
    const other = synthesize({ datasets: DATASETS, deployment: { quarantineDays: 30 } }).storage
    const expiries = (template: typeof storage) =>
      Object.values(template.findResources('AWS::S3::Bucket')).flatMap(({ Properties }) =>
        Properties.LifecycleConfiguration.Rules.filter((rule: object) => 'ExpirationInDays' in rule).map(
          ({ Prefix, ExpirationInDays }: { Prefix: string; ExpirationInDays: number }) => [Prefix, ExpirationInDays],
        ),
      )
    expect(expiries(storage)).toEqual([])
    expect(expiries(other)).toEqual([
      ['app/quarantine/', 30],
      ['audit/quarantine/', 30],
    ])
  })
})
