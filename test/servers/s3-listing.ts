import type { S3Request } from './s3-fault.ts'

export interface ListedObject {
  readonly key: string
  readonly contentLength: number
  readonly etag: string
  readonly lastModified: Date
}

/** A page of ListObjectsV2: keys in the order of their UTF-8 bytes, tokens that say where the next page begins. */
export function listingXml(objects: readonly ListedObject[], { query }: S3Request): string {
  const prefix = query.prefix ?? ''
  const after = query['continuation-token']
  const start = after === undefined ? undefined : Buffer.from(after, 'base64')
  const sorted = objects
    .map((object) => ({ ...object, bytes: Buffer.from(object.key) }))
    .filter(({ key, bytes }) => key.startsWith(prefix) && (start === undefined || Buffer.compare(bytes, start) > 0))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  const page = sorted.slice(0, Math.min(1000, Number(query['max-keys'] ?? 1000)))
  const isTruncated = page.length < sorted.length
  const encode = query['encoding-type'] === 'url' ? urlEncoded : xmlEscaped
  const contents = page.map(
    ({ key, contentLength, etag, lastModified }) =>
      `<Contents><Key>${encode(key)}</Key><LastModified>${lastModified.toISOString()}</LastModified>` +
      `<ETag>${xmlEscaped(etag)}</ETag><Size>${contentLength}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  )
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>`,
    ...(query['encoding-type'] === 'url' ? ['<EncodingType>url</EncodingType>'] : []),
    ...(isTruncated ? [`<NextContinuationToken>${page.at(-1)!.bytes.toString('base64')}</NextContinuationToken>`] : []),
    ...contents,
    '</ListBucketResult>',
  ].join('\n')
}

export interface ListedUpload {
  readonly key: string
  readonly id: string
  readonly initiated: Date
}

/** ListMultipartUploads, two uploads to a page so that paging is seen. */
export function uploadsXml(uploads: readonly ListedUpload[], { query }: S3Request): string {
  const prefix = query.prefix ?? ''
  const place = ({ key, id }: { key: string; id: string }) => `${key}\0${id}`
  const after =
    query['key-marker'] === undefined ? '' : place({ key: query['key-marker'], id: query['upload-id-marker'] ?? '' })
  const sorted = uploads
    .filter((upload) => upload.key.startsWith(prefix) && place(upload) > after)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1))
  const page = sorted.slice(0, 2)
  const last = page.at(-1)
  const encode = query['encoding-type'] === 'url' ? urlEncoded : xmlEscaped
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">',
    `<IsTruncated>${page.length < sorted.length}</IsTruncated>`,
    ...(query['encoding-type'] === 'url' ? ['<EncodingType>url</EncodingType>'] : []),
    ...(last === undefined
      ? []
      : [`<NextKeyMarker>${encode(last.key)}</NextKeyMarker>`, `<NextUploadIdMarker>${last.id}</NextUploadIdMarker>`]),
    ...page.map(
      ({ key, id, initiated }) =>
        `<Upload><Key>${encode(key)}</Key><UploadId>${id}</UploadId><Initiated>${initiated.toISOString()}</Initiated></Upload>`,
    ),
    '</ListMultipartUploadsResult>',
  ].join('\n')
}

/** As S3 encodes keys: spaces as plus signs, slashes as they are. */
function urlEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
}

function xmlEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
