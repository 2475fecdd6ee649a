import { type Layout, parseLayout } from '../lib/archive/layout.ts'
import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import { schemeOf } from '../lib/store/location.ts'
import { parseS3Location, type S3Location } from '../lib/store/s3-location.ts'
import { exportFolder } from './export-folder.ts'

/** A dataset whose archive and output are in S3. */
export interface DeployedDataset {
  readonly dataset: Dataset
  readonly layout: Layout
  readonly archive: S3Location
  readonly out: S3Location
  /** Of the exports that do not write below the output. */
  readonly exportFolders: readonly S3Location[]
}

/** Throws `usage` for a dataset that AWS cannot run: one in a directory, or in a store that is not Amazon's. */
export function deployedDataset(dataset: Dataset): DeployedDataset {
  if (dataset.s3.endpoint !== undefined) {
    throw new DaysealError('usage', `the dataset ${dataset.name} cannot be deployed`, {
      seen: `s3.endpoint ${dataset.s3.endpoint}`,
      wanted: 'buckets of Amazon S3, which announces new objects',
      hint: 'seal other stores with the command',
    })
  }
  if (dataset.s3.profile !== undefined) {
    throw new DaysealError('usage', `the dataset ${dataset.name} cannot be deployed`, {
      seen: `s3.profile ${dataset.s3.profile}`,
      wanted: 'no profile: the functions have their own credentials',
      hint: 'name it in AWS_PROFILE for the command',
    })
  }
  return {
    dataset,
    layout: parseLayout(dataset.archive.layout),
    archive: bucketOf(dataset.name, dataset.archive.location),
    out: bucketOf(dataset.name, dataset.out),
    exportFolders: dataset.exports.flatMap((settings) => exportFolder(dataset, settings) ?? []),
  }
}

function bucketOf(name: string, location: string): S3Location {
  if (schemeOf(location) === 's3') return parseS3Location(location)
  throw new DaysealError('usage', `the dataset ${name} cannot be deployed`, {
    seen: location,
    wanted: 's3://bucket/prefix for its archive and its output',
  })
}

/** What every key of the archive starts with, from the bucket's root. */
export function archivePrefix({ archive, layout }: DeployedDataset): string {
  return `${archive.prefix}${layout.prefix}`
}

/** Every bucket that the datasets name. */
export function bucketsOf(datasets: readonly DeployedDataset[]): readonly string[] {
  const places = datasets.flatMap(({ archive, out, exportFolders }) => [archive, out, ...exportFolders])
  return [...new Set(places.map(({ bucket }) => bucket))]
}
