/**
 * Gives the memory of bytes back that nobody will look at again, if it holds nothing else: they are empty then. V8 would find
 * out only when it next marks its whole heap, and it marks for about every 16 MB of new buffers.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0)
}
