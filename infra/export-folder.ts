import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { ExportSettings } from '../lib/export/settings.ts'
import { schemeOf } from '../lib/store/location.ts'
import { parseS3Location, type S3Location } from '../lib/store/s3-location.ts'

/** The folder of an export with a `to`; undefined for the others. Throws `usage` for what the function cannot reach. */
export function exportFolder(dataset: Dataset, { name, to, toS3 = {} }: ExportSettings): S3Location | undefined {
  if (to === undefined) return undefined
  const { endpoint, profile } = toS3
  const other = endpoint === undefined ? undefined : `toS3.endpoint ${endpoint}`
  const seen = other ?? (profile === undefined ? undefined : `toS3.profile ${profile}`)
  if (seen !== undefined || schemeOf(to) !== 's3') {
    throw new DaysealError('usage', `the export ${name} of ${dataset.name} cannot be deployed`, {
      seen: seen ?? to,
      wanted: 'a bucket of Amazon S3, for which the function has its own credentials',
      hint: 'leave it to a configuration that is not deployed: `dayseal exports run-due` on a machine does it',
    })
  }
  const { bucket, prefix } = parseS3Location(to)
  return { bucket, prefix: `${prefix}${name}/` }
}
