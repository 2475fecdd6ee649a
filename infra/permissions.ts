import { Aws } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { OF_UPLOADS, QUARANTINES, RETIRED } from '../lib/intake/upload-keys.ts'
import { archivePrefix, type DeployedDataset } from './deployed-dataset.ts'
import type { FunctionName } from './function-name.ts'

/*
 * What each function may do, and no more. Objects are granted by what is under a dataset's output (lib/keys.ts), and
 * in an archive by its layout: the only wildcards are what follows a key prefix, and what differs from hour to hour.
 */

/** Folders and keys under an output. `exports/*` stands for the folders of exports that write elsewhere, too. */
type Place =
  | 'hourly/*'
  | 'quarantine/*'
  | 'generations/*'
  | 'history/*'
  | 'daily/*'
  | 'schema.json'
  | 'exports/*'
  | 'offloads/*'

export interface Permissions {
  /**
   * Whether it reads the archive's objects, or only lists them; deletes: of datasets whose policy says so; partitions:
   * writes and deletes slices of uploads. Whoever lists an archive with uploads reads their ledgers.
   */
  readonly archive: 'partition' | 'read, delete' | 'read' | 'list' | 'none'
  readonly read: readonly Place[]
  readonly write: readonly Place[]
  readonly delete: readonly Place[]
  /** Whether it removes multipart uploads that others left. */
  readonly litter: boolean
  /** What it does with the catalog's table. */
  readonly catalog: readonly ('GetItem' | 'PutItem' | 'Query')[]
  /** PutEvents on the bus. */
  readonly announce: boolean
}

/** Nobody deletes what is in `history/`, and only Seal writes there: by creating, which the functions ask S3 to check. */
export const PERMISSIONS: Readonly<Record<FunctionName, Permissions>> = {
  Plan: {
    archive: 'list',
    read: ['hourly/*', 'history/*'],
    write: [],
    delete: [],
    litter: false,
    catalog: [],
    announce: false,
  },
  Convert: {
    archive: 'read',
    read: ['hourly/*', 'quarantine/*', 'history/*', 'schema.json'],
    write: ['hourly/*', 'quarantine/*'],
    delete: ['hourly/*', 'quarantine/*'],
    litter: false,
    catalog: ['GetItem', 'PutItem'],
    announce: true,
  },
  Seal: {
    archive: 'read',
    read: ['hourly/*', 'quarantine/*', 'generations/*', 'history/*', 'daily/*', 'schema.json'],
    write: ['hourly/*', 'quarantine/*', 'generations/*', 'history/*', 'daily/*', 'schema.json'],
    delete: ['hourly/*', 'quarantine/*', 'generations/*', 'daily/*'],
    litter: true,
    catalog: ['GetItem', 'PutItem'],
    announce: true,
  },
  Verify: {
    archive: 'read',
    read: ['hourly/*', 'quarantine/*', 'generations/*', 'history/*', 'daily/*'],
    write: [],
    delete: [],
    litter: false,
    catalog: ['GetItem', 'PutItem'],
    announce: true,
  },
  Conclude: {
    archive: 'none',
    read: [],
    write: [],
    delete: [],
    litter: false,
    catalog: ['GetItem', 'PutItem', 'Query'],
    announce: true,
  },
  Partition: {
    archive: 'partition',
    read: ['history/*'],
    write: [],
    delete: [],
    litter: false,
    catalog: ['GetItem', 'PutItem'],
    announce: true,
  },
  Export: {
    archive: 'none',
    read: ['generations/*', 'history/*', 'schema.json', 'exports/*'],
    write: ['exports/*'],
    delete: ['exports/*'],
    litter: true,
    catalog: ['GetItem', 'PutItem', 'Query'],
    announce: true,
  },
  Offload: {
    archive: 'read, delete',
    read: ['hourly/*', 'quarantine/*', 'generations/*', 'history/*', 'daily/*', 'offloads/*'],
    write: ['offloads/*'],
    delete: ['offloads/*'],
    litter: true,
    catalog: [],
    announce: true,
  },
}

export interface Resources {
  readonly datasets: readonly DeployedDataset[]
  readonly tableArn: string
  readonly busArn: string
}

/**
 * The statements of one function's role, besides logs, traces and its queue.
 *
 * Buckets are listed without a condition on the prefix: S3 tells a caller that a key is missing (404) only if it may list
 * the bucket, and that check knows no prefix; otherwise a missing object looks like a denied one (403).
 */
