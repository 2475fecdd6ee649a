import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '../../lib/seal/manifest.ts'
import type { Day } from './day.ts'

/** The sealed file that a manifest names. */
export function dataOf(day: Day, manifest: Manifest): Promise<Buffer> {
  return readFile(join(day.out, manifest.data_key!))
}

/** The file as it would be if it said another generation, of as many digits. */
export function generationSaid(bytes: Buffer, seen: number, other: number): Buffer {
  const key = 'dayseal.generation'
  const at = bytes.lastIndexOf(key) + key.length
  // A Thrift string: its field header and length, then the text.
  const text = bytes.indexOf(String(seen), at)
  if (text !== at + 2) throw new Error(`generation ${seen} is not said at ${at}`)
  return Buffer.concat([
    bytes.subarray(0, text),
    Buffer.from(String(other)),
    bytes.subarray(text + String(seen).length),
  ])
}
