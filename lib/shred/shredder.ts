import type { ColumnBatch } from './batch.ts'
import { Cursor, OPEN_BRACE } from './cursor.ts'
import { scanDistinct } from './duplicate-keys.ts'
import { nameEmpty } from './empty-names.ts'
import { skipValue } from './json-value.ts'
import { learnLine } from './learn-line.ts'
import { RowLearner } from './learner.ts'
import type { Lines } from './lines.ts'
import { type LoadedPlan, loadPlan } from './load-plan.ts'
import { Misfit, tooWide, undeclared, unplanned } from './misfit.ts'
import { narrowProfile } from './narrow.ts'
import { type Node, NodeTree } from './node.ts'
import { canExtend, clearColumns, columnsOf, dropColumns, planTree } from './planner.ts'
import type { Profile } from './profile.ts'
import { Reject } from './reject.ts'
import { keysAreData, resolveSchema } from './resolve.ts'
import { ENTRIES_CHECK_ROWS, hasManyEntries, MAX_UNSEEN_FILL, RowGroupFill } from './row-group-fill.ts'
import type { ShredRules } from './rules.ts'
import { type Scanned, Scanner } from './scanner.ts'
import { pruneSchema, type Schema, sameSchema } from './type.ts'
import { RowWriter } from './writer.ts'

export interface ShredLimits {
  readonly maxDepth: number
  /** Most columns, structs, lists and maps; so many new ones may be in one line. */
  readonly maxPaths: number
  /** A row group closes once its lines reach this many bytes, or as `RowGroupFill` says. */
  readonly rowGroupBytes: number
}

/** Level entries that absent values may cause in one row. */
const MAX_ROW_FILL = 4 * 2 ** 20
/** After this many lines with something new the rest of the hour is only learnt: each costs a look at every path. */
const MAX_EXTENSIONS = 512
/** … and after so many new paths: there may be too many for columns. */
const MAX_NEW_PATHS = 1_000
const FIRST_KEYS_CHECK = 65
const KEYS_CHECK_STEP = 16

export interface ShredOptions {
  readonly rules: ShredRules
  /** The columns to begin with. */
  readonly base: Schema
  /** The columns are those of `base` and no others: everything in the lines is known to fit. */
  readonly fixed: boolean
  /** The lines had more keys than there are columns for: one that does not fit is too wide. */
  readonly narrowed?: boolean
  readonly limits: ShredLimits
  /** Nobody else uses it until `free`. */
  readonly scanner?: Scanner
}

export interface ShredResult {
  readonly profile: Profile
  /** The hour's columns, on top of the base: no more than there may be. */
  readonly schema: Schema
  /** Some lines are too wide for them, or were for the shredder. */
  readonly narrowed: boolean
  /** False when a row group was written with other columns than these: shred again with `schema` as the fixed base. */
  readonly complete: boolean
}

/**
 * JSONL lines → typed columns, one row group at a time. Lines in, batches and rejects out; the schema is learnt as lines
 * come. When a line needs columns that the row groups before it lack, the rest of the hour is only learnt, and the hour is
 * shredded once more with the schema that was found.
 *
 * Memory: the columns of one row group, and one node per path: of those that the lines had, at most three times `maxPaths`.
 */
export class Shredder {
  private readonly scanner: Scanner
  private readonly cursor: Cursor
  private readonly tree: NodeTree
  private readonly writer: RowWriter
  private readonly learner: RowLearner
  private readonly options: ShredOptions
  private schema: Schema
  private loaded: LoadedPlan
  private writing = true
  private readonly group: RowGroupFill
  private groupsTaken = 0
  private extensions = 0
  /** Lines so far. */
  private lines = 0
  private narrowed: boolean
  /** Nodes that the base has. */
  private readonly baseNodes: number

  constructor(options: ShredOptions) {
    this.options = options
    this.group = new RowGroupFill(options.limits.rowGroupBytes)
    this.scanner = options.scanner ?? new Scanner()
    this.scanner.wasm.setLimits(options.limits.maxDepth, MAX_ROW_FILL, ENTRIES_CHECK_ROWS, MAX_UNSEEN_FILL)
    this.tree = new NodeTree(options.rules, this.scanner, options.fixed)
    this.cursor = new Cursor(options.limits.maxDepth)
    this.writer = new RowWriter(this.cursor, this.tree, MAX_ROW_FILL)
    this.learner = new RowLearner(this.cursor, this.tree, options.limits.maxPaths)
    this.schema = resolveSchema(options.base, {}, options.rules)
    this.loaded = this.plan(this.schema)
    this.narrowed = options.narrowed === true
    this.baseNodes = this.tree.size
  }

