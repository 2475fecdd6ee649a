import { open } from 'node:fs/promises'
import type { FileBytes } from '../../parquet/read.ts'
import { corrupt } from '../../parquet/read-tree.ts'

/** A file of this machine, by position. Close it. */
export async function openLocalFile(path: string): Promise<FileBytes & { close(): Promise<void> }> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    return { size, read: (start, end) => readRange(handle, start, end), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function readRange(handle: Awaited<ReturnType<typeof open>>, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start)
  let read = 0
  while (read < bytes.length) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, start + read)
    if (bytesRead === 0) throw corrupt('the file ended while it was read', `byte ${start + read}`, `byte ${end}`)
    read += bytesRead
  }
  return bytes
}
