/*
 * Folders as Hive names them, and as Spark, DuckDB and Athena read them: `key=value/key=value`. Names and values are
 * percent-encoded, so that any text is a safe name of a folder.
 */

/** What stands for null. */
export const HIVE_NULL = '__HIVE_DEFAULT_PARTITION__'

/** Texts that readers take for null, in any case of letters. */
const TAKEN_FOR_NULL: ReadonlySet<string> = new Set([HIVE_NULL, 'NULL'])

/** Letters, digits, `-`, `.`, `_` and `~` are themselves (RFC 3986, "Unreserved Characters"). */
const SAFE = Uint8Array.from({ length: 256 }, (_, byte) => (/[\w.~-]/.test(String.fromCharCode(byte)) ? 1 : 0))

/** UTF-8 bytes[start … end), percent-encoded. A text that would be read as null has its first character encoded too. */
export function hiveText(bytes: Uint8Array, start = 0, end = bytes.length): string {
  const text = percentEncoded(bytes, start, end)
  return TAKEN_FOR_NULL.has(text.toUpperCase()) ? escaped(bytes[start]!) + text.slice(1) : text
}

function percentEncoded(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let from = start
  for (let i = start; i < end; i++) {
    if (SAFE[bytes[i]!] === 1) continue
    text += latin1(bytes, from, i) + escaped(bytes[i]!)
    from = i + 1
  }
  return text + latin1(bytes, from, end)
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

function latin1({ buffer, byteOffset }: Uint8Array, start: number, end: number): string {
  return start === end ? '' : Buffer.from(buffer, byteOffset + start, end - start).toString('latin1')
}
