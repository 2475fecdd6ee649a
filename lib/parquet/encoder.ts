import { ENCODER_WASM } from './generated/encoder-wasm.ts'

/** What lib/parquet/assembly/index.ts exports. Pointers are byte offsets in `memory`. */
interface EncoderExports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number }
  freeMemory(): number
  encodeHybridBytes(values: number, count: number, width: number, out: number): number
  encodeHybridWords(values: number, count: number, width: number, out: number): number
  packBytes(values: number, count: number, width: number, out: number): number
  gatherStrings(ids: number, count: number, offsets: number, bytes: number, out: number): number
  lengthsOf(ids: number, count: number, offsets: number): number
  listStrings(count: number, offsets: number, bytes: number, out: number): number
  findBounds(count: number, offsets: number, bytes: number): void
  firstEntry(): number
  lastEntry(): number
  startDistinct(table: number, slotBits: number, words: number, most: number, probeAt: number, share: number): void
  addDistinct(words: number, count: number, ids: number): number
  encodeDelta(values: number, count: number, out: number): number
  endOfPage(
    definition: number,
    repetition: number,
    entries: number,
    start: number,
    maxDefinition: number,
    valueRoom: number,
    entryRoom: number,
  ): number
  rowsOfPage(): number
  valuesOfPage(): number
  minInteger(values: number, count: number): bigint
  maxInteger(values: number, count: number): bigint
  minDouble(values: number, count: number): number
  maxDouble(values: number, count: number): number
}

/** Loads and stores of 16 bytes may reach so far beyond a room's end. */
const SLACK = 16
const WASM_PAGE = 65_536

let compiled: EncoderExports | undefined

/**
 * The inner loops of the encoders: WebAssembly, built from lib/parquet/assembly. They work on copies in a memory of their
 * own, one for all that a thread encodes: it grows to what the largest page and the largest dictionary take, and stays.
 */
export function encoder(): EncoderExports {
  compiled ??= new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(ENCODER_WASM, 'base64')), {})
    .exports as unknown as EncoderExports
  return compiled
}

/** Where so many bytes each have room. What was there is gone, and so are the views of it. */
export function rooms<const Sizes extends readonly number[]>(...sizes: Sizes): { [I in keyof Sizes]: number } {
  const { memory, freeMemory } = encoder()
  let next = freeMemory()
  const starts = sizes.map((size) => {
    const start = next
    next = Math.ceil((start + size + SLACK) / 8) * 8
    return start
  })
  const missing = next - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE))
  return starts as { [I in keyof Sizes]: number }
}

/** Copies an array's bytes to `at`. */
export function fill(at: number, { buffer, byteOffset, byteLength }: ArrayBufferView): void {
  new Uint8Array(encoder().memory.buffer).set(new Uint8Array(buffer, byteOffset, byteLength), at)
}

/** The bytes from `start` to `end`: a view that is good until the next `rooms`. */
export function bytesAt(start: number, end: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder().memory.buffer, start, end - start)
}
