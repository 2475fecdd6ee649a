import { DaysealError } from '../errors.ts'
import { checkPrefix, compareKeys, isUnlisted } from './key.ts'
import type { ObjectInfo } from './object-store.ts'
import { ask, bareEtag, modifiedAt, type S3Place } from './s3-place.ts'

/**
 * Every object below the place whose key starts with `prefix`. Left out are folders as consoles make them (no bytes, a
 * slash at the end) and names that are kept for temporary files and the probe. Keys that no other method takes, `a//b` and its like, are
 * in it: an archive that has them is listed, and reports them.
 */
export async function listObjects(place: S3Place, prefix: string): Promise<readonly ObjectInfo[]> {
  checkPrefix(prefix)
  const found: ObjectInfo[] = []
  const pages = pagesOf(place, `${place.prefix}${prefix}`)
  for await (const page of pages) {
    for (const object of page) if (!isLeftOut(object)) found.push(object)
  }
  return found.sort((a, b) => compareKeys(a.key, b.key))
}

function isLeftOut({ key, size }: ObjectInfo): boolean {
  return (size === 0 && (key === '' || key.endsWith('/'))) || key.split('/').some(isUnlisted)
}

async function* pagesOf(place: S3Place, start: string): AsyncGenerator<readonly ObjectInfo[], void, void> {
  const failed = `cannot list ${place.location}`
  const wanted = { Bucket: place.bucket, Prefix: start, EncodingType: 'url' as const }
  for (let token: string | undefined; ; ) {
    const page = await ask(place, failed, ({ sdk, client }) =>
      client.send(
        new sdk.ListObjectsV2Command({ ...wanted, ...(token === undefined ? {} : { ContinuationToken: token }) }),
      ),
    )
    yield (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => {
      const key = decodeKey(Key, page.EncodingType, failed)
      if (!key.startsWith(start)) throw new DaysealError('storage', failed, { seen: `a key without ${start}: ${key}` })
      const own = key.slice(place.prefix.length)
      return { key: own, size: Size, etag: bareEtag(place, own, ETag), modified: modifiedAt(LastModified) }
    })
    token = nextToken(page.IsTruncated, page.NextContinuationToken, token, failed)
    if (token === undefined) return
  }
}

/** Undefined after the last page. A listing that cannot go on is an error: it would look like missing hours. */
function nextToken(
  isTruncated: boolean | undefined,
  next: string | undefined,
  before: string | undefined,
  failed: string,
): string | undefined {
  if (isTruncated !== true) return undefined
  if (next !== undefined && next !== '' && next !== before) return next
  throw new DaysealError('storage', failed, {
    seen: 'a part of the listing, and no way to the rest',
    wanted: 'all of it',
  })
}

/** Keys are asked for in URL encoding, since XML cannot hold every character. A store that does not know it says so. */
export function decodeKey(key: string, encoding: string | undefined, failed: string): string {
  if (encoding !== 'url') return key
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch (cause) {
    throw new DaysealError('storage', failed, { seen: `a key that is not UTF-8: ${key}`, cause })
  }
}
