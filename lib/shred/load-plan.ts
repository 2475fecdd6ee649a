import type { TimeForm } from '../time/time-form.ts'
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
/** A string as long as it is a plain time; the first other one is for the careful scanner. */
const STRING_OR_TIME = 12
/** What times may be written as where the scanner, which knows RFC 3339 alone, may read them. */
const PLAIN_FORMS: readonly TimeForm[] = ['auto', 'rfc3339']
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
  const root = load(scanner, tree, tree.root)
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

function load(scanner: Scanner, tree: NodeTree, node: Node): number {
  const { wasm } = scanner
  const inside = node.plan === 'list' ? node.element : node.plan === 'map' ? node.values : undefined
  const inner = inside === undefined ? 0 : load(scanner, tree, inside)
  const column = (node.column ?? node.keyColumn)?.pointer ?? 0
  const plan = planNumber(tree, node)
  const { id, definition, repetition } = node
  const pointer = wasm.newNode(plan, id, definition, repetition, inner, column, node.phantom?.pointer ?? 0)
  setLiteral(scanner, pointer, node)
  const columns = (node.columns ?? []).map((below) => below.pointer)
  wasm.setColumns(pointer, pointers(scanner, columns), columns.length)
  if (node.plan === 'struct') {
    const children = node.children.map((child) => load(scanner, tree, child))
    wasm.setChildren(pointer, pointers(scanner, children), children.length)
  }
  return pointer
}

function planNumber(tree: NodeTree, node: Node): number {
  if (node.plan === 'int64' && !node.exact) return WIDE_INT64
  if (node.plan === 'string' && tree.mayBeTimes(node)) return STRING_OR_TIME
  if (node.plan === 'timestamp' && node.time !== undefined && !PLAIN_FORMS.includes(node.time.form)) return 0
  return PLAN_NUMBER[node.plan]
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
