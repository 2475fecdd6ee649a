import { STRIDE } from './tally'
import { hashOf } from './text'

/*
 * The planned tree, as lib/shred/load-plan.ts hands it over.
 */

/** What is done at a node; other plans are the careful scanner's. */
export const STRING: i32 = 1
export const INT64: i32 = 2
export const FLOAT: i32 = 3
export const BOOL: i32 = 4
export const STRUCT: i32 = 5
export const MAP: i32 = 6
export const LIST: i32 = 7
export const JSON: i32 = 8
export const DROP: i32 = 9
/** An int64 column that has values beyond ±2^53. */
export const WIDE_INT64: i32 = 10
export const TIMESTAMP: i32 = 11
/** A string as long as it is a time. */
export const STRING_OR_TIME: i32 = 12

@unmanaged
export class Node {
  plan: i32
  /** Where the node's counters begin. */
  counters: i32
  definition: i32
  repetition: i32
  /** The object in which this key occurred last. */
  stamp: i32
  childCount: i32
  /** The member that came after this one last time, or comes next in the schema. */
  follower: usize
  /** `"key":`; 0 where a key cannot be told by its bytes. */
  literal: usize
  literalLength: i32
  columnCount: i32
  /** Pointers to the members' nodes, and a table of them by the hash of their key. */
  children: usize
  childSlots: usize
  childMask: i32
  /** The element of a list, the value of a map. */
  inner: usize
  /** A leaf's column, or that of a map's keys. */
  column: usize
  /** Pointers to every column at and below. */
  columns: usize
  phantom: usize
}

/** All that a plan allocated, linked. */
let planMemory: usize = 0

export function planAlloc(bytes: i32): usize {
  const memory = heap.alloc(bytes + 16)
  store<usize>(memory, planMemory)
  planMemory = memory
  return memory + 16
}

/** Forgets every node. */
export function freePlan(): void {
  while (planMemory != 0) {
    const next = load<usize>(planMemory)
    heap.free(planMemory)
    planMemory = next
  }
}

export function newNode(
  plan: i32,
  id: i32,
  definition: i32,
  repetition: i32,
  inner: usize,
  column: usize,
  phantom: usize,
): Node {
  const size = offsetof<Node>()
  const node = changetype<Node>(planAlloc(<i32>size))
  memory.fill(changetype<usize>(node), 0, size)
  node.plan = plan
  node.counters = id * STRIDE
  node.definition = definition
  node.repetition = repetition
  node.inner = inner
  node.column = column
  node.phantom = phantom
  return node
}

export function setLiteral(node: Node, literal: usize, length: i32): void {
  node.literal = literal
  node.literalLength = length
}

export function setColumns(node: Node, columns: usize, count: i32): void {
  node.columns = columns
  node.columnCount = count
}

/** `children`: pointers to nodes, whose literals are set. */
export function setChildren(node: Node, children: usize, count: i32): void {
  node.children = children
  node.childCount = count
  let size = 4
  while (size < count * 2) size *= 2
  const slots = planAlloc(size * 4)
  memory.fill(slots, 0, size * 4)
  for (let i = 0; i < count; i++) {
    const child = childAt(node, i)
    if (i + 1 < count) child.follower = changetype<usize>(childAt(node, i + 1))
    if (child.literal == 0) continue
    let place = hashOf(child.literal + 1, child.literalLength - 3) & (size - 1)
    while (load<usize>(slots + (<usize>place << 2)) != 0) place = (place + 1) & (size - 1)
    store<usize>(slots + (<usize>place << 2), changetype<usize>(child))
  }
  node.childSlots = slots
  node.childMask = size - 1
}

@inline
export function childAt(node: Node, index: i32): Node {
  return changetype<Node>(load<usize>(node.children + (<usize>index << 2)))
}
