/**
 * Gives the memory of bytes back that nobody will look at again, if it holds nothing else: they are empty then. V8 would find
 * out only when it next marks its whole heap, and it marks for about every 16 MB of new buffers.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}

/** Passes chunks on that are the caller's own, and frees each when the next one is asked for. */
export async function* freeing(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk
    freeBytes(chunk)
  }
}
