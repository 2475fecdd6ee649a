/** Smaller arrays are not worth keeping. */
const SMALLEST = 2 ** 12
/** As much as the columns of one row group take. */
const MAX_KEPT = 32 * 2 ** 20

/**
 * Memory of arrays that have had their use, for the next ones. V8 marks its whole heap again whenever some tens of
 * megabytes of array memory are new, which took a fifth of the time of a seal when each hour made its own.
 *
 * Memory: what is kept is at most 32 MiB.
 */
export class ArrayMemory {
  private readonly free = new Map<number, ArrayBuffer[]>()
  private kept = 0

  /** At least so many bytes, rounded up to a power of two. They hold anything. */
  take(bytes: number): ArrayBuffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, 64)))
    const buffer = this.free.get(size)?.pop()
    if (buffer === undefined) return new ArrayBuffer(size)
    this.kept -= size
    return buffer
  }

  /** Nobody may use the buffer after this. */
  give(buffer: ArrayBuffer): void {
    const size = buffer.byteLength
    if (size < SMALLEST || this.kept + size > MAX_KEPT) return
    const free = this.free.get(size)
    if (free === undefined) this.free.set(size, [buffer])
    else free.push(buffer)
    this.kept += size
  }
}
