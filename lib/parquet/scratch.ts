let memory = new Uint8Array(2 ** 20)

/**
 * At least so many bytes, which hold anything: for values that are encoded to be compressed at once. The next call gives
 * the same memory. It grows to the largest page, which is little over 1 MiB unless a single value is larger.
 */
export function scratch(bytes: number): Uint8Array<ArrayBuffer> {
  if (memory.length < bytes) memory = new Uint8Array(bytes)
  return memory
}
