import type { PathStep } from '../path-pattern.ts'
import { AUTO_TIME, type TimeReader, timeReader } from '../time/time-reader.ts'
import { ByteDictionaryBuilder } from './byte-dictionary.ts'
import { type ByteView, byteView, textOf } from './byte-view.ts'
import type { Column } from './column.ts'
import { COUNTERS, type Profile } from './profile.ts'
import type { PathRule, ShredRules } from './rules.ts'
import type { Scanner } from './scanner.ts'
import type { Type } from './type.ts'

/** Counter numbers within a node; the order of `COUNTERS`. */
export const NULLS = 0
export const BOOLS = 1
export const INTS = 2
export const WIDE_INTS = 3
export const DOUBLES = 4
export const HUGE = 5
export const STRINGS = 6
export const OBJECTS = 7
export const LISTS = 8
export const EMPTY_OBJECTS = 9
export const EMPTY_LISTS = 10
/** Texts that are plainly no time; counted only where times are detected, and as long as there was none. */
export const UNTIMED = 11
/** A node's counters in a `Tally` begin at its id times this. */
export const STRIDE = 16

/** What the writer does at a node. `unborn`: nothing but null was seen, so there is no column yet. */
export type Plan = Type['kind'] | 'drop' | 'unborn'

/**
 * One path of the scan tree: what was seen there, and how it is written. Nodes are made while a row is learnt, and get
 * their plan and columns between rows.
 */
export class Node {
  readonly id: number
  readonly parent: Node | undefined
  readonly step: PathStep | undefined
  readonly rule: PathRule
  /** Reads the values where they are said to be times. */
  readonly time: TimeReader | undefined

  /** Object members by key; number i of `keys` is `children[i]`. */
  children: Node[] = []
  keys = new ByteDictionaryBuilder(8)
  /** The element of lists here. */
  element: Node | undefined
  /** The values of objects here, once their keys are data. */
  values: Node | undefined
  /** Objects and lists here are JSON text for the sake of the number of columns: their inside was forgotten. */
  folded = false

  plan: Plan = 'unborn'
  /** Definition level of a value here that is not null; repetition level of values here. */
  definition = 0
  repetition = 0
  column: Column | undefined
  /** For int64: no value so far is beyond ±2^53. */
  exact = true
  keyColumn: Column | undefined
  /** Per key of `keyColumn`'s dictionary the object that had it last. */
  keyStamps: number[] = []
  /** Levels alone, for a container or element without a leaf below it yet. */
  phantom: Column | undefined
  /** Every column at and below this node; undefined when it has to be gathered again. */
  columns: Column[] | undefined

  /** The object in which this key occurred last. */
  stamp = 0
  /** Number of keys at which to look again whether they are data. */
  nextCheck = 0

  constructor(
    id: number,
    parent: Node | undefined,
    step: PathStep | undefined,
    rule: PathRule,
    time: TimeReader | undefined,
  ) {
    this.id = id
    this.time = time
    this.parent = parent
    this.step = step
    this.rule = rule
  }

  get path(): PathStep[] {
    return this.parent === undefined || this.step === undefined ? [] : [...this.parent.path, this.step]
  }

  /** Whether values here are taken as they are, and nothing is learnt of their inside. */
  get opaque(): boolean {
    return this.rule.as === 'json' || this.rule.as === 'drop' || this.plan === 'json' || this.folded
  }

  get keysAreData(): boolean {
    return this.values !== undefined
  }
}

/**
 * The nodes' counters in one typed array, and the row under way: a row is counted when it is accepted, so that a rejected
 * line leaves no trace.
 */
export class Tally {
  private counts = new Float64Array(64 * STRIDE)
  private pending = new Uint32Array(1024)
  private length = 0

  /** Notes one value for the row under way: `node.id * STRIDE + counter`. */
  note(index: number): void {
    if (this.length === this.pending.length) {
      const pending = new Uint32Array(this.length * 2)
      pending.set(this.pending)
      this.pending = pending
    }
    this.pending[this.length++] = index
  }

  accept(): void {
    const { counts, pending, length } = this
    for (let i = 0; i < length; i++) counts[pending[i]!]!++
    this.length = 0
  }

