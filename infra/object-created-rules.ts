import type { EventPattern } from 'aws-cdk-lib/aws-events'
import { Match, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { archivePrefix, type DeployedDataset } from './deployed-dataset.ts'
import type { WorkQueue } from './work-queue.ts'

export interface ObjectCreatedRulesProps {
  readonly datasets: readonly DeployedDataset[]
  readonly hours: WorkQueue
}

/** New objects of the archives, on their way to a queue. Two datasets over one archive share a rule. */
export class ObjectCreatedRules extends Construct {
  constructor(scope: Construct, id: string, { datasets, hours }: ObjectCreatedRulesProps) {
    super(scope, id)
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
