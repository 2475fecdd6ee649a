/** Text for one line of a terminal. Keys and values come from files: nothing in them may steer it or break the line. */
export function printable(text: string): string {
  return text
    .replace(/\s*\n\s*/g, '; ')
    .replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}
