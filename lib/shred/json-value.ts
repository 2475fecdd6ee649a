import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  type Cursor,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './cursor.ts'
import { readNumber } from './json-number.ts'
import { readString } from './json-string.ts'

/** Passes one value of any kind and checks that it is JSON. */
export function skipValue(cursor: Cursor): void {
  switch (cursor.peek()) {
    case OPEN_BRACE:
      cursor.enter()
      if (cursor.peek() !== CLOSE_BRACE) {
        do {
          skipKey(cursor)
          skipValue(cursor)
        } while (cursor.more(CLOSE_BRACE))
      }
      return cursor.leave()
    case OPEN_BRACKET:
      cursor.enter()
      if (cursor.peek() !== CLOSE_BRACKET) {
        do skipValue(cursor)
        while (cursor.more(CLOSE_BRACKET))
      }
      return cursor.leave()
    case QUOTE:
      return readString(cursor)
    case LETTER_T:
      return cursor.readTrue()
    case LETTER_F:
      return cursor.readFalse()
    case LETTER_N:
      return cursor.readNull()
    default:
      readNumber(cursor)
  }
}

/** Passes a key, which `text` holds then, and its colon. */
export function skipKey(cursor: Cursor): void {
  if (cursor.peek() !== QUOTE) throw cursor.malformed('a key in quotes')
  readString(cursor)
  cursor.expect(COLON, '":" after a key')
}
