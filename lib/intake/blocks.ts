/** Content that one batch is made of at most. */
const BLOCK = 256 * 1024

/** Content in blocks of at most 256 KiB, in place. A block is good until the next one is asked for. */
export async function* blocksOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; at += BLOCK) {
      yield Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(BLOCK, chunk.length - at))
    }
  }
}
