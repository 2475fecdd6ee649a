import { isUtf8 } from 'node:buffer'

/** Bytes in hex, and where they are. */
const PACKINGS: readonly (readonly [name: string, hex: string, at?: number])[] = [
  // APPNOTE.TXT, 4.3: a local file header, an archive without entries, a spanned one.
  ['zip', '504b0304'],
  ['zip', '504b0506'],
  ['zip', '504b0708'],
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['bzip2', '425a6839314159265359'],
  ['xz', 'fd377a585a00'],
  ['7-Zip', '377abcaf271c'],
  ['rar', '526172211a07'],
  ['lz4', '04224d18'],
  ['snappy', 'ff060000734e61507059'],
  ['tar', '7573746172', 257],
]

/** What bytes are packed as, told by the first 262 of them; undefined for what is none of these. */
export function packingOf(start: Uint8Array): string | undefined {
  const hex = Buffer.from(start.subarray(0, 262)).toString('hex')
  return PACKINGS.find(([, bytes, at = 0]) => hex.startsWith(bytes, 2 * at))?.[0]
}

/** Whether bytes that a file begins with are no text: no UTF-8, and with NUL bytes, which a log cut by a crash may have too. */
export function isBinary(start: Uint8Array): boolean {
  if (!start.includes(0)) return false
  // The last character may be cut.
  return [0, 1, 2, 3].every((cut) => !isUtf8(start.subarray(0, Math.max(0, start.length - cut))))
}
