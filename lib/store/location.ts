import { posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DaysealError } from '../errors.ts'
import { hasCredentials } from '../secrets.ts'

/** The scheme of `s3://bucket` and its like, in lower case; undefined for a path. */
export function schemeOf(location: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(location)?.[1]?.toLowerCase()
}

/** Why a location is refused that holds a user, a key or a password: it is shown in messages and written to files. */
export const BARE = 'a location without credentials: they come from the environment, or from a profile'

/** Throws `usage`, without a word of what it saw. */
export function refuseCredentials(location: string): void {
  if (!hasCredentials(location)) return
  throw new DaysealError('usage', 'the location holds credentials, or something like them, before its host or bucket', {
    wanted: BARE,
    hint: 'if they are real, other programs may have written them down: make new ones',
  })
}

/** The path of a `file://` URL. Throws `usage`. */
export function pathOfUrl(location: string): string {
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

/** A location as seen from `folder`: a relative path becomes absolute, anything else stays as it is. */
export function resolveLocation(location: string, folder: string): string {
  return schemeOf(location) === undefined ? resolve(folder, location) : location
}

/** One spelling for one place, as far as the spelling shows it. For comparing, not for opening. */
export function normalLocation(location: string): string {
  const scheme = schemeOf(location)
  const path = scheme === 'file' && URL.canParse(location) ? decodeURI(new URL(location).pathname) : location
  const spelled =
    scheme === undefined || scheme === 'file' ? posix.normalize(path) : `${scheme}${path.slice(scheme.length)}`
  return spelled.replace(/(?<=[^/])\/+$/, '')
}
