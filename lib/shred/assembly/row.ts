import { pushBool, pushBytes, pushDouble, pushInteger, pushKey, pushLevels, rollback } from './column'
import { Column } from './column-fields'
import { stampKey } from './dictionary'
import { DOUBLE, double, INT, integer, numberEnd, readNumber, WIDE_INT } from './number'
import { at, enter, leaveIfEmpty, leave, more, moveTo, passBool, passColon, passKey, passNull, passOpaque, setMaxDepth, skipSpace, startAt } from './pass'
import { BOOL, DROP, FLOAT, INT64, JSON, LIST, MAP, Node, STRING, STRING_OR_TIME, STRUCT, TIMESTAMP, WIDE_INT64, childAt } from './plan'
import { BOOLS, DOUBLES, EMPTY_LISTS, EMPTY_OBJECTS, INTS, LISTS, NULLS, OBJECTS, STRINGS, WIDE_INTS, acceptNotes, forgetNotes, note } from './tally'
import { hashOf, plainEnd, QUOTE, readString, same, text, textEnd, textLength } from './text'
import { micros, readTimestamp } from './timestamp'

/*
 * One line → the columns of a planned tree. A line that is not plainly a row of that plan is left to the careful scanner
 * (lib/shred/writer.ts), which does the same and says what is wrong: here it leaves no trace.
 */

const NEWLINE: u8 = 0x0a

let fill: i32 = 0
let maxFill: i32 = 0
let objects: i32 = 0
/** Rows after which `scanRows` comes back in any case, so that somebody can look at the columns' size … */
let rowsAtATime: i32 = 1
/** … or after a row in which more level entries than these stand for what is absent. */
let maxUnseenFill: i32 = 0

/** Before the first plan of an hour: objects are numbered anew, so that no number comes twice while a plan lasts. */
export function setLimits(depthLimit: i32, fillLimit: i32, rowsLimit: i32, unseenFillLimit: i32): void {
  objects = 0
  setMaxDepth(depthLimit)
  maxFill = fillLimit
  rowsAtATime = rowsLimit
  maxUnseenFill = unseenFillLimit
}

/** After `scanRows`: the first byte that it did not take, and the fill of the last row that it took. */
let scanned: usize = 0
let takenFill: i32 = 0

export function scannedTo(): usize {
  return scanned
}

export function rowFill(): i32 {
  return takenFill
}

/**
 * Appends the lines of [start, end), each with its newline, to the columns of `root`, which hold `rows` rows. Ends at a line
 * that is left to the careful scanner or is longer than `maxLineBytes`, when the rows are a multiple of `rowsAtATime` or the last one
 * caused many level entries, and once the lines, without their newlines, have come to `maxBytes`. Returns how many lines
 * it took.
 */
export function scanRows(root: Node, start: usize, end: usize, rows: i32, maxLineBytes: i32, maxBytes: i32): i32 {
  let taken = 0
  let bytes = 0
  let from = start
  while (from < end && bytes < maxBytes) {
    if (!scanRow(root, from, rows + taken, maxLineBytes)) break
    bytes += <i32>(at - from)
    from = at + 1
    taken++
    takenFill = fill
    if ((rows + taken) % rowsAtATime == 0 || fill > maxUnseenFill) break
  }
  scanned = from
  return taken
}

/**
 * Appends the line at `start`, up to its newline, to the columns of `root`, which hold `rows` rows. False when it is left to
 * the careful scanner, and nothing has changed.
 */
function scanRow(root: Node, start: usize, rows: i32, maxLineBytes: i32): bool {
  startAt(start)
  fill = 0
  forgetNotes()
  skipSpace()
  if (load<u8>(at) == 0x7b && scanStruct(root, 0)) {
    skipSpace()
    if (load<u8>(at) == NEWLINE && <i32>(at - start) <= maxLineBytes) {
      acceptNotes()
      return true
    }
  }
  for (let i = 0; i < root.columnCount; i++) {
    rollback(changetype<Column>(load<usize>(root.columns + (<usize>i << 2))), rows)
  }
  return false
}

function scanStruct(node: Node, repetition: i32): bool {
  const stamp = ++objects
  if (!enter()) return false
  if (leaveIfEmpty(0x7d)) {
    note(node.counters, EMPTY_OBJECTS)
  } else {
    let before: usize = 0
    let another = 1
    while (another == 1) {
      const guess = before == 0 ? firstChild(node) : changetype<Node>(before).follower
      const member = scanKey(node, guess)
      if (member == 0) return false
      const child = changetype<Node>(member)
      if (child.stamp == stamp) return false
      child.stamp = stamp
      if (before != 0) changetype<Node>(before).follower = member
      before = member
      if (!scanMember(child, node.definition, repetition)) return false
      another = more(0x7d)
    }
    if (another < 0) return false
    leave()
  }
  for (let i = 0; i < node.childCount; i++) {
    const child = childAt(node, i)
    if (child.stamp != stamp && !absent(child, node.definition, repetition)) return false
  }
  if (node.phantom != 0) pushLevels(changetype<Column>(node.phantom), node.definition, repetition)
  return true
}

@inline
function firstChild(node: Node): usize {
  return node.childCount == 0 ? 0 : load<usize>(node.children)
}

