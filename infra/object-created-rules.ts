import type { EventPattern } from 'aws-cdk-lib/aws-events'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { DaysealError } from '../lib/errors.ts'
import { uploadLedgerKey, uploadQuarantineKey } from '../lib/intake/upload-keys.ts'
import {
  generationKey,
  historyKey,
  ledgerKey,
  partKey,
  quarantineKey,
  SCHEMA_KEY,
  symlinkKey,
  viewDataKey,
  viewManifestKey,
} from '../lib/keys.ts'
import { archiveHours, archiveUploads } from '../lib/service/archive-objects.ts'
import { archivePrefix, type DeployedDataset } from './deployed-dataset.ts'
import { exportedKeys } from './export-places.ts'
import type { WorkQueue } from './work-queue.ts'

export interface ObjectCreatedRulesProps {
  readonly datasets: readonly DeployedDataset[]
  readonly hours: WorkQueue
}

const DATE = '2025-01-01'

/** One of each kind of file that is written under an output, besides exports. */
const WRITTEN: readonly string[] = [
  SCHEMA_KEY,
  partKey(DATE, '05'),
  ledgerKey(DATE, '05'),
  quarantineKey(DATE, '05'),
  generationKey(DATE, 1, 'attempt'),
  historyKey(DATE, 1),
  viewDataKey(DATE),
  viewManifestKey(DATE),
  symlinkKey(DATE),
]

const ID = '0'.repeat(32)

/** One of each kind of file that is written into an archive with uploads. */
function partitionedKeys({ dataset, archive, layout }: DeployedDataset): readonly { bucket: string; key: string }[] {
  if (dataset.uploads === undefined) return []
  const keys = [layout.keyOf(DATE, '05', ID), uploadLedgerKey(ID, 1), uploadQuarantineKey(ID)]
  return keys.map((key) => ({ bucket: archive.bucket, key: `${archive.prefix}${key}` }))
}

/** What is written would be taken for an hour or an upload that arrives, be worked on, and so on for ever. */
function refuseOwnFiles(datasets: readonly DeployedDataset[]): void {
  const archives = datasets.map(({ dataset }) => dataset)
  for (const one of datasets) {
    const { bucket, prefix } = one.out
    const sealed = WRITTEN.map((key) => ({ bucket, key: `${prefix}${key}` }))
    for (const { bucket, key } of [...sealed, ...exportedKeys(one), ...partitionedKeys(one)]) {
      const [taken] = [...archiveHours(archives, bucket, key), ...archiveUploads(archives, bucket, key)]
      if (taken === undefined) continue
      throw new DaysealError('usage', 'what Dayseal writes would be taken for what arrives', {
        seen: `${one.dataset.name} writes s3://${bucket}/${key}`,
        wanted: `a place that the archive of ${taken.dataset.name} does not take`,
      })
    }
  }
}

/** New objects of the archives, on their way to a queue. Two datasets over one archive share a rule. */
export class ObjectCreatedRules extends Construct {
  constructor(scope: Construct, id: string, { datasets, hours }: ObjectCreatedRulesProps) {
    super(scope, id)
    refuseOwnFiles(datasets)
    const places = new Map(datasets.map((one) => [`${one.archive.bucket}/${archivePrefix(one)}`, one]))
    for (const dataset of places.values()) {
      const { name } = dataset.dataset
      const { bucket } = dataset.archive
      objectCreatedRule(this, name, { what: 'Hour files', bucket, prefix: archivePrefix(dataset), to: hours })
    }
  }
}

export interface ObjectCreatedRuleProps {
  /** What the objects are, for the description. */
  readonly what: string
  readonly bucket: string
  readonly prefix: string
  readonly to: WorkQueue
}

/** New objects below a prefix of a bucket, on their way to a queue. */
export function objectCreatedRule(
  scope: Construct,
  id: string,
  { what, bucket, prefix, to }: ObjectCreatedRuleProps,
): void {
  new Rule(scope, id, {
    description: `${what} that arrive in s3://${bucket}/${prefix}`,
    eventPattern: objectCreated(bucket, prefix),
    targets: [new SqsQueue(to.queue, { deadLetterQueue: to.dead.queue })],
  })
}

function objectCreated(bucket: string, prefix: string): EventPattern {
  return {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: {
      bucket: { name: [bucket] },
      ...(prefix === '' ? {} : { object: { key: Match.prefix(prefix) } }),
    },
  }
}
