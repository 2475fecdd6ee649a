import { DaysealError, type ErrorFacts } from '../errors.ts'

/**
 * The port to where objects live: a directory, or a bucket under a prefix. Keys are relative, with `/` between the
 * parts, never starting with one. One contract suite (test/contract/object-store.ts) runs on every adapter.
 */
export interface ObjectStore {
  /** Where this is, for messages: a path or `s3://bucket/prefix`. */
  readonly location: string

  /**
   * Every object whose key starts with `prefix`, in UTF-8 byte order of the keys. Complete or an error: a missing
   * root is a `storage` error, never an empty list. Temporary files of unfinished writes, and probes of conditions
   * (`.dayseal-probe`), are not listed.
   */
  list(prefix: string): Promise<readonly ObjectInfo[]>

  /** The object's present state; undefined when there is none. */
  head(key: string): Promise<ObjectInfo | undefined>

  /**
   * The bytes of [start, end) (default: all; as with `slice`, no more than there are), as a stream. With `etag`, the
   * bytes are of that state or the read fails so that `isObjectChanged`; an object that changes while it is read fails so
   * too. A missing object fails so that `isObjectMissing`. Each chunk is the reader's own.
   */
  read(key: string, options?: ReadOptions): AsyncIterable<Uint8Array>

  /** A small object at once, with its etag; undefined when there is none. Refuses objects over `maxBytes` (default 256 MiB). */
  get(key: string, maxBytes?: number): Promise<{ readonly bytes: Uint8Array; readonly info: ObjectInfo } | undefined>

  /** Streams an object in. It becomes visible, whole, at `commit`, replacing what was there; `abort` leaves no trace. */
  write(key: string): Promise<ObjectSink>

  /** The create-only write: exactly one of several writers gets `written`. */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<PutOutcome>

  /** Replaces an object only while its etag is still `etag` (undefined: only while there is none). */
  putIfMatch(key: string, bytes: Uint8Array, etag: string | undefined): Promise<PutOutcome>

  /**
   * Asks the place for what everything that is committed there relies on: that it refuses a write whose condition does not
   * hold. To be asked before the work that is to be committed. `folder`: a key's beginning that ends with a slash, where the
   * caller may write; nothing appears there that is listed. A place that does not refuse is a `storage` error.
   */
  checkConditions(folder: string): Promise<void>

  /**
   * Makes `to` the same object as `from` (server-side copy; a hard link in a directory), replacing what was there. A
   * missing `from` fails so that `isObjectMissing`.
   */
  copy(from: string, to: string): Promise<void>

  /**
   * Makes `to` another name of the object `from`, replacing what was there: a symbolic link in a directory, so that it shows
   * where it leads; a copy elsewhere. A missing `from` fails so that `isObjectMissing`.
   */
  alias(from: string, to: string): Promise<void>

  /** Removes an object; one that is not there is no error. */
  delete(key: string): Promise<void>

  /**
   * Removes what writes that never ended (a process was killed) left below `folder`, a key or one without its end, before
   * the time `before`, milliseconds since the epoch; in a directory also what writes of that key itself left. Returns how
   * much there was.
   */
  removeUnfinished(folder: string, before: number): Promise<number>
}

export interface ObjectInfo {
  readonly key: string
  readonly size: number
  /** Changes whenever the content may have. In a directory: size and modification time in nanoseconds. */
  readonly etag: string
  /** Last modification, milliseconds since the epoch. */
  readonly modified: number
}

export interface ReadOptions {
  readonly start?: number
  readonly end?: number
  readonly etag?: string
  readonly signal?: AbortSignal
}

export interface ObjectSink {
  /** Resolves when the bytes are taken: await it before the next write, so that memory stays bounded. */
  write(bytes: Uint8Array): Promise<void>
  commit(): Promise<ObjectInfo>
  abort(): Promise<void>
}

export type PutOutcome = { readonly kind: 'written'; readonly info: ObjectInfo } | { readonly kind: 'conflict' }

export function objectMissing(location: string, key: string, cause?: unknown): DaysealError {
  return new DaysealError('storage', `there is no object ${key} in ${location}`, { reason: 'object-missing', cause })
}

export function objectChanged(location: string, key: string): DaysealError {
  return new DaysealError('storage', `the object ${key} in ${location} changed while it was in use`, {
    hint: 'run again once nothing writes to it',
    reason: 'object-changed',
  })
}

/** Of a store that does not have the conditional writes that a seal is committed by. */
export function unconditional(location: string, seen: string, cause?: unknown): DaysealError {
  return new DaysealError(
    'storage',
    `${location} is no place for Dayseal: its store does not check conditions of writes`,
    {
      seen,
      wanted: 'writes that are refused (412) when their If-None-Match or If-Match does not hold',
      hint: 'one writer would erase what another committed: update the store, or choose one that has them',
      cause,
    },
  )
}

/** Of what is read back right after it was written. Another writer may be at work there, so that it is worth another look. */
export function unlikeWritten(what: string, facts: Pick<ErrorFacts, 'seen' | 'wanted'> = {}): DaysealError {
  return new DaysealError('storage', `${what} does not read back as it was written`, {
    ...facts,
    hint: 'run again; if it happens again, the storage loses data or something else writes there',
    reason: 'unlike-written',
  })
}

export function isUnlikeWritten(error: unknown): error is DaysealError {
  return error instanceof DaysealError && error.reason === 'unlike-written'
}

export function isObjectMissing(error: unknown): error is DaysealError {
  return error instanceof DaysealError && error.reason === 'object-missing'
}

export function isObjectChanged(error: unknown): error is DaysealError {
  return error instanceof DaysealError && error.reason === 'object-changed'
}
