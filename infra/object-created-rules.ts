import type { EventPattern } from 'aws-cdk-lib/aws-events'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { DaysealError } from '../lib/errors.ts'
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
import { archiveHours } from '../lib/service/archive-hours.ts'
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

/** What is written would be taken for an hour that arrives, be converted, and so on for ever. */
function refuseOwnFiles(datasets: readonly DeployedDataset[]): void {
  const archives = datasets.map(({ dataset }) => dataset)
  for (const one of datasets) {
    const { bucket, prefix } = one.out
    const sealed = WRITTEN.map((key) => ({ bucket, key: `${prefix}${key}` }))
    for (const { bucket, key } of [...sealed, ...exportedKeys(one)]) {
      const [taken] = archiveHours(archives, bucket, key)
      if (taken === undefined) continue
      throw new DaysealError('usage', 'what is sealed would be taken for hours to seal', {
        seen: `${one.dataset.name} writes s3://${bucket}/${key}`,
        wanted: `an output that the archive of ${taken.dataset.name} does not take`,
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
    for (const [place, dataset] of places) {
      new Rule(this, `${dataset.dataset.name}`, {
        description: `Hour files that arrive in s3://${place}`,
        eventPattern: objectCreated(dataset),
        targets: [new SqsQueue(hours.queue, { deadLetterQueue: hours.dead.queue })],
      })
    }
  }
}

function objectCreated(dataset: DeployedDataset): EventPattern {
  const prefix = archivePrefix(dataset)
  return {
    source: ['aws.s3'],
    detailType: ['Object Created'],
    detail: {
      bucket: { name: [dataset.archive.bucket] },
      ...(prefix === '' ? {} : { object: { key: Match.prefix(prefix) } }),
    },
  }
}
