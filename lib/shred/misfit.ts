import type { Node } from './node.ts'

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
