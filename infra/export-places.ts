import { DaysealError } from '../lib/errors.ts'
import { fileName } from '../lib/export/file-name.ts'
import { META_SUFFIX } from '../lib/export/meta.ts'
import { formatS3Location, type S3Location } from '../lib/store/s3-location.ts'
import { archivePrefix, type DeployedDataset } from './deployed-dataset.ts'
import { exportFolder } from './export-folder.ts'

/*
 * Where exports write: below `exports/` of the output, which nothing else uses, or in a folder of their own elsewhere. The
 * function may delete there, so that such a folder must hold nothing but the export.
 */

/** What an output holds besides exports. */
const SEALED = ['hourly/', 'quarantine/', 'generations/', 'history/', 'daily/', 'schema.json', '_state/']
/** Zips, which may hold the only copy of source files. */
const ZIPS = ['archives/', 'offloads/']

/** An export could replace or remove what lies in its folder. */
export function refuseSharedFolders(datasets: readonly DeployedDataset[]): void {
  for (const { dataset, exportFolders } of datasets) {
    for (const folder of exportFolders) {
      for (const other of datasets) {
        const sealed = [...SEALED, ...ZIPS].map((place) => ({
          bucket: other.out.bucket,
          prefix: `${other.out.prefix}${place}`,
        }))
        const archive = { bucket: other.archive.bucket, prefix: archivePrefix(other) }
        const inside = sealed.some((place) => isIn(folder, place) || isIn(place, folder)) || isIn(archive, folder)
        if (!inside) continue
        throw new DaysealError(
          'usage',
          `an export of ${dataset.name} would write among the files of ${other.dataset.name}`,
          {
            seen: formatS3Location(folder),
            wanted: 'a `to` with nothing else in it',
          },
        )
      }
    }
  }
}

function isIn(inner: S3Location, outer: S3Location): boolean {
  return inner.bucket === outer.bucket && inner.prefix.startsWith(outer.prefix)
}

/** One of each kind of file that an export writes, in the bucket where it does. */
export function exportedKeys({
  dataset,
  out,
}: DeployedDataset): readonly { readonly bucket: string; readonly key: string }[] {
  return dataset.exports.flatMap((settings) => {
    const day = '2025-01-01'
    const parts = {
      name: settings.name,
      dataset: dataset.name,
      now: new Date(`${day}T05:00:00Z`),
      first: day,
      last: day,
    }
    const file = fileName(settings.fileName, parts)
    const { bucket, prefix } = exportFolder(dataset, settings) ?? {
      bucket: out.bucket,
      prefix: `${out.prefix}exports/${settings.name}/`,
    }
    const names = [
      file,
      `${file}.json`,
      `${file}.json${META_SUFFIX}`,
      `${file}.parquet/date=${day}/05.json`,
      'latest.json',
    ]
    return names.map((name) => ({ bucket, key: `${prefix}${name}` }))
  })
}
