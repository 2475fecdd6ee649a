import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'

export async function writeAll(store: ObjectStore, key: string, content: Uint8Array): Promise<ObjectInfo> {
  const sink = await store.write(key)
  for (let at = 0; at < content.length; at += 1_000_000) await sink.write(content.subarray(at, at + 1_000_000))
  return sink.commit()
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export function inByteOrder(names: readonly string[]): string[] {
  return names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

export function bytes(content: string): Uint8Array {
  return Buffer.from(content)
}

export function text(content: Uint8Array | undefined): string | undefined {
  return content === undefined ? undefined : Buffer.from(content).toString()
}
