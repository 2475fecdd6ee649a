import type { Column } from './column.ts'
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
import {
  BOOLS,
  DOUBLES,
  EMPTY_LISTS,
  EMPTY_OBJECTS,
  HUGE,
  INTS,
  LISTS,
  type Node,
  NULLS,
  OBJECTS,
  STRIDE,
  STRINGS,
  type Tally,
  WIDE_INTS,
} from './node.ts'
import { Reject } from './reject.ts'
import { parseTimestamp } from './timestamp.ts'

/** Thrown when a value has no place in the columns as they are planned. */
export class Misfit {
  readonly node: Node
  readonly seen: string

  constructor(node: Node, seen: string) {
    this.node = node
    this.seen = seen
  }
}

/** Thrown when an object has a key twice: the line is scanned again without the earlier one. */
export const DUPLICATE_KEY = { kind: 'duplicate key' } as const

/**
 * Scans one line and appends its values to the columns of the node tree, which it never changes. Whatever it throws
 * (`Reject`, `Misfit`, `DUPLICATE_KEY`), the columns have to be rolled back to the row's start.
 */
export class RowWriter {
  /** Level entries that absent lists and structs caused in this row: bounded, because a few bytes can cause many. */
  private fill = 0
  private objects = 0
  private skip: ReadonlySet<number> | undefined
  private readonly cursor: Cursor
  private readonly tally: Tally
  private readonly maxFill: number

  constructor(cursor: Cursor, tally: Tally, maxFill: number) {
    this.cursor = cursor
    this.tally = tally
    this.maxFill = maxFill
  }

  /** The line is at the cursor. `skip`: positions of keys that occur again later in their object. */
  write(root: Node, skip: ReadonlySet<number> | undefined): void {
    this.skip = skip
    this.fill = 0
    this.cursor.peek()
    this.struct(root, 0)
    this.cursor.expectEnd()
  }

  /** Appends the value at the cursor, which is not null, to `node`. */
  private value(node: Node, first: number, repetition: number): void {
    switch (node.plan) {
      case 'struct':
        if (first !== OPEN_BRACE) throw this.misfit(node)
        this.tally.note(node.id * STRIDE + OBJECTS)
        return this.struct(node, repetition)
      case 'map':
        if (first !== OPEN_BRACE) throw this.misfit(node)
        this.tally.note(node.id * STRIDE + OBJECTS)
        return this.map(node, repetition)
      case 'list':
        if (first !== OPEN_BRACKET) throw this.misfit(node)
        this.tally.note(node.id * STRIDE + LISTS)
        return this.list(node, repetition)
      case 'string':
        if (first !== QUOTE) throw this.misfit(node)
        return this.string(node, repetition)
      case 'timestamp':
        return this.timestamp(node, first, repetition)
      case 'int64':
      case 'double':
        if (first === QUOTE || first >= OPEN_BRACKET) throw this.misfit(node)
        return this.number(node, repetition)
      case 'bool':
        if (first === LETTER_T) this.cursor.readTrue()
        else if (first === LETTER_F) this.cursor.readFalse()
        else throw this.misfit(node)
        this.tally.note(node.id * STRIDE + BOOLS)
        return node.column!.pushBool(first === LETTER_T, repetition)
      case 'json':
        return this.json(node, first, repetition)
      case 'drop':
        this.tally.note(node.id * STRIDE + counterOf(first))
        return this.cursor.skipValue()
      default:
        throw this.misfit(node)
    }
  }

  private struct(node: Node, repetition: number): void {
    const { cursor } = this
    const stamp = ++this.objects
    cursor.enter()
    if (cursor.peek() === CLOSE_BRACE) {
      this.tally.note(node.id * STRIDE + EMPTY_OBJECTS)
    } else {
      let guess = 0
      do {
        const at = cursor.peek() === QUOTE ? cursor.at : -1
        const index = this.member(node, guess)
        if (this.skip?.has(at)) {
          cursor.skipValue()
        } else if (index < 0) {
          throw this.misfit(node)
        } else {
          const child = node.children[index]!
          if (child.stamp === stamp) throw DUPLICATE_KEY
          child.stamp = stamp
          if (guess > 0) node.children[guess - 1]!.follower = index
          guess = index + 1
          this.memberValue(child, node.definition, repetition)
        }
      } while (cursor.more(CLOSE_BRACE))
    }
    cursor.leave()
    for (const child of node.children) {
      if (child.stamp !== stamp) this.absent(child, node.definition, repetition)
    }
    node.phantom?.pushNull(node.definition, repetition)
  }

  /** Passes a key and its colon; the number of the child that has it, -1 when none has. */
  private member(node: Node, after: number): number {
    const { cursor } = this
    if (cursor.peek() !== QUOTE) throw cursor.malformed('a key in quotes')
    const guess = after > 0 ? node.children[after - 1]!.follower : 0
    const { bytes, offsets, count } = node.keys.view()
    if (guess < count) {
      const start = cursor.at + 1
      let at = start
      let key = offsets[guess]!
      const keyEnd = offsets[guess + 1]!
      while (key < keyEnd && cursor.bytes[at] === bytes[key]) {
        at++
        key++
      }
      // A backslash in the stored key is a character; in the line it would begin an escape.
      if (key === keyEnd && cursor.bytes[at] === QUOTE && at < cursor.end && !node.children[guess]!.escaped) {
        cursor.at = at + 1
        cursor.expect(COLON, '":" after a key')
        return guess
      }
    }
    cursor.skipKey()
    return node.keys.find(cursor.text, cursor.textStart, cursor.textEnd)
  }

