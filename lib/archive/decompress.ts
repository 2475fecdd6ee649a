import { createZstdDecompress } from 'node:zlib'
import { DaysealError } from '../errors.ts'
import { type ByteReader, byteReader } from './byte-reader.ts'
import { type Damage, DECODER_OPTIONS, decode } from './decode.ts'
import { gzipMembers } from './gzip-members.ts'

export type Codec = 'gzip' | 'zstd' | 'plain'

export interface DecompressOptions {
  /** The object's key, for messages, and for what its ending promises. */
  readonly key: string
  /** `by-content`: told from the content, whatever the key's ending. @default told from the content, as its ending promises */
  readonly codec?: Codec | 'by-content'
  /** More content than this many bytes is refused. */
  readonly maxExpandedBytes: number
  readonly signal?: AbortSignal
}

/** Bytes that `codecOf` needs to see. */
const MAGIC_BYTES = 4

/**
 * How an object is compressed, told from its first four bytes (fewer only where the object is shorter). The key only
 * promises: `.gz` or `.zst` on something else that is not empty is a `source` error.
 */
export function codecOf(key: string, firstBytes: Uint8Array): Codec {
  const codec = codecOfContent(firstBytes)
  const promised = key.endsWith('.gz') ? 'gzip' : key.endsWith('.zst') ? 'zstd' : undefined
  if (promised === undefined || promised === codec || firstBytes.length === 0) return codec
  throw new DaysealError('source', `${key} is not what its name says, from byte 0 on`, {
    seen: `${codec === 'plain' ? 'bytes' : codec} ${Buffer.from(firstBytes.subarray(0, MAGIC_BYTES)).toString('hex')}`,
    wanted: promised,
    hint: 'fetch or write the object again',
  })
}

function codecOfContent([b0, b1, b2, b3]: Uint8Array): Codec {
  if (b0 === 0x1f && b1 === 0x8b) return 'gzip'
  // RFC 8878, 3.1: a frame starts with FD2FB528, a skippable one with 184D2A50 to 184D2A5F, little-endian.
  if (b0 === 0x28 && b1 === 0xb5 && b2 === 0x2f && b3 === 0xfd) return 'zstd'
  if (b0 !== undefined && b0 >> 4 === 5 && b1 === 0x2a && b2 === 0x4d && b3 === 0x18) return 'zstd'
  return 'plain'
}

/**
 * The content of an object. All members of a gzip file and all frames of a zstd file are read; an empty object has no
 * content. A chunk is valid until the next one is asked for. Anything cut, altered or appended is a `source` error with
 * the key and the place in the compressed bytes, thrown at the latest where the content would end: what was yielded before may be used only once the end is reached.
 * (zstd frames without a checksum, which is how many libraries write them, cannot show every alteration.)
 *
 * Memory: the largest input chunk, the decoder's window (32 KiB for gzip, at most 128 MiB for zstd) and five pieces of
 * 512 KiB, whatever the object's size. The signal is looked at between chunks.
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const input = byteReader(chunks, options.signal)
  const { key, maxExpandedBytes } = options
  let expanded = 0
  try {
    const codec = await codecFor(options, input)
    for await (const chunk of content(input, codec, damageIn(key, codec))) {
      options.signal?.throwIfAborted()
      expanded += chunk.length
      if (expanded > maxExpandedBytes) throw tooLarge(key, maxExpandedBytes, input.position())
      yield chunk
    }
  } finally {
    await input.close()
  }
}

async function codecFor({ key, codec }: DecompressOptions, input: ByteReader): Promise<Codec> {
  if (codec === undefined) return codecOf(key, await firstBytes(input))
  return codec === 'by-content' ? codecOfContent(await firstBytes(input)) : codec
}

async function firstBytes(input: ByteReader): Promise<Uint8Array> {
  const bytes = await input.take(MAGIC_BYTES)
  input.giveBack(bytes)
  return bytes
}

async function* content(input: ByteReader, codec: Codec, damage: Damage): AsyncGenerator<Uint8Array> {
  const first = await input.next()
  if (first === undefined) return
  input.giveBack(first)
  if (codec === 'gzip') yield* gzipMembers(input, damage)
  else if (codec === 'zstd') yield* zstdFrames(input, damage)
  else for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) yield chunk
}

/** node:zlib ends after the frame that a chunk ends in or before, and says nothing of the rest: go on with a new decoder. */
async function* zstdFrames(input: ByteReader, damage: Damage): AsyncGenerator<Uint8Array> {
  for (let more = await input.next(); more !== undefined; more = await input.next()) {
    input.giveBack(more)
    yield* decode(createZstdDecompress(DECODER_OPTIONS), input, damage)
  }
}

function damageIn(key: string, codec: Codec): Damage {
  return (what, from, to, cause) =>
    new DaysealError('source', `${key} is cut or damaged`, {
      seen: `${what}, ${from === to ? `at byte ${from}` : `between bytes ${from} and ${to}`} of the compressed object`,
      wanted: `whole ${codec} data`,
      hint: 'fetch or write the object again',
      cause,
    })
}

function tooLarge(key: string, maxExpandedBytes: number, position: number): DaysealError {
  return new DaysealError('source', `${key} expands too far`, {
    seen: `more than ${maxExpandedBytes} bytes of content in the first ${position} bytes of the object`,
    wanted: `at most ${maxExpandedBytes} bytes`,
    hint: 'raise limits.maxExpandedBytes if the object is what it should be',
  })
}
