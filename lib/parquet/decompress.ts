import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { snappyUncompress } from 'hyparquet/src/snappy.js'
import { messageOf } from '../errors.ts'
import { readLz4Block } from './read-lz4.ts'
import { corrupt } from './read-tree.ts'

/** Largest page after decompression, bytes: beyond any row group that convert closes, and a bound for altered files. */
const MAX_PAGE_BYTES = 2 ** 29

/** Decompressed at once: usually a whole page. */
const MAX_PIECE_BYTES = 2 ** 20

type Decompress = (bytes: Uint8Array, size: number) => Uint8Array

const zlibOptions = (size: number) => ({
  maxOutputLength: Math.max(size, 1),
  chunkSize: Math.min(size + 64, MAX_PIECE_BYTES),
})

/** By the names of parquet.thrift (`CompressionCodec`). Each is given how many bytes come out. */
const DECOMPRESS = {
  UNCOMPRESSED: (bytes) => bytes,
  SNAPPY: readSnappy,
  GZIP: (bytes, size) => gunzipSync(bytes, zlibOptions(size)),
  BROTLI: (bytes, size) => brotliDecompressSync(bytes, zlibOptions(size)),
  LZ4_RAW: readLz4Block,
  ZSTD: (bytes, size) => zstdDecompressSync(bytes, zlibOptions(size)),
} as const satisfies Record<string, Decompress>

/** How the pages of a chunk may be compressed. */
export type PageCodec = keyof typeof DECOMPRESS

export function isPageCodec(name: string): name is PageCodec {
  return Object.hasOwn(DECOMPRESS, name)
}

/** The `size` bytes of a page. @throws DaysealError `corrupt` */
export function decompressPage(bytes: Uint8Array, size: number, codec: PageCodec): Uint8Array {
  if (!(size >= 0 && size <= MAX_PAGE_BYTES)) {
    throw corrupt('a page claims a size that cannot be', `${size} bytes`, `at most ${MAX_PAGE_BYTES}`)
  }
  if (size === 0 && bytes.length === 0) return bytes
  const data = attempt(() => DECOMPRESS[codec](bytes, size), size)
  if (data.length === size) return data
  throw corrupt('a page has another size than its header says', `${data.length} bytes`, String(size))
}

function attempt(decompress: () => Uint8Array, size: number): Uint8Array {
  try {
    return decompress()
  } catch (error) {
    throw corrupt('a page does not decompress', messageOf(error), `${size} bytes`)
  }
}

function readSnappy(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size)
  snappyUncompress(bytes, out)
  return out
}
