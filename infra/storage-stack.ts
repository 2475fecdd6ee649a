import { CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb'
import type { Construct } from 'constructs'
import type { Deployment } from '../lib/deployment.ts'
import { QUARANTINES } from '../lib/intake/upload-keys.ts'
import { DataBucket, type Expiry } from './data-bucket.ts'
import { bucketsOf, type DeployedDataset } from './deployed-dataset.ts'

export interface StorageStackProps extends StackProps {
  readonly deployment: Deployment
  readonly datasets: readonly DeployedDataset[]
}

/** What must outlive every change of the pipeline: the buckets and the catalog. All of it stays when the stack goes. */
export class StorageStack extends Stack {
  readonly table: TableV2

  constructor(scope: Construct, id: string, { deployment, datasets, ...props }: StorageStackProps) {
    super(scope, id, { ...props, terminationProtection: true })
    const archives = new Set(datasets.map(({ archive }) => archive.bucket))
    for (const bucketName of newBuckets(deployment, datasets)) {
      new DataBucket(this, bucketName, {
        bucketName,
        announcesObjects: archives.has(bucketName),
        expires: quarantineExpiry(bucketName, deployment, datasets),
      })
    }
    this.table = new TableV2(this, 'Catalog', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      timeToLiveAttribute: 'expires_at',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    new CfnOutput(this, 'CatalogTable', { value: this.table.tableName })
  }
}

function newBuckets({ existingBuckets }: Deployment, datasets: readonly DeployedDataset[]): readonly string[] {
  return bucketsOf(datasets)
    .filter((bucket) => !existingBuckets.includes(bucket))
    .sort()
}

function quarantineExpiry(
  bucket: string,
  { quarantineDays }: Deployment,
  datasets: readonly DeployedDataset[],
): readonly Expiry[] {
  if (quarantineDays === undefined) return []
  const outs = datasets.map(({ out: { bucket, prefix } }) => ({ bucket, prefix: `${prefix}quarantine/` }))
  const uploads = datasets
    .filter(({ dataset }) => dataset.uploads !== undefined)
    .map(({ archive: { bucket, prefix } }) => ({ bucket, prefix: `${prefix}${QUARANTINES}` }))
  const places = [...outs, ...uploads].filter((place) => place.bucket === bucket)
  return places.map(({ prefix }) => ({ prefix, days: quarantineDays }))
}
