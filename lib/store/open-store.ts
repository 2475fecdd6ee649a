import { DaysealError } from '../errors.ts'
import { type DirectoryOptions, openDirectory } from './directory.ts'
import { pathOfUrl, refuseCredentials, schemeOf } from './location.ts'
import type { ObjectStore } from './object-store.ts'
import { openS3 } from './s3.ts'
import type { S3Settings } from './s3-settings.ts'

export interface OpenOptions extends DirectoryOptions {
  /** How a bucket is reached (default: as the environment says). */
  readonly s3?: S3Settings
  /** Ends the waiting for a store that cannot be reached: what is asked of it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens the store at a location: a directory's path or its `file://` URL, or `s3://bucket/prefix`. Throws `usage` for
 * anything else.
 */
export function openStore(location: string, { s3 = {}, signal, ...options }: OpenOptions = {}): ObjectStore {
  refuseCredentials(location)
  const scheme = schemeOf(location)
  if (scheme === undefined && location !== '') return openDirectory(location, options)
  if (scheme === 'file') return openDirectory(pathOfUrl(location), options)
  if (scheme === 's3') return openS3(location, s3, { signal })
  throw new DaysealError('usage', 'the location cannot be opened', {
    seen: JSON.stringify(location),
    wanted: 'the path of a directory, or s3://bucket/prefix',
  })
}
