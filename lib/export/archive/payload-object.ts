import { DaysealError, type ErrorCode } from '../../errors.ts'
import type { PromisedObject } from '../../seal/promised-object.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'
import type { PayloadFile } from './write-bag.ts'

export interface ObjectPlace {
  readonly store: ObjectStore
  /** The state that is read, and no other. */
  readonly info: ObjectInfo
  /** In the bag. */
  readonly path: string
  readonly modified: Date
  readonly signal: AbortSignal | undefined
}

/** What an object that is not as promised is, and what to do about it. */
export interface Otherwise {
  readonly code: ErrorCode
  readonly hint: string
}

/** An object of a store as a file of a bag, as it is. */
export function payloadObject({ store, info, path, modified, signal }: ObjectPlace): PayloadFile {
  return payloadStream(store.read(info.key, { etag: info.etag, ...(signal && { signal }) }), path, modified)
}

/** The same, but the bag fails unless its bytes are those that a manifest or a ledger promises. */
export function payloadPromised(place: ObjectPlace, promised: PromisedObject, otherwise: Otherwise): PayloadFile {
  return {
    ...payloadObject(place),
    check: (sha256) => {
      if (sha256 !== promised.sha256) throw notAsPromised(promised, place.store, `SHA-256 ${sha256}`, otherwise)
    },
  }
}

/** A file of a bag that is made for it. */
export function payloadBytes(bytes: Uint8Array, path: string, modified: Date): PayloadFile {
  const chunks = (async function* () {
    yield bytes
  })()
  return payloadStream(chunks, path, modified)
}

export function payloadStream(chunks: AsyncIterable<Uint8Array>, path: string, modified: Date): PayloadFile {
  return { path, modified, compress: isPlain(path), chunks, check: () => undefined }
}

export function notAsPromised(
  { key, sha256, bytes }: PromisedObject,
  { location }: ObjectStore,
  seen: string,
  { code, hint }: Otherwise,
): DaysealError {
  return new DaysealError(code, `${key} in ${location} is not what was sealed`, {
    seen,
    wanted: `${bytes} bytes with SHA-256 ${sha256}`,
    hint,
  })
}

/** Deflating what is compressed already costs time and saves nothing. */
function isPlain(path: string): boolean {
  return !/\.(?:gz|zst|br|age|parquet|zip)$/.test(path)
}