/** Passes a key and its colon; the member that has it, 0 when there is none. `guess` is who probably has. */
function scanKey(node: Node, guess: usize): usize {
  skipSpace()
  if (guess != 0) {
    const child = changetype<Node>(guess)
    if (child.literal != 0 && same(at, child.literal, child.literalLength)) {
      moveTo(at + child.literalLength)
      return guess
    }
  }
  if (load<u8>(at) != QUOTE || node.childCount == 0) return 0
  const start = at + 1
  const end = plainEnd(start)
  if (load<u8>(end) != QUOTE) return 0
  const length = <i32>(end - start)
  moveTo(end + 1)
  if (!passColon()) return 0
  const mask = node.childMask
  let place = hashOf(start, length) & mask
  while (true) {
    const found = load<usize>(node.childSlots + (<usize>place << 2))
    if (found == 0) return 0
    const child = changetype<Node>(found)
    if (child.literalLength - 3 == length && same(child.literal + 1, start, length)) return found
    place = (place + 1) & mask
  }
}

function scanMember(node: Node, parentDefinition: i32, repetition: i32): bool {
  skipSpace()
  const first = load<u8>(at)
  if (first != 0x6e) return scanValue(node, first, repetition)
  if (!passNull()) return false
  note(node.counters, NULLS)
  return absent(node, parentDefinition, repetition)
}

function scanValue(node: Node, first: u8, repetition: i32): bool {
  switch (node.plan) {
    case STRING:
      if (first != QUOTE || !readString(at)) return false
      moveTo(textEnd)
      note(node.counters, STRINGS)
      pushBytes(changetype<Column>(node.column), text, textLength, repetition)
      return true
    case STRING_OR_TIME:
      if (first != QUOTE || !readString(at) || !readTimestamp(text, textLength)) return false
      moveTo(textEnd)
      note(node.counters, STRINGS)
      pushBytes(changetype<Column>(node.column), text, textLength, repetition)
      return true
    case TIMESTAMP:
      if (first != QUOTE || !readString(at) || !readTimestamp(text, textLength)) return false
      moveTo(textEnd)
      note(node.counters, STRINGS)
      pushInteger(changetype<Column>(node.column), micros, repetition)
      return true
    case INT64:
      if (readNumber(at) != INT) return false
      moveTo(numberEnd)
      note(node.counters, INTS)
      pushInteger(changetype<Column>(node.column), integer, repetition)
      return true
    case WIDE_INT64: {
      const kind = readNumber(at)
      if (kind != INT && kind != WIDE_INT) return false
      moveTo(numberEnd)
      note(node.counters, kind == INT ? INTS : WIDE_INTS)
      pushInteger(changetype<Column>(node.column), integer, repetition)
      return true
    }
    case FLOAT: {
      const kind = readNumber(at)
      if (kind != INT && kind != DOUBLE) return false
      moveTo(numberEnd)
      note(node.counters, kind == INT ? INTS : DOUBLES)
      pushDouble(changetype<Column>(node.column), kind == INT ? <f64>integer : double, repetition)
      return true
    }
    case BOOL:
      if (!passBool(first)) return false
      note(node.counters, BOOLS)
      pushBool(changetype<Column>(node.column), first == 0x74, repetition)
      return true
    case STRUCT:
      if (first != 0x7b) return false
      note(node.counters, OBJECTS)
      return scanStruct(node, repetition)
    case MAP:
      if (first != 0x7b) return false
      note(node.counters, OBJECTS)
      return scanMap(node, repetition)
    case LIST:
      if (first != 0x5b) return false
      note(node.counters, LISTS)
      return scanList(node, repetition)
    case JSON: {
      const start = at
      const counter = passOpaque(first)
      if (counter < 0) return false
      note(node.counters, counter)
      pushBytes(changetype<Column>(node.column), start, <i32>(at - start), repetition)
      return true
    }
    case DROP: {
      const counter = passOpaque(first)
      if (counter < 0) return false
      note(node.counters, counter)
      return true
    }
    default:
      return false
  }
}

function scanMap(node: Node, repetition: i32): bool {
  const keys = changetype<Column>(node.column)
  const values = changetype<Node>(node.inner)
  if (!enter()) return false
  if (leaveIfEmpty(0x7d)) {
    note(node.counters, EMPTY_OBJECTS)
    pushLevels(keys, node.definition, repetition)
    return absent(values, node.definition, repetition)
  }
  const stamp = ++objects
  let level = repetition
  let another = 1
  while (another == 1) {
    if (!passKey()) return false
    if (!stampKey(keys, pushKey(keys, text, textLength, level), stamp)) return false
    if (!scanMember(values, node.definition + 1, level)) return false
    level = values.repetition
    another = more(0x7d)
  }
  leave()
  return another == 0
}

function scanList(node: Node, repetition: i32): bool {
  const element = changetype<Node>(node.inner)
  if (!enter()) return false
  if (leaveIfEmpty(0x5d)) {
    note(node.counters, EMPTY_LISTS)
    return absent(element, node.definition, repetition)
  }
  let level = repetition
  let another = 1
  while (another == 1) {
    if (!scanMember(element, node.definition + 1, level)) return false
    level = element.repetition
    another = more(0x5d)
  }
  leave()
  return another == 0
}

/** Null in every column at and below `node`, seen from an ancestor that is there up to `definition`. */
function absent(node: Node, definition: i32, repetition: i32): bool {
  const count = node.columnCount
  fill += count
  if (fill > maxFill) return false
  for (let i = 0; i < count; i++) {
    pushLevels(changetype<Column>(load<usize>(node.columns + (<usize>i << 2))), definition, repetition)
  }
  return true
}

