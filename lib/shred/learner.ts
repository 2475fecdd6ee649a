import { textOf } from './byte-view.ts'
import { NUMBER_COUNTERS, passOpaque } from './counters.ts'
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
import { DUPLICATE_KEY, passSeen, unlikeOverride } from './misfit.ts'
import {
  BOOLS,
  EMPTY_LISTS,
  EMPTY_OBJECTS,
  LISTS,
  type Node,
  type NodeTree,
  NULLS,
  OBJECTS,
  STRIDE,
  STRINGS,
  UNTIMED,
} from './node.ts'
import { MAX_KEYS } from './profile.ts'
import { Reject } from './reject.ts'
import { isScalarOverride, type ScalarOverride } from './rules.ts'

/** Thrown when one object has more keys than columns should have: the node's keys become data, and the line is learnt again. */
export class TooManyKeys {
  readonly node: Node

  constructor(node: Node) {
    this.node = node
  }
}

/**
 * Scans one line and notes what it holds in the node tree, making nodes for new paths; writes no column. After a throw
 * (`Reject`, `DUPLICATE_KEY`, `TooManyKeys`) or a row that is not accepted, `discard` takes the new nodes back.
 */
export class RowLearner {
  /** Objects whose number of keys grew in this row. */
  readonly grown = new Set<Node>()
  private objects = 0
  private skip: ReadonlySet<number> | undefined
  private readonly cursor: Cursor
  private readonly tree: NodeTree
  private readonly maxPaths: number

  constructor(cursor: Cursor, tree: NodeTree, maxPaths: number) {
    this.cursor = cursor
    this.tree = tree
    this.maxPaths = maxPaths
  }

  learn(skip: ReadonlySet<number> | undefined): void {
    this.skip = skip
    this.cursor.peek()
    this.object(this.tree.root)
    this.cursor.expectEnd()
  }

  accept(): void {
    this.tree.tally.accept()
    this.tree.keepMade()
  }

  /** Forgets what the line held, and keeps the nodes that it made: the line is learnt again. */
  restart(): void {
    this.tree.tally.discard()
  }

  discard(): void {
    this.restart()
    this.tree.discardMade()
    this.grown.clear()
  }

  private value(node: Node): void {
    const { cursor } = this
    const first = cursor.peek()
    if (first === LETTER_N) {
      cursor.readNull()
      return this.note(node, NULLS)
    }
    if (node.opaque) return this.note(node, passOpaque(cursor, first))
    if (node.rule.as === 'timestamp') return this.note(node, readTimestamp(cursor, first, node.time!))
    const { as } = node.rule
    if (isScalarOverride(as)) return this.scalar(node, first, as)
    switch (first) {
      case OPEN_BRACE:
        this.note(node, OBJECTS)
        return node.keysAreData ? this.map(node) : this.object(node)
      case OPEN_BRACKET:
        return this.list(node)
      case QUOTE:
        this.note(node, STRINGS)
        readString(cursor)
        if (this.tree.mayBeTimes(node) && writtenTime(cursor) === undefined) this.note(node, UNTIMED)
        return
      case LETTER_T:
        this.note(node, BOOLS)
        return cursor.readTrue()
      case LETTER_F:
        this.note(node, BOOLS)
        return cursor.readFalse()
      default:
        this.note(node, NUMBER_COUNTERS[readNumber(cursor)])
    }
  }

  private scalar(node: Node, first: number, as: ScalarOverride): void {
    const { cursor } = this
    const start = cursor.at
    const counter = passScalar(cursor, first, as)
    if (counter !== undefined) return this.note(node, counter)
    cursor.at = start
    throw unlikeOverride(node, passSeen(cursor))
  }

  private object(node: Node): void {
    const { cursor, tree } = this
    // Negative, so that it never equals a stamp of the writer.
    const stamp = --this.objects
    const before = node.children.length
    this.members(node, () => {
      const child = tree.child(node, cursor.text, cursor.textStart, cursor.textEnd)
      if (child.stamp === stamp) throw DUPLICATE_KEY
      child.stamp = stamp
      this.boundPaths(node)
      this.value(child)
    })
    if (node.children.length > before) this.grown.add(node)
  }

  /** Reads an object; `member` is called after each key that counts, and reads its value. */
  private members(node: Node, member: () => void): void {
    const { cursor } = this
    cursor.enter()
    if (cursor.peek() === CLOSE_BRACE) {
      this.note(node, EMPTY_OBJECTS)
      return cursor.leave()
    }
    do {
      cursor.peek()
      const { at } = cursor
      skipKey(cursor)
      if (this.skip?.has(at)) skipValue(cursor)
      else member()
    } while (cursor.more(CLOSE_BRACE))
    cursor.leave()
  }

  private boundPaths(node: Node): void {
    if (node.children.length > MAX_KEYS && node.rule.as !== 'struct' && node !== this.tree.root)
      throw new TooManyKeys(node)
    if (this.tree.fresh.length > this.maxPaths) {
      throw new Reject('too_wide', `more than ${this.maxPaths} new paths in one line; declare a map or json override`)
    }
  }

  private map(node: Node): void {
    const { cursor, tree } = this
    const values = tree.values(node)
    const keys = new Set<string>()
    this.members(node, () => {
      const key = textOf(cursor.text, cursor.textStart, cursor.textEnd)
      if (keys.has(key)) throw DUPLICATE_KEY
      keys.add(key)
      this.value(values)
    })
  }

  private list(node: Node): void {
    const { cursor } = this
    const element = this.tree.element(node)
    this.note(node, LISTS)
    cursor.enter()
    if (cursor.peek() === CLOSE_BRACKET) {
      this.note(node, EMPTY_LISTS)
    } else {
      do this.value(element)
      while (cursor.more(CLOSE_BRACKET))
    }
    cursor.leave()
  }

  private note(node: Node, counter: number): void {
    this.tree.tally.note(node.id * STRIDE + counter)
  }
}
