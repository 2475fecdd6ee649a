import { objectChanged, objectMissing } from './object-store.ts'
import { refusalOf, s3Fault } from './s3-fault.ts'
import { headObject } from './s3-head.ts'
import { objectAt, quoted, type S3Place, send } from './s3-place.ts'
import { type SendPart, startUpload } from './s3-upload.ts'

export interface CopySizes {
  /** The largest object that is copied by one request, bytes. S3 takes 5 GiB, but is quicker by parts. */
  readonly whole: number
  /** The size of a part, bytes; a larger one where 10,000 would not be enough. */
  readonly part: number
}

const MIB = 2 ** 20
export const COPY_SIZES: CopySizes = { whole: 1024 * MIB, part: 256 * MIB }
const MOST_PARTS = 10_000

/** Copies inside the store: not a byte comes here. The source is pinned from when it was looked at. */
export async function copyObject(place: S3Place, from: string, to: string, sizes: CopySizes): Promise<void> {
  const target = objectAt(place, to)
  const source = objectAt(place, from)
  const found = (await headObject(place, from))?.info
  if (found === undefined) throw objectMissing(place.location, from)
  if (from === to) return
  const copied = {
    CopySource: `${source.Bucket}/${source.Key.split('/').map(encodeURIComponent).join('/')}`,
    CopySourceIfMatch: quoted(found.etag),
  }
  try {
    if (found.size > sizes.whole) return await copyParts(place, to, copied, found.size, sizes)
    await send(place, ({ sdk, client }) => client.send(new sdk.CopyObjectCommand({ ...target, ...copied })))
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.status === 412) throw objectChanged(place.location, from)
    if (refusal?.code === 'NoSuchKey') throw objectMissing(place.location, from)
    throw s3Fault(`cannot copy ${from} to ${to} in ${place.location}`, error)
  }
}

interface Copied {
  readonly CopySource: string
  readonly CopySourceIfMatch: string
}

async function copyParts(place: S3Place, to: string, copied: Copied, size: number, sizes: CopySizes): Promise<void> {
  const part = Math.max(sizes.part, Math.ceil(size / MOST_PARTS))
  const upload = await startUpload(place, to, {})
  try {
    for (let start = 0; start < size; start += part) await upload.add(copiedPart(copied, start, start + part, size))
    await upload.complete()
  } catch (error) {
    // The first fault is the one to act on.
    await upload.abort().catch(() => undefined)
    throw error
  }
}

function copiedPart(copied: Copied, start: number, end: number, size: number): SendPart {
  const CopySourceRange = `bytes=${start}-${Math.min(end, size) - 1}`
  return async ({ sdk, client }, address, options) => {
    const input = { ...address, ...copied, CopySourceRange }
    const { CopyPartResult } = await client.send(new sdk.UploadPartCopyCommand(input), options)
    return { ETag: CopyPartResult?.ETag }
  }
}
