import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import type { Upload } from '../lib/intake/upload.ts'
import { normalLocation, pathOfUrl, schemeOf } from '../lib/store/location.ts'
import type { ObjectInfo, ObjectStore } from '../lib/store/object-store.ts'
import { openStore } from '../lib/store/open-store.ts'

/** The archive that uploads go to. */
export interface Intake {
  readonly dataset: Dataset
  readonly archive: ObjectStore
  /** Of the archive's own uploads. */
  readonly prefix: string
  readonly signal: AbortSignal
}

/** Files given by hand. */
export interface GivenUploads {
  readonly uploads: readonly Upload[]
  /** Names that start with a dot, in a folder that was given. */
  readonly hidden: readonly string[]
}

/**
 * The file at a location, or all files of a folder, in key order. One of the archive's own uploads is called by its key, any
 * other by where it is: `file:///…`, `s3://bucket/key`. Throws `usage` where nothing is.
 */
export async function uploadsAt(location: string, intake: Intake): Promise<GivenUploads> {
  const { dataset, archive, prefix, signal } = intake
  const inside = keyInside(location, dataset.archive.location)
  const found =
    inside === undefined
      ? await filesAt(location, dataset, signal)
      : await filesIn(archive, ownUpload(inside, location, prefix), (key) => key)
  if (found.uploads.length > 0) return found
  throw new DaysealError('usage', `there is nothing to partition at ${location}`, {
    ...(found.hidden.length > 0 ? { seen: `names that start with a dot: ${found.hidden.slice(0, 3).join(', ')}` } : {}),
    wanted: 'a file, or a folder with files',
  })
}

function keyInside(location: string, archive: string): string | undefined {
  const [inner, outer] = [pathlike(location), pathlike(archive)]
  if (inner === outer) return ''
  return inner.startsWith(`${outer}/`) ? inner.slice(outer.length + 1) : undefined
}

function pathlike(location: string): string {
  return normalLocation(schemeOf(location) === 'file' ? pathOfUrl(location) : location)
}

/** Slices must not be taken for uploads. */
function ownUpload(key: string, location: string, prefix: string): string {
  if (`${key}/`.startsWith(prefix)) return key
  throw new DaysealError('usage', `${location} lies in the archive, but not among its uploads`, {
    wanted: `a place outside of the archive, or below ${prefix} in it`,
    hint: 'without a file, all uploads that are not partitioned yet are',
  })
}

async function filesAt(location: string, { s3 }: Dataset, signal: AbortSignal): Promise<GivenUploads> {
  const scheme = schemeOf(location)
  if (scheme === 's3') return filesInBucket(location, s3, signal)
  const path = scheme === 'file' ? pathOfUrl(location) : location
  const folder = openStore(dirname(path))
  const urlOf = (parent: string) => (key: string) => pathToFileURL(join(parent, key)).href
  const file = path.endsWith('/') || basename(path) === '' ? undefined : await folder.head(basename(path))
  if (file !== undefined) return filesOf(folder, [file], urlOf(dirname(path)))
  return filesIn(openStore(path, { createRoot: true }), '', urlOf(path))
}

async function filesInBucket(location: string, s3: Dataset['s3'], signal: AbortSignal): Promise<GivenUploads> {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/is.exec(location) ?? []
  const store = openStore(`s3://${bucket}`, { s3, signal })
  return filesIn(store, key.replace(/\/$/, ''), (inside) => `s3://${bucket}/${inside}`)
}

/** The object of that key, or all below it as a folder. */
async function filesIn(store: ObjectStore, key: string, nameOf: (key: string) => string): Promise<GivenUploads> {
  const file = key === '' ? undefined : await store.head(key)
  return filesOf(store, file === undefined ? await store.list(key === '' ? '' : `${key}/`) : [file], nameOf)
}

function filesOf(store: ObjectStore, infos: readonly ObjectInfo[], nameOf: (key: string) => string): GivenUploads {
  const isHidden = ({ key }: ObjectInfo) => infos.length > 1 && /(?:^|\/)\.[^/]*$/.test(key)
  return {
    uploads: infos.filter((info) => !isHidden(info)).map((info) => ({ key: nameOf(info.key), store, info })),
    hidden: infos.filter(isHidden).map(({ key }) => key),
  }
}
