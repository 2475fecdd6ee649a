/**
 * What may steer a terminal, break a line, or turn around what is read: controls, formats (bidi overrides), separators of
 * lines, and halves of surrogate pairs.
 */
const UNPRINTABLE = /\p{Cc}|\p{Cf}|\p{Cs}|\p{Zl}|\p{Zp}/gu

/** Text for one line of a terminal, a log or a report. Names and values are others' text: nothing in them steers it or breaks the line. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}

/** JSON of the same value in which they are escapes, but for the ends of its own lines. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (char) => (char === '\n' ? char : jsonEscape(char)))
}

function jsonEscape(char: string): string {
  const units = Array.from({ length: char.length }, (_, i) => char.charCodeAt(i))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