  /**
   * Takes the line `bytes[start … end)`, which must be UTF-8 and not blank. Returns why it is no row, if it is none. The
   * same array must have the same content from call to call.
   */
  line(bytes: Uint8Array, start: number, end: number): Reject | undefined {
    this.group.bytes += end - start
    this.lines++
    if (this.writing && this.scanner.scanRow(this.loaded.root, { bytes, start, end }, this.group.rows)) {
      this.group.add(1, this.scanner.rowFill)
      return undefined
    }
    this.cursor.reset(bytes, start, end)
    try {
      if (this.cursor.peek() !== OPEN_BRACE) return this.notObject()
      if (this.writing) this.writeRow()
      else this.learnRow()
    } catch (thrown) {
      if (!(thrown instanceof Reject)) throw thrown
      if (thrown.reason === 'too_wide') this.narrowed = true
      return thrown
    }
    return undefined
  }

  /**
   * Takes lines from the first on, as long as they are plainly rows of the columns that there are, none is longer than
   * `maxLineBytes`, and no row group is due. The next one is for `line`.
   */
  rows(lines: Lines, maxLineBytes: number): Scanned {
    if (!this.writing) return { rows: 0, end: lines.start }
    const taken = this.scanner.scanRows(this.loaded.root, lines, this.group.rows, maxLineBytes, this.group.room)
    if (taken.rows > 0) this.group.add(taken.rows, this.scanner.rowFill)
    this.lines += taken.rows
    this.group.bytes += taken.end - lines.start - taken.rows
    return taken
  }

  /** Different paths that the lines had so far; fewer when the keys of an object turn out to be data. */
  get paths(): number {
    return this.tree.size
  }

  /** Whether `rowGroup` is due. */
  get rowGroupFull(): boolean {
    return this.writing && this.group.isFull(() => this.groupEntries())
  }

  /**
   * The rows since `clearRowGroup`, sharing this shredder's memory: use it before the next line comes. Undefined when
   * there are none, when they have no columns, and when nothing is written any more. Each column has a name.
   */
  rowGroup(): ColumnBatch | undefined {
    const schema = this.options.rules.declared ?? pruneSchema(this.schema)
    if (!this.writing || this.group.rows === 0 || schema.length === 0) return undefined
    const leaves = columnsOf(this.tree, schema).map((column) => column.view())
    return { schema: nameEmpty(schema), rows: this.group.rows, leaves }
  }

  clearRowGroup(): void {
    if (!this.writing) return
    if (this.group.rows > 0) this.groupsTaken++
    this.group.clear()
    clearColumns(this.tree.root)
  }

  finish(): ShredResult {
    this.clearRowGroup()
    this.loaded.takeCounts()
    const profile = this.tree.profile()
    const { base, fixed, rules } = this.options
    const few = fixed ? profile : this.narrow(profile, this.lines)
    const schema = resolveSchema(base, few, rules)
    const complete = this.writing && (fixed || sameSchema(pruneSchema(schema), pruneSchema(this.schema)))
    if (this.narrowed) profile.narrowed = true
    return { profile, schema, complete, narrowed: this.narrowed }
  }

  /** Leaves the scanner to the next hour; no line can come any more. */
  free(): void {
    dropColumns(this.tree)
    this.scanner.wasm.freePlan()
  }

  private writeRow(): void {
    const misfit = this.tryWrite()
    if (misfit === undefined) {
      this.tree.tally.accept()
      this.group.add(1, this.writer.fill)
      return
    }
    if (this.options.rules.declared !== undefined) {
      this.checkJson()
      throw undeclared(misfit)
    }
    if (this.options.narrowed) this.learnDropped(misfit)
    else this.learnRow()
    this.extendColumns()
    if (!this.writing) return
    const still = this.tryWrite()
    if (still !== undefined && this.options.narrowed) throw this.tooWide(still)
    if (still !== undefined) throw unplanned(still, this.options.fixed)
    this.tree.tally.discard()
    this.group.add(1, this.writer.fill)
  }

  private tryWrite(): Misfit | undefined {
    try {
      this.cursor.rewind()
      const write = (skip?: ReadonlySet<number>) => this.writer.write(this.tree.root, skip)
      scanDistinct(this.cursor, write, () => this.rollBack())
      return undefined
    } catch (thrown) {
      this.rollBack()
      if (thrown instanceof Misfit) return thrown
      throw thrown
    }
  }

