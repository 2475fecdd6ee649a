import { LETTER_F, LETTER_T, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts'
import { BOOLS, DOUBLES, HUGE, INTS, LISTS, OBJECTS, STRINGS, WIDE_INTS } from './node.ts'

/** What a value of which nothing but the first byte matters is counted as. */
export function counterOf(first: number): number {
  if (first === OPEN_BRACE) return OBJECTS
  if (first === OPEN_BRACKET) return LISTS
  if (first === QUOTE) return STRINGS
  if (first === LETTER_T || first === LETTER_F) return BOOLS
  return DOUBLES
}

/** Which counter a number's kind has. */
export const NUMBER_COUNTERS = { int: INTS, wide_int: WIDE_INTS, double: DOUBLES, huge: HUGE } as const
