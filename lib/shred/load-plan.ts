import { type Node, type NodeTree, type Plan, STRIDE } from './node.ts'
import type { Scanner } from './scanner.ts'

/** As lib/shred/assembly/plan.ts numbers them; 0 is left to the careful scanner. */
const PLAN_NUMBER: Readonly<Record<Plan, number>> = {
  string: 1,
  int64: 2,
  double: 3,
  bool: 4,
  struct: 5,
  map: 6,
  list: 7,
  json: 8,
  drop: 9,
  timestamp: 11,
  null: 0,
  unborn: 0,
}
const WIDE_INT64 = 10
/** What may be read behind a literal. */
const SLACK = 16

/** What JSON has to or may escape cannot be told by comparing bytes. */
const PLAIN_KEY = /^[^"\\\p{Cc}\p{Cs}]*$/u

/** A planned tree as the scanner has it. */
export interface LoadedPlan {
  /** Where the root is. */
  readonly root: number
  /** Moves what the scanner counted to the tree's tally. */
  takeCounts(): void
}

/** Gives the scanner the planned tree instead of the one that it had, whose counts have to be taken before. */
export function loadPlan(scanner: Scanner, tree: NodeTree): LoadedPlan {
  scanner.wasm.freePlan()
  const root = load(scanner, tree.root)
  const nodes = tree.idLimit
  const counters = scanner.wasm.newCounts(nodes)
  return {
    root,
    takeCounts() {
      const counts = new Float64Array(scanner.bytes.buffer, counters, nodes * STRIDE)
      tree.tally.add(counts)
      counts.fill(0)
    },
  }
}

function load(scanner: Scanner, node: Node): number {
  const { wasm } = scanner
  const inside = node.plan === 'list' ? node.element : node.plan === 'map' ? node.values : undefined
  const inner = inside === undefined ? 0 : load(scanner, inside)
  const column = (node.column ?? node.keyColumn)?.pointer ?? 0
  const plan = node.plan === 'int64' && !node.exact ? WIDE_INT64 : PLAN_NUMBER[node.plan]
  const { id, definition, repetition } = node
  const pointer = wasm.newNode(plan, id, definition, repetition, inner, column, node.phantom?.pointer ?? 0)
  setLiteral(scanner, pointer, node)
  const columns = (node.columns ?? []).map((below) => below.pointer)
  wasm.setColumns(pointer, pointers(scanner, columns), columns.length)
  if (node.plan === 'struct') {
    const children = node.children.map((child) => load(scanner, child))
    wasm.setChildren(pointer, pointers(scanner, children), children.length)
  }
  return pointer
}

function setLiteral(scanner: Scanner, pointer: number, { step }: Node): void {
  if (step?.kind !== 'name' || !PLAIN_KEY.test(step.name)) return
  const literal = Buffer.from(`"${step.name}":`)
  const at = scanner.wasm.planAlloc(literal.length + SLACK)
  scanner.bytes.set(literal, at)
  scanner.wasm.setLiteral(pointer, at, literal.length)
}

function pointers(scanner: Scanner, all: readonly number[]): number {
  const at = scanner.wasm.planAlloc(all.length * 4)
  scanner.words.set(all, at >>> 2)
  return at
}
