/**
 * A name with nothing in it but the characters that `allowed` lets through. Any other one is written `_xHHHH_`: its code
 * point in four upper-case hexadecimal digits, six above U+FFFF (the form of SQL/XML, ISO 9075-14). So is a `_` before an
 * `x`, so that what looks like an escape always is one, and different names stay different. The empty name is `_x_`.
 *
 * Back: replace every `_x([0-9A-F]{4}|[0-9A-F]{6})?_`, from left to right, by its character, `_x_` by none.
 * @param allowed takes a character and its index in code points; it lets `_` and `x` through, `x` perhaps not as the first
 */
export function escapedName(name: string, allowed: (char: string, index: number) => boolean): string {
  if (name === '') return '_x_'
  const chars = Array.from(name)
  return chars
    .map((char, index) => {
      const looksEscaped = char === '_' && chars[index + 1] === 'x'
      return allowed(char, index) && !looksEscaped ? char : escaped(char)
    })
    .join('')
}

function escaped(char: string): string {
  const code = char.codePointAt(0)!
  return `_x${code
    .toString(16)
    .toUpperCase()
    .padStart(code > 0xffff ? 6 : 4, '0')}_`
}
