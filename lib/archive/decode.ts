import type { Transform } from 'node:stream'
import type { ByteReader } from './byte-reader.ts'

/** Output is made in pieces of this many bytes: with smaller ones threads wait for each other more often. */
const DECODED_CHUNK = 2 ** 19

/** Three pieces are decoded ahead, on a thread of Node's pool, while one is used. As objects they are not put together. */
export const DECODER_OPTIONS = { chunkSize: DECODED_CHUNK, readableObjectMode: true, readableHighWaterMark: 3 } as const

/** A decoder of node:zlib: `bytesWritten` counts the bytes that it has used. */
export type Decoder = Transform & { readonly bytesWritten: number }

/** Makes the error for damaged input: what is wrong, and between which bytes of the compressed object. */
export type Damage = (what: string, from: number, to: number, cause?: unknown) => Error

/**
 * Runs one decoder until its data ends by itself, and leaves `input` at the first byte that the decoder did not use. At
 * most one input chunk and the decoder's own buffers are in memory. An input that ends early is damage. A chunk is valid
 * until the next one is asked for.
 */
export async function* decode(decoder: Decoder, input: ByteReader, damage: Damage): AsyncGenerator<Uint8Array> {
  const start = input.position()
  let sourceFailed = false
  const feed = async (): Promise<void> => {
    let given = 0
    while (true) {
      const chunk = await input.next().catch((error: unknown) => {
        sourceFailed = true
        throw error
      })
      if (chunk === undefined) {
        decoder.end()
        return
      }
      await write(decoder, chunk)
      given += chunk.length
      const unused = given - decoder.bytesWritten
      if (unused > 0) {
        input.giveBack(chunk.subarray(chunk.length - unused))
        return
      }
    }
  }
  const fed = feed()
  fed.catch((error: Error) => decoder.destroy(error))
  let last: Uint8Array<ArrayBuffer> | undefined
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      yield chunk
      release(chunk)
      last = chunk
    }
    await fed
    // The decoder has ended: what it did not fill it never will. An hour of small objects has one such piece of each.
    if (last !== undefined) freePiece(last)
  } catch (error) {
    if (sourceFailed || !isDecoderError(error)) throw error
    throw damage(error.message, start + decoder.bytesWritten, input.position(), error)
  } finally {
    decoder.destroy()
  }
}

/**
 * Frees the memory that a decoder's chunk ends, which it will not write to again. Otherwise V8 marks its whole heap for every
 * 16 MB or so of content, which took a fifth of the time of a seal.
 */
function release(chunk: Uint8Array<ArrayBuffer>): void {
  if (chunk.byteOffset + chunk.length === DECODED_CHUNK) freePiece(chunk)
}

function freePiece({ buffer }: Uint8Array<ArrayBuffer>): void {
  if (buffer.byteLength === DECODED_CHUNK) buffer.transfer(0)
}

function write(decoder: Decoder, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    decoder.write(chunk, (error) => (error ? reject(error) : resolve()))
  })
}

/** node:zlib names its own errors `Z_DATA_ERROR`, `ZSTD_error_corruption_detected` and so on. */
function isDecoderError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z(STD)?_/.test(error.code)
}
