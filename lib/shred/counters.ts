import { type Cursor, LETTER_F, LETTER_T, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts'
import { readNumber } from './json-number.ts'
import { skipValue } from './json-value.ts'
import { BOOLS, DOUBLES, HUGE, INTS, LISTS, OBJECTS, STRINGS, WIDE_INTS } from './node.ts'

/** Which counter a number's kind has. */
export const NUMBER_COUNTERS = { int: INTS, wide_int: WIDE_INTS, double: DOUBLES, huge: HUGE } as const

/** Passes the value at the cursor, of whose inside nothing is learnt; what it counts as. */
export function passOpaque(cursor: Cursor, first: number): number {
  const counter = COUNTERS_BY_FIRST.get(first)
  if (counter === undefined) return NUMBER_COUNTERS[readNumber(cursor)]
  skipValue(cursor)
  return counter
}

const COUNTERS_BY_FIRST: ReadonlyMap<number, number> = new Map([
  [OPEN_BRACE, OBJECTS],
  [OPEN_BRACKET, LISTS],
  [QUOTE, STRINGS],
  [LETTER_T, BOOLS],
  [LETTER_F, BOOLS],
])
