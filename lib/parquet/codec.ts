import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { lz4Block } from './lz4-block.ts'
import type { PhysicalType } from './schema.ts'
import { snappy } from './snappy.ts'

/** How the pages of a file are compressed. */
export interface Codec {
  /** As parquet.thrift writes it (`CompressionCodec`). */
  readonly name: CompressionCodec
  /** The compressed bytes, which are the caller's own. The same bytes give the same ones. */
  compress(bytes: Uint8Array, physical: PhysicalType): Uint8Array
}

/** The least that node:zlib takes. */
const MIN_CHUNK = 64
/** Node shares the memory of buffers that are far smaller than this. */
const WORTH_FREEING = 2 ** 16

/**
 * zstd's levels. Byte strings that are left to compress, such as ids, hardly repeat: the faster level finds as much in them
 * in two thirds of the time, and less only in what the dictionary takes anyway. In whole numbers it finds even more.
 */
const ZSTD_LEVEL = { BOOLEAN: 3, INT64: 2, DOUBLE: 3, BYTE_ARRAY: 2 } as const satisfies Record<PhysicalType, number>

/** Three times as fast as zlib's default, for a tenth more bytes at most. */
const GZIP_LEVEL = 4
/** The last quality that is as fast as the other codecs: the next one takes twice the time and saves a hundredth. */
const BROTLI_QUALITY = 4

/** What sealed days have. */
export const ZSTD: Codec = { name: 'ZSTD', compress: (bytes, physical) => zstd(bytes, ZSTD_LEVEL[physical]) }

/** Compression.md of the Parquet format, apart from the deprecated LZ4 and the unavailable LZO. */
export const CODECS = {
  uncompressed: { name: 'UNCOMPRESSED', compress: (bytes) => bytes.slice() },
  snappy: { name: 'SNAPPY', compress: snappy },
  gzip: { name: 'GZIP', compress: (bytes) => gzipSync(bytes, { level: GZIP_LEVEL, chunkSize: roomFor(bytes) }) },
  brotli: { name: 'BROTLI', compress: brotli },
  lz4_raw: { name: 'LZ4_RAW', compress: lz4Block },
  zstd: ZSTD,
} as const satisfies Record<string, Codec>

/**
 * Without a size the output would come in pieces that are made for every call, however small, and put together.
 */
function roomFor(bytes: Uint8Array): number {
  return Math.max(bytes.length, MIN_CHUNK)
}

/**
 * With more room than this, for the most that can come of the input, zstd would compress in place, a little faster: it then
 * cuts other blocks, and real doubles take a hundredth more. What a large output does not use of its memory is given
 * back at once.
 */
function zstd(bytes: Uint8Array, level: number): Uint8Array {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const out = zstdCompressSync(bytes, { params, chunkSize: roomFor(bytes) })
  if (bytes.length < WORTH_FREEING || out.buffer.byteLength !== bytes.length) return out
  const exact = new Uint8Array(out)
  out.buffer.transfer(0)
  return exact
}

function brotli(bytes: Uint8Array): Uint8Array {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  }
  return brotliCompressSync(bytes, { params, chunkSize: roomFor(bytes) })
}
