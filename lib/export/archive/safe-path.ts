import { sha256 } from '../../sha256.ts'

/** Longest name as it is; with what `safePaths` adds it stays below the 255 bytes that file systems take. */
const LONGEST = 150
const KEPT_OF_LONG = 100

/** What Windows keeps for devices, whatever follows the dot. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/**
 * Keys as paths that every file system can hold, no two of which fall together where case is ignored. A key of ASCII letters,
 * digits and `._=@+,-` is its own path; the UTF-8 bytes of any other character are written `~XX`. `%` is never in a path:
 * not every reader of bags knows how RFC 8493 writes it.
 */
export function safePaths(keys: readonly string[]): ReadonlyMap<string, string> {
  const folded = Map.groupBy(keys, (key) => safePath(key).toLowerCase())
  return new Map(
    keys.map((key) => {
      const path = safePath(key)
      const alone = folded.get(path.toLowerCase())!.length === 1
      // Two tildes are in no other path.
      return [key, alone ? path : `${path}~~${sha256(Buffer.from(key)).slice(0, 16)}`]
    }),
  )
}

/** One key as `safePaths` writes it when no other comes near it. */
export function safePath(key: string): string {
  return key.split('/').map(safeName).join('/')
}

function safeName(name: string): string {
  const encoded = name.replace(/[^\w.=@+,-]/gu, hex)
  const safe = (DEVICE.test(name) ? `${hex(name[0]!)}${encoded.slice(1)}` : encoded).replace(/\.$/, '~2E')
  return safe.length <= LONGEST ? safe : `${safe.slice(0, KEPT_OF_LONG)}~~${sha256(Buffer.from(name)).slice(0, 32)}`
}

function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `~${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
