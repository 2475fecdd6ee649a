import { textOf } from './byte-view.ts'
import type { Column } from './column.ts'
import { passOpaque } from './counters.ts'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  type Cursor,
  LETTER_F,
  LETTER_N,
  LETTER_T,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './cursor.ts'
import { readNumber } from './json-number.ts'
import { passScalar } from './json-scalar.ts'
import { readString } from './json-string.ts'
import { readTimestamp, writtenTime } from './json-timestamp.ts'
import { skipKey, skipValue } from './json-value.ts'
import { DUPLICATE_KEY, Misfit, passSeen } from './misfit.ts'
import {
  BOOLS,
  DOUBLES,
  EMPTY_LISTS,
  EMPTY_OBJECTS,
  INTS,
  LISTS,
  type Node,
  type NodeTree,
  NULLS,
  OBJECTS,
  STRIDE,
  STRINGS,
  type Tally,
  WIDE_INTS,
} from './node.ts'
import { Reject } from './reject.ts'

/**
 * Scans one line and appends its values to the columns of the node tree, which it never changes. Whatever it throws
 * (`Reject`, `Misfit`, `DUPLICATE_KEY`), the columns have to be rolled back to the row's start.
 */
export class RowWriter {
  /** Level entries that absent lists and structs caused in this row: bounded, because a few bytes can cause many. */
  fill = 0
  private objects = 0
  private skip: ReadonlySet<number> | undefined
  private readonly cursor: Cursor
  private readonly tree: NodeTree
  private readonly tally: Tally
  private readonly maxFill: number

  constructor(cursor: Cursor, tree: NodeTree, maxFill: number) {
    this.cursor = cursor
    this.tree = tree
    this.tally = tree.tally
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
      case 'string':
        if (first === QUOTE) return this.string(node, repetition)
        if (node.rule.as !== 'string') throw this.misfit(node)
        return this.written(node, first, repetition)
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
      case 'timestamp':
        return this.timestamp(node, first, repetition)
      case 'json':
        return this.json(node, first, repetition)
      case 'drop':
        return this.tally.note(node.id * STRIDE + passOpaque(this.cursor, first))
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
      do {
        const at = cursor.peek() === QUOTE ? cursor.at : -1
        skipKey(cursor)
        const child = node.children[node.keys.find(cursor.text, cursor.textStart, cursor.textEnd)]
        if (this.skip?.has(at)) {
          skipValue(cursor)
        } else if (child === undefined) {
          throw new Misfit(node, `the key ${JSON.stringify(textOf(cursor.text, cursor.textStart, cursor.textEnd))}`)
        } else {
          if (child.stamp === stamp) throw DUPLICATE_KEY
          child.stamp = stamp
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
      skipKey(cursor)
      if (this.skip?.has(at)) {
        skipValue(cursor)
      } else {
        const id = keys.pushKey(cursor.text, cursor.textStart, cursor.textEnd, level)
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
    const start = cursor.at
    readString(cursor)
    // The first text that is no time is learnt: from then on none is looked at.
    if (this.tree.mayBeTimes(node) && writtenTime(cursor) === undefined) {
      cursor.at = start
      throw this.misfit(node)
    }
    this.tally.note(node.id * STRIDE + STRINGS)
    node.column!.pushBytes(cursor.text, cursor.textStart, cursor.textEnd, repetition)
  }

  /** A number or a boolean as text: as it is written. */
  private written(node: Node, first: number, repetition: number): void {
    const { cursor } = this
    const start = cursor.at
    const counter = passScalar(cursor, first, 'string')
    if (counter === undefined) throw this.misfit(node)
    this.tally.note(node.id * STRIDE + counter)
    node.column!.pushBytes(cursor.source, start, cursor.at, repetition)
  }

  private timestamp(node: Node, first: number, repetition: number): void {
    const { cursor } = this
    const counter = node.time === undefined ? this.detectedTime(node, first) : readTimestamp(cursor, first, node.time)
    this.tally.note(node.id * STRIDE + counter)
    node.column!.pushInteger(cursor.bigint, repetition)
  }

  /** Where nothing says that values are times, one that is none has no place here, and is no fault of its line. */
  private detectedTime(node: Node, first: number): number {
    const { cursor } = this
    const start = cursor.at
    if (first === QUOTE) {
      readString(cursor)
      const micros = writtenTime(cursor)
      if (micros !== undefined) {
        cursor.bigint = micros
        return STRINGS
      }
    }
    cursor.at = start
    throw this.misfit(node)
  }

  private number(node: Node, repetition: number): void {
    const { cursor } = this
    const column = node.column as Column
    const start = cursor.at
    const kind = readNumber(cursor)
    if (kind === 'int') {
      this.tally.note(node.id * STRIDE + INTS)
      if (node.plan === 'double') column.pushDouble(cursor.number, repetition)
      else column.pushInteger(BigInt(cursor.number), repetition)
    } else if (kind === 'double' && node.plan === 'double') {
      this.tally.note(node.id * STRIDE + DOUBLES)
      column.pushDouble(cursor.number, repetition)
    } else if (kind === 'wide_int' && node.plan === 'int64' && !node.exact) {
      this.tally.note(node.id * STRIDE + WIDE_INTS)
      column.pushInteger(cursor.bigint, repetition)
    } else {
      cursor.at = start
      throw this.misfit(node)
    }
  }

  private json(node: Node, first: number, repetition: number): void {
    const { cursor } = this
    const start = cursor.at
    this.tally.note(node.id * STRIDE + passOpaque(cursor, first))
    node.column!.pushBytes(cursor.source, start, cursor.at, repetition)
  }

  /** The value at the cursor has no place. What is no JSON is malformed before that. */
  private misfit(node: Node): Misfit {
    return new Misfit(node, passSeen(this.cursor))
  }
}
