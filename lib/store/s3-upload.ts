import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { DaysealError } from '../errors.ts'
import type { S3Connection } from './s3-client.ts'
import { isOutcomeUnknown, refusalOf, s3Fault } from './s3-fault.ts'
import { headObject } from './s3-head.ts'
import { ask, bareEtag, objectAt, type S3Place, send } from './s3-place.ts'

/** Parts under way at the same time. R2 takes no more than two or three. */
const IN_FLIGHT = 2

/** What the requests for a part have in common. */
export interface PartAddress {
  readonly Bucket: string
  readonly Key: string
  readonly UploadId: string
  readonly PartNumber: number
}

/** Sends one part. What it sends stays in memory until it is done. */
export type SendPart = (
  connection: S3Connection,
  address: PartAddress,
  options: { readonly abortSignal: AbortSignal },
) => Promise<CompletedPart>

/** A multipart upload that has begun. A part's error is thrown as the SDK made it; after it only `abort` is left. */
export interface S3Upload {
  /** Parts are counted as they are added. Resolves when the part is under way, and at most one other. */
  add(send: SendPart): Promise<void>
  /** Makes the object of all parts; gives its etag. */
  complete(): Promise<string>
  /** Stops the parts that are under way, and removes all of them from the store. */
  abort(): Promise<void>
}

/** Names the upload in its object's metadata, so that a lost answer can be told from a failure. */
const MARK = 'dayseal-upload'

/** With this, what is sent has its CRC-32 with it. */
export const CHECKED = { ChecksumAlgorithm: 'CRC32' } as const

/** A CRC-32 as S3 writes it. */
export function crc32Of(bytes: Uint8Array): string {
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(bytes))
  return crc.toString('base64')
}

/** Begins a multipart upload. A copied part brings no checksum of its own. */
export async function startUpload(place: S3Place, key: string, checks: Partial<typeof CHECKED>): Promise<S3Upload> {
  const mark = randomUUID()
  const failed = `cannot write ${key} in ${place.location}`
  const at = objectAt(place, key)
  const { UploadId } = await ask(place, failed, ({ sdk, client }) =>
    client.send(new sdk.CreateMultipartUploadCommand({ ...at, ...checks, Metadata: { [MARK]: mark } })),
  )
  if (UploadId === undefined) throw new DaysealError('storage', failed, { seen: 'a multipart upload without an id' })
  const upload = { ...at, UploadId }
  const flight = partsInFlight()
  const stop = new AbortController()
  let count = 0
  return {
    add: async (sendPart) => {
      count++
      const PartNumber = count
      const options = { abortSignal: stop.signal }
      await flight.add(async () => {
        const sent = (connection: S3Connection) => sendPart(connection, { ...upload, PartNumber }, options)
        const part = await send(place, sent, stop.signal)
        bareEtag(place, key, part.ETag)
        return { ...part, PartNumber }
      })
    },
    complete: async () => {
      const Parts = await flight.all()
      try {
        const done = await send(place, ({ sdk, client }) =>
          client.send(new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
        )
        return bareEtag(place, key, done.ETag)
      } catch (error) {
        const etag = isLost(error) ? await etagOfMarked(place, key, mark) : undefined
        if (etag === undefined) throw s3Fault(failed, error)
        return etag
      }
    },
    abort: async () => {
      stop.abort()
      // A part that arrives later would stay.
      await flight.settled()
      await ask(place, `cannot take back what was written of ${key} in ${place.location}`, ({ sdk, client }) =>
        unlessGone(() => client.send(new sdk.AbortMultipartUploadCommand(upload))),
      )
    },
  }
}

/** At most IN_FLIGHT parts under way; the first failure is that of all. */
function partsInFlight() {
  const done: (CompletedPart & { readonly PartNumber: number })[] = []
  const flying = new Set<Promise<void>>()
  const faults: unknown[] = []
  const refuse = () => {
    if (faults.length > 0) throw faults[0]
  }
  return {
    async add(send: () => Promise<(typeof done)[number]>): Promise<void> {
      if (flying.size >= IN_FLIGHT) await Promise.race(flying)
      refuse()
      const flight: Promise<void> = send()
        .then(
          (part) => void done.push(part),
          (error: unknown) => void faults.push(error),
        )
        .finally(() => flying.delete(flight))
      flying.add(flight)
    },
    async all() {
      await Promise.all(flying)
      refuse()
      return done.sort((a, b) => a.PartNumber - b.PartNumber)
    },
    async settled(): Promise<void> {
      await Promise.all(flying)
    },
  }
}

/** No answer to the end of an upload, or to a first try one: the upload is gone then. */
function isLost(error: unknown): boolean {
  const refusal = refusalOf(error)
  return refusal !== undefined && (isOutcomeUnknown(refusal) || refusal.code === 'NoSuchUpload')
}

async function etagOfMarked(place: S3Place, key: string, mark: string): Promise<string | undefined> {
  const now = await headObject(place, key)
  return now?.metadata[MARK] === mark ? now.info.etag : undefined
}

/** An upload that is gone needs not be aborted. */
export async function unlessGone<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (refusalOf(error)?.status === 404 && refusalOf(error)?.code !== 'NoSuchBucket') return undefined
    throw error
  }
}
