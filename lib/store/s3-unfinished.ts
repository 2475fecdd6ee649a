import { DaysealError } from '../errors.ts'
import { checkKey } from './key.ts'
import { decodeKey } from './s3-list.ts'
import { ask, type S3Place } from './s3-place.ts'
import { unlessGone } from './s3-upload.ts'

/**
 * Aborts the multipart uploads below `folder` that began before `before` (milliseconds). MinIO lists uploads by their whole
 * key alone, so that none are found there; it removes old ones by itself.
 */
export async function removeUploads(place: S3Place, folder: string, before: number): Promise<number> {
  checkKey(folder)
  const failed = `cannot clean ${folder} in ${place.location}`
  let removed = 0
  for await (const upload of uploadsBelow(place, `${place.prefix}${folder}/`, failed)) {
    if (upload.initiated >= before) continue
    const { key: Key, id: UploadId } = upload
    await ask(place, failed, ({ sdk, client }) =>
      unlessGone(() => client.send(new sdk.AbortMultipartUploadCommand({ Bucket: place.bucket, Key, UploadId }))),
    )
    removed++
  }
  return removed
}

interface Unfinished {
  /** As it is in the bucket. */
  readonly key: string
  readonly id: string
  readonly initiated: number
}

async function* uploadsBelow(place: S3Place, start: string, failed: string): AsyncGenerator<Unfinished, void, void> {
  const wanted = { Bucket: place.bucket, Prefix: start, EncodingType: 'url' as const }
  for (let marker = {}; ; ) {
    const page = await ask(place, failed, ({ sdk, client }) =>
      client.send(new sdk.ListMultipartUploadsCommand({ ...wanted, ...marker })),
    )
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
      yield { key: decodeKey(Key, page.EncodingType, failed), id: UploadId, initiated: Initiated.getTime() }
    }
    if (page.IsTruncated !== true) return
    if (page.NextKeyMarker === undefined) throw new DaysealError('storage', failed, { seen: 'a part of the listing' })
    marker = {
      KeyMarker: decodeKey(page.NextKeyMarker, page.EncodingType, failed),
      UploadIdMarker: page.NextUploadIdMarker,
    }
  }
}
