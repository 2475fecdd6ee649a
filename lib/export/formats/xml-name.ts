import { escapedName } from './escaped-name.ts'

/*
 * Letters that every edition of XML 1.0 takes in names: the first four list them (appendix B), the fifth takes nearly
 * all of Unicode, and parsers of both kinds are in use. The colon is a letter there, but means a namespace.
 */
const LATIN = 'A-Za-z_\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u0131\\u0134-\\u013E\\u0141-\\u0148\\u014A-\\u017E'
const GREEK_CYRILLIC = '\\u038E-\\u03A1\\u03A3-\\u03CE\\u0401-\\u040C\\u040E-\\u044F\\u0451-\\u045C\\u045E-\\u0481'
const OTHERS =
  '\\u05D0-\\u05EA\\u0621-\\u063A\\u0641-\\u064A\\u3041-\\u3094\\u30A1-\\u30FA\\u4E00-\\u9FA5\\uAC00-\\uD7A3'
const LETTER = new RegExp(`^[${LATIN}${GREEK_CYRILLIC}${OTHERS}]$`)
const NOT_FIRST = /^[-.0-9\u00B7]$/

/** The name of the element for a column or field called `name`, whatever it is: an `escapedName`. Names that begin with `xml` are reserved. */
export function elementName(name: string): string {
  const reserved = /^xml/i.test(name)
  return escapedName(name, (char, index) =>
    index === 0 ? LETTER.test(char) && !reserved : LETTER.test(char) || NOT_FIRST.test(char),
  )
}
