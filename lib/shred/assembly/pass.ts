import { DOUBLE, INT, numberEnd, readNumber, UNSURE, WIDE_INT } from './number'
import { BOOLS, DOUBLES, INTS, LISTS, OBJECTS, STRINGS, WIDE_INTS } from './tally'
import { QUOTE, readString, textEnd } from './text'

/*
 * Where a line is being read, and the passing over of what is not looked into. A function that returns false, or a negative
 * number, leaves the place anywhere.
 */

/** The next byte. */
export let at: usize = 0
/** Objects and lists around it. */
let depth: i32 = 0
let maxDepth: i32 = 0

export function setMaxDepth(limit: i32): void {
  maxDepth = limit
}

/** Begins a line. */
@inline
export function startAt(start: usize): void {
  at = start
  depth = 0
}

/** Goes on at `end`. */
@inline
export function moveTo(end: usize): void {
  at = end
}

/** Passes the bracket that opens an object or a list; false when that is too deep. */
@inline
export function enter(): bool {
  at++
  return ++depth <= maxDepth
}

/** Passes the bracket that closes what was just entered, if it is the next one. */
@inline
export function leaveIfEmpty(close: u8): bool {
  skipSpace()
  if (load<u8>(at) != close) return false
  at++
  depth--
  return true
}

/** After the bracket that closes what was entered. */
@inline
export function leave(): void {
  depth--
}

@inline
export function skipSpace(): void {
  for (let byte = load<u8>(at); byte == 0x20 || byte == 0x09 || byte == 0x0d; byte = load<u8>(at)) at++
}

/** After a member or an element: 1 when another follows, 0 at `close` (which is passed), -1 at anything else. */
@inline
export function more(close: u8): i32 {
  skipSpace()
  const byte = load<u8>(at)
  at++
  return byte == 0x2c ? 1 : byte == close ? 0 : -1
}

/** Passes any key and its colon; `text` is the key then. */
export function passKey(): bool {
  skipSpace()
  if (load<u8>(at) != QUOTE || !readString(at)) return false
  at = textEnd
  return passColon()
}

@inline
export function passColon(): bool {
  skipSpace()
  if (load<u8>(at) != 0x3a) return false
  at++
  return true
}

export function passNull(): bool {
  if (load<u32>(at) != 0x6c6c756e) return false
  at += 4
  return true
}

export function passBool(first: u8): bool {
  if (first == 0x74 && load<u32>(at) == 0x65757274) {
    at += 4
    return true
  }
  if (first == 0x66 && load<u32>(at, 1) == 0x65736c61) {
    at += 5
    return true
  }
  return false
}

/** Passes the value, of whose inside nothing is learnt; what it counts as, negative when it is not plainly JSON. */
export function passOpaque(first: u8): i32 {
  if (first == 0x7b || first == 0x5b) return passValue() ? (first == 0x7b ? OBJECTS : LISTS) : -1
  if (first == QUOTE) return passValue() ? STRINGS : -1
  if (first == 0x74 || first == 0x66) return passBool(first) ? BOOLS : -1
  const kind = readNumber(at)
  at = numberEnd
  return kind == INT ? INTS : kind == WIDE_INT ? WIDE_INTS : kind == DOUBLE ? DOUBLES : -1
}

function passValue(): bool {
  skipSpace()
  const first = load<u8>(at)
  if (first == 0x7b || first == 0x5b) return passContainer(first == 0x7b)
  if (first == QUOTE) {
    if (!readString(at)) return false
    at = textEnd
    return true
  }
  if (first == 0x6e) return passNull()
  if (first == 0x74 || first == 0x66) return passBool(first)
  if (readNumber(at) == UNSURE) return false
  at = numberEnd
  return true
}

function passContainer(isObject: bool): bool {
  const close: u8 = isObject ? 0x7d : 0x5d
  if (!enter()) return false
  if (leaveIfEmpty(close)) return true
  let another = 1
  while (another == 1) {
    if ((isObject && !passKey()) || !passValue()) return false
    another = more(close)
  }
  leave()
  return another == 0
}