  private learnRow(): void {
    // Once nothing is written, the scanner counts nothing.
    if (this.writing) this.loaded.takeCounts()
    let collapsed = false
    try {
      learnLine(this.cursor, this.learner, (node) => {
        if (!collapsed) this.checkJson()
        if (this.options.fixed && node.plan === 'struct') throw unplanned(new Misfit(node, 'too many keys'), true)
        collapsed = true
        this.collapse(node)
      })
    } catch (thrown) {
      // Columns have gone with what was collapsed.
      if (collapsed && this.writing && !this.options.fixed) this.stopWriting()
      throw thrown
    }
    this.learner.accept()
    if (!this.options.fixed) for (const node of this.learner.grown) this.collapseIfData(node)
    this.learner.grown.clear()
    // As many again may come before it has to be done again.
    const { fixed, limits } = this.options
    if (!fixed && this.newPaths > 2 * limits.maxPaths) this.narrowTree()
  }

  /** Learns a line's new keys where they have no column for another reason than that there are too many. */
  private learnDropped(misfit: Misfit): void {
    this.loaded.takeCounts()
    learnLine(this.cursor, this.learner, () => {
      this.learner.discard()
      throw this.tooWide(misfit)
    })
    const { fresh } = this.tree
    if (fresh.length > 0 && fresh.every(({ rule }) => rule.as === 'drop')) return this.learner.accept()
    this.learner.discard()
    throw this.tooWide(misfit)
  }

  private tooWide(misfit: Misfit): Reject {
    return tooWide(misfit, this.options.limits.maxPaths)
  }

  /** Keeps of the tree what has few enough columns: then it needs no more memory than that. */
  private narrowTree(): void {
    this.stopWriting()
    // What is rare is seen at the end.
    this.tree.reduce(this.narrow(this.tree.profile(), 0))
    this.tree.keepMade()
  }

  private narrow(profile: Profile, rows: number): Profile {
    const { base, rules, limits } = this.options
    const few = narrowProfile(base, profile, rules, { maxPaths: limits.maxPaths, rows })
    if (few.narrowed) this.narrowed = true
    return few
  }

  /** Throws when the line at the cursor is no JSON: before it changes what other lines left in the tree. */
  private checkJson(): void {
    this.cursor.rewind()
    skipValue(this.cursor)
    this.cursor.expectEnd()
  }

  private collapse(node: Node): void {
    this.tree.collapse(node)
    this.tree.keepMade()
  }

  private collapseIfData(node: Node): void {
    const due = Math.max(node.nextCheck, FIRST_KEYS_CHECK)
    if (node === this.tree.root || node.rule.as === 'struct' || node.keysAreData || node.children.length < due) return
    node.nextCheck = node.children.length + KEYS_CHECK_STEP
    if (!keysAreData(this.tree.profile(node), node.path, this.options.rules)) return
    this.collapse(node)
  }

  /** Adds the columns for what was just learnt; where written rows stand in the way, writing ends. */
  private extendColumns(): void {
    if (this.options.fixed) {
      this.loaded = this.plan(this.schema)
      return
    }
    if (++this.extensions > MAX_EXTENSIONS || this.newPaths > MAX_NEW_PATHS) return this.stopWriting()
    const schema = resolveSchema(this.options.base, this.tree.profile(), this.options.rules)
    const sameColumns = sameSchema(pruneSchema(schema), pruneSchema(this.schema))
    if ((this.groupsTaken > 0 && !sameColumns) || !canExtend(this.tree, schema)) return this.stopWriting()
    this.loaded = this.plan(schema)
    // With these columns from the start, the row group might have closed before.
    if (hasManyEntries(this.groupEntries())) this.stopWriting()
  }

  /** Paths that the base does not have. */
  private get newPaths(): number {
    return this.tree.size - this.baseNodes
  }

  private groupEntries(): number {
    return this.tree.root.columns!.reduce((sum, column) => sum + column.entries, 0)
  }

  private plan(schema: Schema): LoadedPlan {
    this.schema = schema
    planTree(this.tree, schema)
    this.tree.keepMade()
    return loadPlan(this.scanner, this.tree)
  }

  private stopWriting(): void {
    this.writing = false
    dropColumns(this.tree)
  }

  private rollBack(): void {
    this.tree.tally.discard()
    for (const column of this.tree.root.columns!) column.rollback(this.group.rows)
  }

  private notObject(): Reject {
    this.checkJson()
    return new Reject('not_object', 'a JSON value that is not an object')
  }
}
