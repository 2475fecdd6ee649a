import type { ObjectInfo, ObjectStore } from './object-store.ts'

/** Puts a small object under its name, whatever is there. What fails leaves nothing unfinished. */
export async function putObject(
  store: Pick<ObjectStore, 'write'>,
  key: string,
  bytes: Uint8Array,
): Promise<ObjectInfo> {
  const sink = await store.write(key)
  try {
    await sink.write(bytes)
    return await sink.commit()
  } catch (error) {
    await sink.abort()
    throw error
  }
}
