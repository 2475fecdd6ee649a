import { fileURLToPath } from 'node:url'
import { DaysealError } from '../errors.ts'
import { type DirectoryOptions, openDirectory } from './directory.ts'
import type { ObjectStore } from './object-store.ts'

/** Opens the store at a location: a directory's path, or its `file://` URL. Throws `usage` for anything else. */
export function openStore(location: string, options: DirectoryOptions = {}): ObjectStore {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(location)?.[1]?.toLowerCase()
  if (scheme === undefined && location !== '') return openDirectory(location, options)
  if (scheme === 'file') return openDirectory(pathOfUrl(location), options)
  throw new DaysealError('usage', 'the location cannot be opened', {
    seen: JSON.stringify(location),
    wanted: 'the path of a directory',
    ...(scheme === 's3' ? { hint: 's3:// locations are not supported yet: copy the objects to a directory' } : {}),
  })
}

function pathOfUrl(location: string): string {
  try {
    return fileURLToPath(location)
  } catch (cause) {
    throw new DaysealError('usage', 'the location is not the URL of a directory', {
      seen: JSON.stringify(location),
      wanted: 'file:///path/of/a/directory',
      cause,
    })
  }
}
