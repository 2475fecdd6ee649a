import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import { DaysealError } from '../../errors.ts'
import type { Compression } from '../settings.ts'

const DECODERS = { gzip: createGunzip, zstd: createZstdDecompress, brotli: createBrotliDecompress } as const

/** What was compressed with `compress.ts`. Throws `corrupt` for what cannot be decompressed. Memory: the decoder's. */
export async function* decompressed(
  input: AsyncIterable<Uint8Array>,
  codec: Compression['codec'],
): AsyncGenerator<Uint8Array> {
  if (codec === 'none') return yield* input
  const decoder = DECODERS[codec]()
  const fed = pipeline(input, decoder)
  // A fault of either is thrown below.
  fed.catch(() => undefined)
  try {
    yield* decoder
    await fed
  } catch (cause) {
    if (cause instanceof DaysealError || !isDecoderError(cause)) throw cause
    throw new DaysealError('corrupt', `the file cannot be decompressed as ${codec}`, { seen: cause.message, cause })
  }
}

/** zlib's errors have codes such as Z_DATA_ERROR, ZSTD_error_… and ERR__ERROR_FORMAT_…. */
function isDecoderError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_|ERR_)/.test(String(error.code))
}