  discard(): void {
    this.length = 0
  }

  reserve(nodes: number): void {
    if (nodes * STRIDE <= this.counts.length) return
    const counts = new Float64Array(nodes * STRIDE * 2)
    counts.set(this.counts)
    this.counts = counts
  }

  move(from: number, to: number): void {
    for (let counter = 0; counter < STRIDE; counter++) {
      this.counts[to * STRIDE + counter]! += this.counts[from * STRIDE + counter]!
      this.counts[from * STRIDE + counter] = 0
    }
  }

  /** Counts at `to` what was counted at `from` too. */
  copy(from: number, to: number): void {
    this.counts[to]! += this.counts[from]!
  }

  clear(node: number): void {
    this.counts.fill(0, node * STRIDE, (node + 1) * STRIDE)
  }

  /** Adds what was counted elsewhere: per node id the counters. */
  add(counts: Float64Array): void {
    for (let i = 0; i < counts.length; i++) this.counts[i]! += counts[i]!
  }

  /** How often it was noted in rows that were accepted. */
  count(index: number): number {
    return this.counts[index]!
  }

  profileOf(node: Node): Profile {
    const profile: Profile = {}
    for (let counter = 0; counter < COUNTERS.length; counter++) {
      const seen = this.counts[node.id * STRIDE + counter]!
      if (seen > 0) profile[COUNTERS[counter]!] = seen
    }
    return profile
  }
}

/** All nodes of one hour. */
export class NodeTree {
  readonly root: Node
  readonly tally = new Tally()
  /** Has the columns. */
  readonly scanner: Scanner
  /** Strict mode: a declared int64 takes every integer from the start. */
  readonly strict: boolean
  /** Whether it is looked at every text if it is a time, as long as all are that were seen at its path. */
  readonly detects: boolean
  private readonly rules: ShredRules
  private ids = 1
  private readonly freeIds: number[] = []
  private made: Node[] = []

  /** `fixed`: the columns are known, and nothing about them is to be found out. */
  constructor(rules: ShredRules, scanner: Scanner, fixed: boolean) {
    this.rules = rules
    this.scanner = scanner
    this.strict = rules.declared !== undefined
    this.detects = rules.times === 'detect' && !this.strict && !fixed
    this.root = new Node(0, undefined, undefined, { as: undefined, rename: undefined, form: undefined }, undefined)
  }

  /** Every node's id is below this. */
  get idLimit(): number {
    return this.ids
  }

  /** Nodes in the tree. */
  get size(): number {
    return this.ids - this.freeIds.length
  }

  /** Nodes that were made since the last call of `keepMade` or `discardMade`. */
  get fresh(): readonly Node[] {
    return this.made
  }

  child(parent: Node, key: ByteView, start: number, end: number): Node {
    const index = parent.keys.add(key, start, end)
    const known = parent.children[index]
    if (known !== undefined) return known
    const name = textOf(key, start, end)
    const node = this.make(parent, { kind: 'name', name })
    parent.children.push(node)
    return node
  }

  element(parent: Node): Node {
    parent.element ??= this.make(parent, { kind: 'element' })
    return parent.element
  }

  values(parent: Node): Node {
    parent.values ??= this.make(parent, { kind: 'any' })
    return parent.values
  }

  /** Keeps the nodes that were made since the last call of this or `discardMade`. */
  keepMade(): void {
    this.made = []
  }

  /** Takes them back, so that a rejected line leaves no path behind. */
  discardMade(): void {
    const parents = new Set<Node>()
    for (const node of this.made.reverse()) {
      const parent = node.parent!
      if (parent.element === node) parent.element = undefined
      else if (parent.values === node) parent.values = undefined
      else parent.children.pop()
      parents.add(parent)
    }
    for (const parent of parents) parent.keys.truncate(parent.children.length)
    for (const { id } of this.made) this.freeIds.push(id)
    this.made = []
  }

