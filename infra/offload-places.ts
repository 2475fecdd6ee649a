import { DaysealError } from '../lib/errors.ts'
import { formatS3Location, type S3Location } from '../lib/store/s3-location.ts'
import { archivePrefix, type DeployedDataset } from './deployed-dataset.ts'

/**
 * The function may delete whatever lies in the archive of a dataset with `offload.deleteSource`: nothing of Dayseal's, and
 * no other dataset's source files, may be there.
 */
export function refuseSharedArchives(datasets: readonly DeployedDataset[]): void {
  for (const one of datasets.filter(({ dataset }) => dataset.offload?.deleteSource)) {
    const { bucket } = one.archive
    const prefix = archivePrefix(one)
    for (const { what, place } of datasets.flatMap((other) => placesBeside(one, other))) {
      if (place.bucket !== bucket || !place.prefix.startsWith(prefix)) continue
      throw new DaysealError('usage', `offload.deleteSource of ${one.dataset.name} cannot be deployed`, {
        seen: `${what}, ${formatS3Location(place)}, lies in its archive, ${formatS3Location({ bucket, prefix })}`,
        wanted: 'an archive in a bucket, or under a prefix, with nothing else in it',
      })
    }
  }
}

interface Place {
  readonly what: string
  readonly place: S3Location
}

function placesBeside(one: DeployedDataset, other: DeployedDataset): readonly Place[] {
  const { name } = other.dataset
  const archive = { what: `the archive of ${name}`, place: { ...other.archive, prefix: archivePrefix(other) } }
  return [
    ...(other === one ? [] : [archive]),
    { what: `the output of ${name}`, place: other.out },
    ...other.exportFolders.map((place) => ({ what: `an export of ${name}`, place })),
  ]
}
