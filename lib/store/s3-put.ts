import { DaysealError, messageOf } from '../errors.ts'
import { type PutOutcome, unconditional } from './object-store.ts'
import {
  describeRefusal,
  isNotImplemented,
  isOutcomeUnknown,
  isUnsent,
  refusalOf,
  type S3Refusal,
  s3Fault,
} from './s3-fault.ts'
import { headObject, infoOfWritten } from './s3-head.ts'
import { bareEtag, objectAt, quoted, type S3Place, triesAt } from './s3-place.ts'
import { getObject } from './s3-read.ts'
import type { Tries } from './s3-retry.ts'
import { CHECKED } from './s3-upload.ts'

/** What one request came to. */
type Answer =
  | { readonly kind: 'written'; readonly etag: string }
  /** The condition does not hold. */
  | { readonly kind: 'refused' }
  /** Nothing was written: another request for the key was under way, or nobody could be reached. */
  | Failure

type Failure = { readonly kind: 'unwritten' | 'unknown'; readonly error: unknown; readonly refusal: S3Refusal }

/**
 * Writes while the object's etag is `etag`, or while there is none. Such a request is not simply repeated: a second try
 * would be refused because the first one was carried out. After a lost answer the object is read: if it has our bytes, they
 * count as written; if the condition still holds, they are sent again.
 * @throws DaysealError `storage`; with the reason `outcome-unknown` when the object may or may not be written
 */
export async function putConditionally(
  place: S3Place,
  key: string,
  bytes: Uint8Array,
  etag: string | undefined,
): Promise<PutOutcome> {
  const tries = await triesAt(place)
  for (let isFirst = true; ; isFirst = false) {
    const answer = await put(place, key, bytes, etag)
    if (answer.kind === 'written') return written(place, key, bytes, answer.etag)
    if (answer.kind === 'refused' && isFirst) return { kind: 'conflict' }
    const now = answer.kind === 'unwritten' ? undefined : await readBack(place, key, bytes, answer)
    if (now?.kind === 'ours') return written(place, key, bytes, now.etag)
    const present = now === undefined ? (await headObject(place, key))?.info.etag : now.etag
    if (answer.kind === 'refused' || present !== etag) return { kind: 'conflict' }
    if (!(await untilAgain(tries, place, key, answer))) throw givenUp(place, key, answer)
  }
}

/** Who is interrupted has to know as well that it is unknown what became of the write. */
async function untilAgain(tries: Tries, place: S3Place, key: string, answer: Failure): Promise<boolean> {
  try {
    return await tries.again(answer.refusal)
  } catch (cause) {
    throw answer.kind === 'unknown' ? unknownOutcome(place, key, cause) : cause
  }
}

async function put(place: S3Place, key: string, bytes: Uint8Array, etag: string | undefined): Promise<Answer> {
  const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: quoted(etag) }
  const input = { ...objectAt(place, key), ...condition, ...CHECKED, Body: bytes }
  const { sdk, client } = await place.connect()
  try {
    const { ETag } = await client.send(new sdk.PutObjectCommand(input))
    return { kind: 'written', etag: bareEtag(place, key, ETag) }
  } catch (error) {
    const refusal = refusalOf(error)
    if (refusal?.status === 412) return { kind: 'refused' }
    // If-Match where nothing is.
    if (refusal?.status === 404 && refusal.code !== 'NoSuchBucket' && etag !== undefined) return { kind: 'refused' }
    if (refusal !== undefined && isNotImplemented(refusal)) {
      const seen = `${describeRefusal(refusal)}, to a PUT with ${etag === undefined ? 'If-None-Match' : 'If-Match'}`
      throw unconditional(place.location, seen, refusal.cause)
    }
    if (refusal !== undefined && isUnwritten(refusal)) return { kind: 'unwritten', error, refusal }
    if (refusal !== undefined && isOutcomeUnknown(refusal)) return { kind: 'unknown', error, refusal }
    throw s3Fault(`cannot write ${key} in ${place.location}`, error)
  }
}

function isUnwritten(refusal: S3Refusal): boolean {
  return refusal.status === 409 || refusal.code === 'RequestTimeTooSkewed' || isUnsent(refusal)
}

type Found = { readonly kind: 'ours'; readonly etag: string } | { readonly kind: 'other'; readonly etag?: string }

async function readBack(place: S3Place, key: string, bytes: Uint8Array, answer: Answer): Promise<Found> {
  try {
    const found = await getObject(place, key, Number.MAX_SAFE_INTEGER)
    if (found === undefined) return { kind: 'other' }
    const { etag } = found.info
    return Buffer.compare(found.bytes, bytes) === 0 ? { kind: 'ours', etag } : { kind: 'other', etag }
  } catch (cause) {
    throw answer.kind === 'unknown' ? unknownOutcome(place, key, cause) : cause
  }
}

async function written(place: S3Place, key: string, bytes: Uint8Array, etag: string): Promise<PutOutcome> {
  return { kind: 'written', info: await infoOfWritten(place, key, etag, bytes.length) }
}

function givenUp(place: S3Place, key: string, { kind, error }: Failure): unknown {
  return kind === 'unwritten'
    ? s3Fault(`cannot write ${key} in ${place.location}`, error)
    : unknownOutcome(place, key, error)
}

function unknownOutcome(place: S3Place, key: string, error: unknown): DaysealError {
  const fault = s3Fault(`no answer to the write of ${key} in ${place.location}`, error)
  const seen = messageOf(fault)
  return new DaysealError('storage', `it is not known whether ${key} in ${place.location} was written`, {
    seen,
    hint: 'run again: what was written is found then',
    reason: 'outcome-unknown',
    cause: fault,
  })
}
