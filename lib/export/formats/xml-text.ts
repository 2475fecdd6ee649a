import type { ByteDictionary } from '../../shred/batch.ts'
import type { ByteBuffer } from '../byte-buffer.ts'
import { hasSpecial, specialBytes, writeEntries } from '../dictionary-text.ts'

/* Texts of XML 1.0 in UTF-8. */

const SPECIAL_BYTES: readonly (readonly [number, string])[] = [
  [0x26, '&amp;'],
  [0x3c, '&lt;'],
  [0x3e, '&gt;'],
  /** A parser would make it a line feed (section 2.11). */
  [0x0d, '&#13;'],
]
/** A parser would make these spaces in an attribute (section 3.3.3). */
const SPECIAL_IN_ATTRIBUTES: readonly (readonly [number, string])[] = [
  ...SPECIAL_BYTES,
  [0x22, '&quot;'],
  [0x09, '&#9;'],
  [0x0a, '&#10;'],
]

const TEXT = referencesFor(SPECIAL_BYTES)
const ATTRIBUTE = referencesFor(SPECIAL_IN_ATTRIBUTES)

/** Bytes of characters that XML does not have (section 2.2), and the first byte of U+F000 to U+FFFF, of which U+FFFE and U+FFFF are two. */
const SUSPECT = specialBytes([...Array(0x20).keys()].filter((byte) => ![0x09, 0x0a, 0x0d].includes(byte)).concat(0xef))

/**
 * The entries as they follow a start tag that has not been closed: `>text`, or ` encoding="base64">` and the base64 of
 * their UTF-8 where a character is none of XML 1.0.
 */
export function textEntries(dictionary: ByteDictionary): ByteDictionary {
  return writeEntries(dictionary, (out, bytes, start, end) => {
    if (isXml(bytes, start, end)) {
      out.ascii('>')
      writeReferenced(out, bytes, start, end, TEXT)
    } else {
      out.ascii(` encoding="base64">${base64(bytes, start, end)}`)
    }
  })
}

/** The entries as attributes: ` key="text"`, or ` key="base64 of its UTF-8" keyEncoding="base64"`. */
export function keyEntries(dictionary: ByteDictionary): ByteDictionary {
  return writeEntries(dictionary, (out, bytes, start, end) => {
    out.ascii(' key="')
    if (isXml(bytes, start, end)) writeReferenced(out, bytes, start, end, ATTRIBUTE)
    else out.ascii(`${base64(bytes, start, end)}" keyEncoding="base64`)
    out.ascii('"')
  })
}

function isXml(bytes: Uint8Array, start: number, end: number): boolean {
  if (!hasSpecial(bytes, start, end, SUSPECT)) return true
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte < 0x20 && SUSPECT[byte] !== 0) return false
    if (byte === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2]! >= 0xbe) return false
  }
  return true
}

function base64(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('base64')
}

interface References {
  readonly special: Uint8Array
  readonly texts: ReadonlyMap<number, string>
}

function referencesFor(pairs: readonly (readonly [number, string])[]): References {
  return { special: specialBytes(pairs.map(([byte]) => byte)), texts: new Map(pairs) }
}

function writeReferenced(out: ByteBuffer, bytes: Uint8Array, start: number, end: number, references: References): void {
  const { special, texts } = references
  let from = start
  for (let i = start; i < end; i++) {
    if (special[bytes[i]!] === 0) continue
    out.appendPart(bytes, from, i)
    out.ascii(texts.get(bytes[i]!)!)
    from = i + 1
  }
  out.appendPart(bytes, from, end)
}
