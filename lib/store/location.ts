import { posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DaysealError } from '../errors.ts'

/** The scheme of `s3://bucket` and its like, in lower case; undefined for a path. */
export function schemeOf(location: string): string | undefined {
  return /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(location)?.[1]?.toLowerCase()
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
