import { NUMBER_COUNTERS } from './counters.ts'
import { type Cursor, LETTER_F, LETTER_T, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts'
import { readNumber } from './json-number.ts'
import { readString } from './json-string.ts'
import { BOOLS, STRINGS } from './node.ts'
import type { ScalarOverride } from './rules.ts'

/**
 * Passes the value at the cursor, which is not null, when it has a place in a column that the configuration makes one of `as`; what
 * it counts as, undefined when it has none. A `string` takes texts, and numbers and booleans as they are written; an
 * `int64` integers within 64 bits; a `double` what it does not round to another integer.
 */
export function passScalar(cursor: Cursor, first: number, as: ScalarOverride): number | undefined {
  switch (first) {
    case OPEN_BRACE:
    case OPEN_BRACKET:
      return undefined
    case QUOTE:
      if (as !== 'string') return undefined
      readString(cursor)
      return STRINGS
    case LETTER_T:
    case LETTER_F:
      if (as !== 'string') return undefined
      if (first === LETTER_T) cursor.readTrue()
      else cursor.readFalse()
      return BOOLS
    default: {
      const kind = readNumber(cursor)
      const fits = as === 'string' || kind === 'int' || kind === (as === 'int64' ? 'wide_int' : 'double')
      return fits ? NUMBER_COUNTERS[kind] : undefined
    }
  }
}
