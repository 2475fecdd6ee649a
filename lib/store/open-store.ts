import { DaysealError } from '../errors.ts'
import { type DirectoryOptions, openDirectory } from './directory.ts'
import { pathOfUrl, schemeOf } from './location.ts'
import type { ObjectStore } from './object-store.ts'

/** Opens the store at a location: a directory's path, or its `file://` URL. Throws `usage` for anything else. */
export function openStore(location: string, options: DirectoryOptions = {}): ObjectStore {
  const scheme = schemeOf(location)
  if (scheme === undefined && location !== '') return openDirectory(location, options)
  if (scheme === 'file') return openDirectory(pathOfUrl(location), options)
  throw new DaysealError('usage', 'the location cannot be opened', {
    seen: JSON.stringify(location),
    wanted: 'the path of a directory',
    ...(scheme === 's3' ? { hint: 's3:// locations are not supported yet: copy the objects to a directory' } : {}),
  })
}
