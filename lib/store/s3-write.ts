import { DaysealError } from '../errors.ts'
import { checkKey } from './key.ts'
import type { ObjectSink } from './object-store.ts'
import { s3Fault } from './s3-fault.ts'
import { infoOfWritten } from './s3-head.ts'
import { bareEtag, objectAt, type S3Place, send } from './s3-place.ts'
import { CHECKED, crc32Of, type S3Upload, type SendPart, startUpload } from './s3-upload.ts'

const MIB = 2 ** 20
const PART_BYTES = 8 * MIB
/** Parts of one size, as R2 wants all of them: up to 31 GiB. */
const EQUAL_PARTS = 4_000
/** After so many more, a part is twice as large, so that the 10,000 that S3 takes reach 5 TiB. */
const DOUBLED_AFTER = 667

/** The size of the `number`th part (from 1), bytes. */
export function partBytes(number: number): number {
  if (number <= EQUAL_PARTS) return PART_BYTES
  return PART_BYTES * 2 ** (1 + Math.floor((number - EQUAL_PARTS - 1) / DOUBLED_AFTER))
}

/**
 * Up to 8 MiB are one PUT at the commit; what is larger is a multipart upload.
 *
 * Memory: a part that is filled and two that are under way, 24 MiB for objects up to 31 GiB; small objects take what they
 * have, rounded up to a power of two.
 */
export function openSink(place: S3Place, key: string): ObjectSink {
  checkKey(key)
  const failed = `cannot write ${key} in ${place.location}`
  let open = true
  let upload: S3Upload | undefined
  let part = emptyPart(1, 0)
  let size = 0

  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    if (!open) throw new DaysealError('internal', `${key} in ${place.location} is written to after its end`)
    try {
      return await act()
    } catch (error) {
      open = false
      // The first fault is the one to act on; parts that stay are removed by `removeUnfinished`.
      await upload?.abort().catch(() => undefined)
      throw s3Fault(failed, error)
    }
  }
  const sendPart = async (): Promise<S3Upload> => {
    upload ??= await startUpload(place, key, CHECKED)
    await upload.add(bodyPart(part.bytes()))
    return upload
  }
  return {
    write: (bytes) =>
      step(async () => {
        for (let taken = 0; taken < bytes.length; ) {
          if (part.isFull()) {
            await sendPart()
            part = emptyPart(part.number + 1, partBytes(part.number + 1))
          }
          taken += part.take(bytes.subarray(taken))
        }
        size += bytes.length
      }),
    commit: () =>
      step(async () => {
        const etag =
          upload === undefined ? await putWhole(place, key, part.bytes()) : await (await sendPart()).complete()
        open = false
        return infoOfWritten(place, key, etag, size)
      }),
    abort: async () => {
      const wasOpen = open
      open = false
      if (wasOpen) await upload?.abort()
    },
  }
}

async function putWhole(place: S3Place, key: string, body: Uint8Array): Promise<string> {
  const input = { ...objectAt(place, key), ...CHECKED, Body: body }
  const { ETag } = await send(place, ({ sdk, client }) => client.send(new sdk.PutObjectCommand(input)))
  return bareEtag(place, key, ETag)
}

function bodyPart(body: Uint8Array): SendPart {
  const ours = crc32Of(body)
  return async ({ sdk, client }, address, options) => {
    const input = { ...address, ChecksumCRC32: ours, Body: body }
    const { ETag, ChecksumCRC32: theirs } = await client.send(new sdk.UploadPartCommand(input), options)
    // S3 wants it at the end. Not every store repeats it in its answer, as S3 does.
    if (theirs === undefined || theirs === ours) return { ETag, ChecksumCRC32: ours }
    throw new DaysealError('storage', `the store got other bytes of ${address.Key} than were sent`, {
      seen: `CRC-32 ${theirs} of part ${address.PartNumber}`,
      wanted: ours,
    })
  }
}

/** A part that grows up to its size, in memory of its own: a caller may use its bytes again. */
function emptyPart(number: number, expected: number) {
  const size = partBytes(number)
  let buffer = Buffer.allocUnsafeSlow(expected)
  let length = 0
  return {
    number,
    isFull: () => length === size,
    bytes: () => buffer.subarray(0, length),
    /** Takes as many of the bytes as there is room for; says how many. */
    take(bytes: Uint8Array): number {
      const taken = Math.min(bytes.length, size - length)
      if (length + taken > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(Math.min(size, 2 ** Math.ceil(Math.log2(length + taken))))
        buffer.copy(larger, 0, 0, length)
        buffer = larger
      }
      buffer.set(bytes.subarray(0, taken), length)
      length += taken
      return taken
    },
  }
}