export function statementsFor(name: FunctionName, { datasets, tableArn, busArn }: Resources): PolicyStatement[] {
  const { archive, read, write, delete: remove, litter, catalog, announce } = PERMISSIONS[name]
  const outs = (places: readonly Place[]) => datasets.flatMap((one) => places.flatMap((place) => placeArns(one, place)))
  const written = datasets.flatMap(({ out, exportFolders }) => [
    out,
    ...(read.includes('exports/*') ? exportFolders : []),
  ])
  const outBuckets = written.map(({ bucket }) => bucketArn(bucket))
  const archiveBuckets = archive === 'none' ? [] : datasets.map((one) => bucketArn(one.archive.bucket))
  const sources = archive.startsWith('read') ? datasets.map(sourcesArn) : []
  const withUploads = archive === 'none' ? [] : datasets.filter(({ dataset }) => dataset.uploads !== undefined)
  const ledgers = withUploads.map((one) => archiveArn(one, `${OF_UPLOADS}*`))
  const offloaded = archive === 'read, delete' ? datasets.filter(({ dataset }) => dataset.offload?.deleteSource) : []
  return [
    ...allow(['s3:ListBucket'], [...archiveBuckets, ...(read.length > 0 ? outBuckets : [])]),
    ...allow(['s3:ListBucketMultipartUploads'], litter ? outBuckets : []),
    ...allow(['s3:GetObject'], [...sources, ...ledgers, ...outs(read)]),
    ...(archive === 'partition' ? partitioning(withUploads) : []),
    ...allow(['s3:PutObject', 's3:AbortMultipartUpload'], outs(write)),
    ...allow(['s3:DeleteObject'], outs(remove)),
    // A statement's id keeps it apart: one for each dataset.
    ...offloaded.map(
      (one, n) =>
        new PolicyStatement({
          sid: `DeleteSources${n + 1}`,
          actions: ['s3:DeleteObject'],
          resources: [archiveArn(one, anyHour(one.layout.template))],
        }),
    ),
    ...allow(
      catalog.map((action) => `dynamodb:${action}`),
      catalog.length > 0 ? [tableArn] : [],
    ),
    ...allow(['events:PutEvents'], announce ? [busArn] : []),
  ]
}

/** Uploads are read and nothing else; what is made of them is written, and slices that count no more are deleted, and marks that
 * mean nothing. */
function partitioning(datasets: readonly DeployedDataset[]): PolicyStatement[] {
  const uploads = datasets.map((one) => archiveArn(one, `${one.dataset.uploads?.prefix}*`))
  const slices = datasets.map((one) => archiveArn(one, anySlice(one.layout.template)))
  const ledgers = datasets.map((one) => archiveArn(one, `${OF_UPLOADS}*`))
  const quarantines = datasets.map((one) => archiveArn(one, `${QUARANTINES}*`))
  const marks = datasets.map((one) => archiveArn(one, `${RETIRED}*`))
  return [
    ...allow(['s3:GetObject'], [...uploads, ...slices]),
    ...allow(['s3:PutObject', 's3:AbortMultipartUpload'], [...slices, ...ledgers]),
    ...allow(['s3:DeleteObject'], [...slices, ...quarantines, ...marks]),
  ]
}

/** A layout with `?` for each digit of a day and an hour: in a policy it stands for one character, and `*` for any. */
function anySlice(template: string): string {
  return template.replaceAll('{yyyy}', '????').replace(/\{(MM|dd|HH)\}/g, '??')
}

/** The same of hour files, whose ending may be another one of the known. */
function anyHour(template: string): string {
  return anySlice(template.replace(/\.(jsonl|ndjson|json)(\.(gz|zst))?$/, '*'))
}

function sourcesArn(one: DeployedDataset): string {
  return objectArn(one.archive.bucket, `${archivePrefix(one)}*`)
}

function archiveArn({ archive }: DeployedDataset, key: string): string {
  return objectArn(archive.bucket, `${archive.prefix}${key}`)
}

function placeArns({ out, exportFolders }: DeployedDataset, place: Place): readonly string[] {
  const folders = place === 'exports/*' ? exportFolders : []
  return [
    objectArn(out.bucket, `${out.prefix}${place}`),
    ...folders.map(({ bucket, prefix }) => objectArn(bucket, `${prefix}*`)),
  ]
}

function allow(actions: string[], resources: readonly string[]): PolicyStatement[] {
  return resources.length === 0 ? [] : [new PolicyStatement({ actions, resources: [...new Set(resources)] })]
}

function bucketArn(bucket: string): string {
  return `arn:${Aws.PARTITION}:s3:::${bucket}`
}

function objectArn(bucket: string, key: string): string {
  return `${bucketArn(bucket)}/${key}`
}
