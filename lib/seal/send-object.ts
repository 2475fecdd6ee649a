import { DaysealError } from '../errors.ts'
import { hashingSink } from '../store/hashing-sink.ts'
import { type ObjectInfo, type ObjectStore, objectChanged, unlikeWritten } from '../store/object-store.ts'
import { findPromised, type PromisedObject } from './promised-object.ts'

/** From where to where objects are sent. */
export interface Route {
  readonly from: ObjectStore
  readonly to: ObjectStore
  readonly signal: AbortSignal | undefined
  /** Bytes of the object that are under way or written. */
  readonly onProgress: (bytes: number) => void
}

/**
 * Makes an object at `to` what was promised. One that is as promised there already stays; anything else is sent, hashed as
 * it streams, and read back. Memory: that of the stores' streams.
 * @throws DaysealError `corrupt` when it is not as promised at `from`; `storage`, so that `isObjectChanged` when somebody else
 * writes there
 */
export async function sendObject(promised: PromisedObject, route: Route): Promise<'sent' | 'there'> {
  const { to, signal } = route
  if ((await findPromised(to, promised, signal)) !== undefined) return 'there'
  const { etag } = await stream(promised, route)
  if ((await findPromised(to, promised, signal)) !== undefined) return 'sent'
  if ((await to.head(promised.key))?.etag !== etag) throw objectChanged(to.location, promised.key)
  throw unlikeWritten(`${promised.key} in ${to.location}`, { wanted: `SHA-256 ${promised.sha256}` })
}

async function stream(promised: PromisedObject, { from, to, signal, onProgress }: Route): Promise<ObjectInfo> {
  const { key, sha256, bytes } = promised
  const info = await from.head(key)
  if (info === undefined) throw notAsPromised(promised, from, 'nothing')
  if (info.size !== bytes) throw notAsPromised(promised, from, `${info.size} bytes`)
  const sink = hashingSink(await to.write(key))
  let sent = 0
  try {
    for await (const chunk of from.read(key, { etag: info.etag, ...(signal === undefined ? {} : { signal }) })) {
      signal?.throwIfAborted()
      await sink.write(chunk)
      sent += chunk.length
      onProgress(sent)
    }
    const seen = sink.digest().sha256
    if (seen !== sha256) throw notAsPromised(promised, from, `SHA-256 ${seen}`)
    return (await sink.commit()).info
  } catch (error) {
    await sink.abort()
    throw error
  }
}

function notAsPromised({ key, sha256, bytes }: PromisedObject, { location }: ObjectStore, seen: string): DaysealError {
  const hint = key.startsWith('hourly/')
    ? "remove the hour's part and its ledger: who seals next makes them anew"
    : 'run `dayseal verify` for that day, and restore the file from a copy'
  return new DaysealError('corrupt', `${key} in ${location} is not what was sealed`, {
    seen,
    wanted: `${bytes} bytes with SHA-256 ${sha256}`,
    hint,
  })
}