  /** Forgets what `profile`, which is part of what was seen, does not have. Not while there are columns. */
  reduce(profile: Profile, node: Node = this.root): void {
    if (profile.folded) node.folded = true
    if (profile.keys_are_data && node.values === undefined) this.collapse(node)
    node.element = this.reduced(node.element, profile.elements)
    // An object whose keys are data stays one.
    node.values = this.reduced(node.values, profile.folded ? undefined : (profile.values ?? {}))
    const fields = new Map(profile.fields)
    const { children } = node
    const { bytes, offsets } = node.keys
    const source = byteView(bytes)
    node.children = []
    node.keys = new ByteDictionaryBuilder(8)
    children.forEach((child, i) => {
      const name = child.step?.kind === 'name' ? child.step.name : ''
      if (this.reduced(child, fields.get(name)) === undefined) return
      node.keys.add(source, offsets[i]!, offsets[i + 1]!)
      node.children.push(child)
    })
  }

  private reduced(node: Node | undefined, profile: Profile | undefined): Node | undefined {
    if (node === undefined) return undefined
    if (profile === undefined) this.free(node)
    else this.reduce(profile, node)
    return profile === undefined ? undefined : node
  }

  private free(node: Node): void {
    this.tally.clear(node.id)
    this.freeIds.push(node.id)
    for (const inside of [node.element, node.values, ...node.children]) if (inside !== undefined) this.free(inside)
  }

  /** Makes an object's keys data: its members become the values of one map. */
  collapse(node: Node): void {
    const values = this.values(node)
    for (const child of node.children) this.absorb(values, child)
    node.children = []
    node.keys = new ByteDictionaryBuilder(8)
  }

  private absorb(into: Node, from: Node): void {
    if (!this.isLookedAt(from)) this.tally.copy(from.id * STRIDE + STRINGS, into.id * STRIDE + UNTIMED)
    this.tally.move(from.id, into.id)
    if (from.folded) this.reduce({ folded: true }, into)
    if (into.opaque) return this.free(from)
    this.freeIds.push(from.id)
    if (from.element !== undefined) this.absorb(this.element(into), from.element)
    if (from.values !== undefined || into.values !== undefined) {
      this.collapse(from)
      if (into.values === undefined) this.collapse(into)
      this.absorb(this.values(into), from.values!)
      return
    }
    const { bytes, offsets } = from.keys
    const keys = byteView(bytes)
    const { children } = from
    from.children = []
    children.forEach((child, i) => {
      this.absorb(this.child(into, keys, offsets[i]!, offsets[i + 1]!), child)
    })
  }

  /** Whether the texts at a node may still all be times. */
  mayBeTimes(node: Node): boolean {
    return this.isLookedAt(node) && this.tally.count(node.id * STRIDE + UNTIMED) === 0
  }

  private isLookedAt(node: Node): boolean {
    return this.detects && !node.opaque && node.time === undefined
  }

  profile(node: Node = this.root): Profile {
    const profile = this.tally.profileOf(node)
    if (profile.strings !== undefined && this.mayBeTimes(node)) profile.timed = true
    if (node.folded) profile.folded = true
    if (node.element !== undefined) setIfSeen(profile, 'elements', this.profile(node.element))
    if (node.values !== undefined && profile.objects !== undefined) {
      profile.keys_are_data = true
      setIfSeen(profile, 'values', this.profile(node.values))
      return profile
    }
    const fields = node.children
      .map((child): [string, Profile] => [child.step?.kind === 'name' ? child.step.name : '', this.profile(child)])
      .filter(([, field]) => Object.keys(field).length > 0)
    if (fields.length > 0) profile.fields = fields
    return profile
  }

  private make(parent: Node, step: PathStep): Node {
    const rule = this.rules.ruleAt([...parent.path, step])
    const isTime = this.strict || rule.as === 'timestamp'
    const time = isTime ? (rule.form === undefined ? AUTO_TIME : timeReader(rule.form)) : undefined
    const node = new Node(this.freeIds.pop() ?? this.ids++, parent, step, rule, time)
    this.made.push(node)
    this.tally.reserve(this.ids)
    if (node.rule.as === 'map') this.values(node)
    return node
  }
}

function setIfSeen(profile: Profile, member: 'elements' | 'values', value: Profile): void {
  if (Object.keys(value).length > 0) profile[member] = value
}