  private memberValue(child: Node, parentDefinition: number, repetition: number): void {
    const first = this.cursor.peek()
    if (first !== LETTER_N) return this.value(child, first, repetition)
    this.cursor.readNull()
    this.tally.note(child.id * STRIDE + NULLS)
    this.absent(child, parentDefinition, repetition)
  }

  private map(node: Node, repetition: number): void {
    const { cursor } = this
    const values = node.values!
    const keys = node.keyColumn!
    cursor.enter()
    if (cursor.peek() === CLOSE_BRACE) {
      this.tally.note(node.id * STRIDE + EMPTY_OBJECTS)
      keys.pushNull(node.definition, repetition)
      this.absent(values, node.definition, repetition)
      return cursor.leave()
    }
    const stamps = node.keyStamps
    const stamp = ++this.objects
    let level = repetition
    do {
      const at = cursor.peek() === QUOTE ? cursor.at : -1
      cursor.skipKey()
      if (this.skip?.has(at)) {
        cursor.skipValue()
      } else {
        const id = keys.pushBytes(cursor.text, cursor.textStart, cursor.textEnd, level)
        if (stamps[id] === stamp) throw DUPLICATE_KEY
        stamps[id] = stamp
        this.memberValue(values, node.definition + 1, level)
        level = values.repetition
      }
    } while (cursor.more(CLOSE_BRACE))
    cursor.leave()
  }

  private list(node: Node, repetition: number): void {
    const { cursor } = this
    const element = node.element!
    cursor.enter()
    if (cursor.peek() === CLOSE_BRACKET) {
      this.tally.note(node.id * STRIDE + EMPTY_LISTS)
      this.absent(element, node.definition, repetition)
      return cursor.leave()
    }
    let level = repetition
    do {
      this.memberValue(element, node.definition + 1, level)
      level = element.repetition
    } while (cursor.more(CLOSE_BRACKET))
    cursor.leave()
  }

  /** Null in every column at and below `node`, seen from an ancestor that is there up to `definition`. */
  private absent(node: Node, definition: number, repetition: number): void {
    const columns = node.columns!
    this.fill += columns.length
    if (this.fill > this.maxFill)
      throw new Reject('too_wide', `more than ${this.maxFill} level entries for what is absent`)
    for (let i = 0; i < columns.length; i++) columns[i]!.pushNull(definition, repetition)
  }

  private string(node: Node, repetition: number): void {
    const { cursor } = this
    cursor.readString()
    this.tally.note(node.id * STRIDE + STRINGS)
    node.column!.pushBytes(cursor.text, cursor.textStart, cursor.textEnd, repetition)
  }

  private timestamp(node: Node, first: number, repetition: number): void {
    const micros = readTimestamp(this.cursor, first)
    this.tally.note(node.id * STRIDE + STRINGS)
    node.column!.pushBigInt(micros, repetition)
  }

  private number(node: Node, repetition: number): void {
    const { cursor } = this
    const column = node.column as Column
    const kind = cursor.readNumber()
    if (kind === 'int') {
      this.tally.note(node.id * STRIDE + INTS)
      if (node.plan === 'double') column.pushDouble(cursor.number, repetition)
      else column.pushInteger(cursor.number, repetition)
    } else if (kind === 'double' && node.plan === 'double') {
      this.tally.note(node.id * STRIDE + DOUBLES)
      column.pushDouble(cursor.number, repetition)
    } else if (kind === 'wide_int' && node.plan === 'int64' && !node.exact) {
      this.tally.note(node.id * STRIDE + WIDE_INTS)
      column.pushBigInt(cursor.bigint, repetition)
    } else {
      throw this.misfit(node)
    }
  }

  private json(node: Node, first: number, repetition: number): void {
    const { cursor } = this
    const start = cursor.at
    cursor.skipValue()
    this.tally.note(node.id * STRIDE + counterOf(first))
    node.column!.pushBytes(cursor.bytes, start, cursor.at, repetition)
  }

  private misfit(node: Node): Misfit | Reject {
    // What is no JSON at all is rejected, not learnt.
    const { cursor } = this
    const start = cursor.at
    const shown = Buffer.from(cursor.bytes.subarray(start, Math.min(cursor.end, start + 40))).toString('utf8')
    return new Misfit(node, shown)
  }
}

/** Reads a timestamp at the cursor; whatever is none rejects the line. */
export function readTimestamp(cursor: Cursor, first: number): bigint {
  if (first !== QUOTE) {
    const start = cursor.at
    cursor.skipValue()
    throw notTimestamp(cursor.bytes, start, cursor.at)
  }
  cursor.readString()
  const micros = parseTimestamp(cursor.text, cursor.textStart, cursor.textEnd)
  if (micros === undefined) throw notTimestamp(cursor.text, cursor.textStart, cursor.textEnd)
  return micros
}

function notTimestamp(bytes: Uint8Array, start: number, end: number): Reject {
  const seen = Buffer.from(bytes.subarray(start, Math.min(end, start + 60))).toString('utf8')
  return new Reject(
    'timestamp',
    `seen ${JSON.stringify(seen)}, wanted RFC 3339 with an offset and at most microseconds`,
  )
}

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
