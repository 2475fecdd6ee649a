import { Readable } from 'node:stream'
import { DaysealError } from '../errors.ts'
import { isObjectMissing, type ObjectInfo, objectChanged, objectMissing, type ReadOptions } from './object-store.ts'
import type { S3Connection } from './s3-client.ts'
import { refusalOf, s3Fault } from './s3-fault.ts'
import { headObject } from './s3-head.ts'
import { bareEtag, modifiedAt, objectAt, quoted, type S3Place, send, triesAt } from './s3-place.ts'
import type { Tries } from './s3-retry.ts'

/** A stream that ends too early, as the network says it. */
const CUT_SHORT = { status: undefined, code: 'ERR_STREAM_PREMATURE_CLOSE' }

/** The bytes of one object that are wanted: [start, end) of the state `etag`. */
interface Wanted {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly etag: string | undefined
  readonly signal: AbortSignal | undefined
}

interface Opened {
  /** Of the whole object. */
  readonly info: ObjectInfo
  readonly body: Readable
}

/**
 * Memory: what Node buffers of a socket, at most a few hundred KiB, and the chunk that the reader holds. A stream that breaks
 * goes on from where it was, in the state that it began with.
 */
export async function* readObject(
  place: S3Place,
  key: string,
  { start = 0, end = Number.MAX_SAFE_INTEGER, etag, signal }: ReadOptions,
): AsyncGenerator<Uint8Array, void, void> {
  if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end)) {
    throw new RangeError(`[${start}, ${end}) is no range of bytes`)
  }
  const wanted = { key, start, end, etag, signal }
  const opened = await open(place, wanted)
  if (opened !== undefined) yield* follow(place, wanted, opened)
}

export async function getObject(
  place: S3Place,
  key: string,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly info: ObjectInfo } | undefined> {
  const wanted = { key, start: 0, end: Number.MAX_SAFE_INTEGER, etag: undefined, signal: undefined }
  const { body, info } = (await unlessMissing(() => open(place, wanted))) ?? {}
  if (body === undefined || info === undefined) return undefined
  if (info.size > maxBytes) {
    body.destroy()
    throw new DaysealError('storage', `${key} in ${place.location} is too large to be read at once`, {
      seen: `${info.size} bytes`,
      wanted: `at most ${maxBytes}`,
    })
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of follow(place, wanted, { body, info })) chunks.push(chunk)
  return { bytes: Buffer.concat(chunks), info }
}

/** The bytes of `first`, then of streams that are opened where it broke. */
async function* follow(
  place: S3Place,
  { start, end, ...wanted }: Wanted,
  first: Opened,
): AsyncGenerator<Uint8Array, void, void> {
  const { key, signal } = wanted
  const { etag, size } = first.info
  const stop = Math.min(end, size)
  let at = start
  let tries: Tries | undefined
  for (let opened = first; ; ) {
    let broken: unknown = new DaysealError('storage', `${key} in ${place.location} ended after ${at} of ${stop} bytes`)
    try {
      for await (const chunk of chunksOf(opened.body)) {
        at += chunk.length
        if (at > stop) throw unfitting(place, key, `${at - stop} bytes too many`)
        tries = undefined
        yield chunk
      }
    } catch (error) {
      signal?.throwIfAborted()
      if (refusalOf(error) === undefined) throw error
      broken = error
    }
    signal?.throwIfAborted()
    if (at === stop) return
    tries ??= await triesAt(place, signal)
    if (!(await tries.again(CUT_SHORT))) throw s3Fault(`cannot read ${key} in ${place.location}`, broken)
    const next = await open(place, { ...wanted, start: at, end: stop, etag })
    if (next === undefined) throw objectChanged(place.location, key)
    opened = next
  }
}

/** Ends the request when the reader stops early, as `for await` does with a stream. */
async function* chunksOf(body: Readable): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of body) {
    if (!(chunk instanceof Uint8Array)) throw new DaysealError('internal', 'a body of something else than bytes')
    yield chunk
  }
}

/** Undefined when there is no such byte in the object. */
async function open(place: S3Place, wanted: Wanted): Promise<Opened | undefined> {
  const { key, start, end, etag, signal } = wanted
  const at = objectAt(place, key)
  signal?.throwIfAborted()
  if (start === end) return nothingOf(place, wanted)
  const whole = start === 0 && end === Number.MAX_SAFE_INTEGER
  const range = `bytes=${start}-${end === Number.MAX_SAFE_INTEGER ? '' : end - 1}`
  try {
    const input = {
      ...at,
      ...(whole ? {} : { Range: range }),
      ...(etag === undefined ? {} : { IfMatch: quoted(etag) }),
    }
    const options = signal === undefined ? {} : { abortSignal: signal }
    const get = ({ sdk, client }: S3Connection) => client.send(new sdk.GetObjectCommand(input), options)
    const answer = await send(place, get, signal)
    if (!(answer.Body instanceof Readable)) throw new DaysealError('internal', 'a body that is no stream')
    const size = whole ? answer.ContentLength : sizeOf(answer.ContentRange, start)
    if (size === undefined) {
      answer.Body.destroy()
      throw unfitting(place, key, `Content-Range ${answer.ContentRange ?? 'is missing'} for ${range}`)
    }
    const info = { key, size, etag: bareEtag(place, key, answer.ETag), modified: modifiedAt(answer.LastModified) }
    return { body: answer.Body, info }
  } catch (error) {
    signal?.throwIfAborted()
    const refusal = refusalOf(error)
    if (refusal?.status === 404 && refusal.code !== 'NoSuchBucket') throw objectMissing(place.location, key)
    if (refusal?.status === 412) throw objectChanged(place.location, key)
    if (refusal?.status === 416) return nothingOf(place, wanted)
    throw s3Fault(`cannot read ${key} in ${place.location}`, error)
  }
}

/** For no bytes there is no request, but what is true of other ranges holds: the object is there, and in its state. */
async function nothingOf(place: S3Place, { key, etag }: Wanted): Promise<undefined> {
  const now = (await headObject(place, key))?.info
  if (now === undefined) throw objectMissing(place.location, key)
  if (etag !== undefined && now.etag !== etag) throw objectChanged(place.location, key)
  return undefined
}

/** The object's size, from `bytes 5-9/100`; undefined unless the answer begins at `start`. */
function sizeOf(contentRange: string | undefined, start: number): number | undefined {
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(contentRange ?? '') ?? []
  return Number(first) === start ? Number(size) : undefined
}

function unfitting(place: S3Place, key: string, seen: string): DaysealError {
  return new DaysealError('storage', `${place.location} gives other bytes of ${key} than were asked for`, { seen })
}

async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act()
  } catch (error) {
    if (isObjectMissing(error)) return undefined
    throw error
  }
}
