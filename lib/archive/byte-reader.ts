const NONE = new Uint8Array(0)

/** Reads a stream of chunks by pulling: one chunk is held at a time, so memory stays bounded by the chunks' size. */
export interface ByteReader {
  /** Offset of the next byte. */
  position(): number
  /** The next chunk as it comes, never empty; undefined at the end. */
  next(): Promise<Uint8Array | undefined>
  /** The next `count` bytes; fewer only at the end. */
  take(count: number): Promise<Uint8Array>
  /** Puts bytes that were just read back in front. */
  giveBack(bytes: Uint8Array): void
  /** Ends the stream of chunks, wherever it is. */
  close(): Promise<void>
}

/** The signal is looked at before each pull. */
export function byteReader(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): ByteReader {
  const source = chunks[Symbol.asyncIterator]()
  let held: Uint8Array = NONE
  let position = 0

  const pull = async (): Promise<Uint8Array | undefined> => {
    while (true) {
      signal?.throwIfAborted()
      const { done, value } = await source.next()
      if (done) return undefined
      if (value.length > 0) return value
    }
  }

  const next = async (): Promise<Uint8Array | undefined> => {
    const chunk = held.length > 0 ? held : await pull()
    held = NONE
    position += chunk?.length ?? 0
    return chunk
  }

  const giveBack = (bytes: Uint8Array): void => {
    held = held.length === 0 ? bytes : Buffer.concat([bytes, held])
    position -= bytes.length
  }

  const take = async (count: number): Promise<Uint8Array> => {
    const taken: Uint8Array[] = []
    let missing = count
    while (missing > 0) {
      const chunk = await next()
      if (chunk === undefined) break
      taken.push(chunk.subarray(0, missing))
      if (chunk.length > missing) giveBack(chunk.subarray(missing))
      missing -= taken.at(-1)!.length
    }
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken)
  }

  const close = async (): Promise<void> => {
    await source.return?.()
  }

  return { position: () => position, next, take, giveBack, close }
}
