import { pipeline } from 'node:stream/promises'
import { constants, createBrotliCompress, createGzip, createZstdCompress, type Gzip } from 'node:zlib'
import { DaysealError } from '../../errors.ts'
import type { Compression } from '../settings.ts'
import type { Transformation } from './pipe-output.ts'

interface Codec {
  readonly extension: string
  readonly levels: readonly [number, number]
  readonly defaultLevel: number
  open(level: number): Gzip
}

const CODECS: Readonly<Record<Exclude<Compression['codec'], 'none'>, Codec>> = {
  gzip: { extension: 'gz', levels: [1, 9], defaultLevel: 6, open: (level) => createGzip({ level }) },
  zstd: {
    extension: 'zst',
    levels: [-7, 22],
    defaultLevel: 3,
    open: (level) => createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } }),
  },
  brotli: {
    extension: 'br',
    levels: [0, 11],
    // Level 11 takes some fifty times as long for a tenth of the bytes.
    defaultLevel: 5,
    open: (level) => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: level } }),
  },
}

/** How a whole file is compressed. */
export interface FileCodec {
  readonly extension: string
  readonly level: number
  readonly transform: Transformation
}

/** Undefined for `none`. Throws `usage` for a level that the codec does not have. */
export function fileCodec({ codec, level }: Compression): FileCodec | undefined {
  if (codec === 'none') return undefined
  const { extension, levels, defaultLevel, open } = CODECS[codec]
  const chosen = level ?? defaultLevel
  const [lowest, highest] = levels
  if (chosen < lowest || chosen > highest) {
    throw new DaysealError('usage', `${codec} has no level ${chosen}`, { wanted: `${lowest} to ${highest}` })
  }
  return { extension, level: chosen, transform: (input) => through(input, open(chosen)) }
}

async function* through(input: AsyncIterable<Uint8Array>, codec: Gzip): AsyncGenerator<Uint8Array> {
  const fed = pipeline(input, codec)
  // A fault of the input destroys the codec, which throws it below.
  fed.catch(() => undefined)
  yield* codec
  await fed
}
