import { DaysealError } from '../../errors.ts'
import type { ColumnNode } from '../../parquet/read-tree.ts'
import { ownedColumn } from '../../shred/owned-column.ts'
import { compileRules } from '../../shred/rules.ts'
import { Shredder } from '../../shred/shredder.ts'
import type { Schema } from '../../shred/type.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { RowBatch } from '../row-batch.ts'
import { chooseLeaves } from './choose-columns.ts'
import type { ColumnGroup } from './column-group.ts'
import type { DataFile } from './data-file.ts'
import { columnsOf, type DatasetColumns } from './dataset-columns.ts'
import { fileGroups } from './file-groups.ts'
import { selectRows } from './select-rows.ts'
import { sparseRows } from './sparse-json.ts'
import { UNKNOWN } from './value-range.ts'

/** Rows of JSON at once, bytes; and of a group that is made of them. */
const BLOCK_BYTES = 2 ** 20
const GROUP_BYTES = 32 * 2 ** 20
const BATCH_ROWS = 1000
/** No row of a sealed day is deeper, by what configurations allow. */
const LIMITS = { maxDepth: 128, maxPaths: Number.MAX_SAFE_INTEGER, rowGroupBytes: GROUP_BYTES }

export interface JsonGroupsOptions {
  readonly file: DataFile
  readonly dataset: DatasetColumns
  /** The dataset's leaves that are to be read. */
  readonly wanted: readonly number[]
  readonly date: string
}

/**
 * The rows of a day that has a column as another kind than the dataset (a struct that is a map by now, something that is
 * json by now …): its values written as JSON, and read as the dataset's columns. Memory of each group: the columns of some
 * 32 MB of JSON, twice, beside one row group of the file.
 * @throws DaysealError `internal` for a row that does not fit the columns that the days were joined to
 */
export async function* jsonGroups(options: JsonGroupsOptions): AsyncGenerator<ColumnGroup> {
  const { file, dataset, wanted, date } = options
  const chosen = clashingLeaves(dataset, file.footer, wanted)
  const target = chooseLeaves(dataset.root, chosen.dataset)
  const numbers = new Map(target.leaves.map((leaf, index) => [leaf, index]))
  for await (const { rows, leaves } of shredded(target.schema, linesOf(file, chosen.day, date))) {
    yield { rows, rangeOf: () => UNKNOWN, read: async (leaf) => leaves[numbers.get(leaf)!]! }
  }
}

/** Which leaves of the dataset are made, of which leaves of the day. Where kinds differ, all that is inside. */
function clashingLeaves({ root }: DatasetColumns, day: DatasetColumns, wanted: readonly number[]) {
  const asked = new Set(wanted)
  const marks = { dataset: new Uint8Array(root.endLeaf), day: new Uint8Array(day.root.endLeaf) }
  const isAsked = ({ firstLeaf, endLeaf }: ColumnNode) => {
    for (let leaf = firstLeaf; leaf < endLeaf; leaf++) if (asked.has(leaf)) return true
    return false
  }
  const markAll = (node: ColumnNode, present: ColumnNode | undefined): void => {
    marks.dataset.fill(1, node.firstLeaf, node.endLeaf)
    if (present !== undefined) marks.day.fill(1, present.firstLeaf, present.endLeaf)
  }
  const mark = (node: ColumnNode, present: ColumnNode | undefined): void => {
    if (!isAsked(node)) return
    const children = present && sameChildren(node, present)
    if (children === undefined) return markAll(node, present)
    for (const [child, own] of children) mark(child, own)
    // Of what is asked for the day has nothing in there: something has to tell where it is null, and how long it is.
    if (marks.day.subarray(present!.firstLeaf, present!.endLeaf).every((one) => one === 0)) markAll(node, present)
  }
  mark(root, day.root)
  return marks
}

/** What is inside of both, side by side; undefined where nothing can be, or where their kinds differ. */
function sameChildren(
  node: ColumnNode,
  present: ColumnNode,
): readonly (readonly [ColumnNode, ColumnNode | undefined])[] | undefined {
  if (node.kind === 'struct' && present.kind === 'struct') {
    const fields = new Map(present.fields.map((field) => [field.name, field]))
    return node.fields.map((field) => [field, fields.get(field.name)])
  }
  if (node.kind === 'list' && present.kind === 'list') return [[node.element, present.element]]
  return node.kind === 'map' && present.kind === 'map' ? [[node.value, present.value]] : undefined
}

interface Lines {
  readonly bytes: Uint8Array
  /** Where each line ends. */
  readonly ends: readonly number[]
}

/** Rows of the file as JSON, in blocks that are not used again. */
async function* linesOf({ bytes, footer }: DataFile, isIn: Uint8Array, date: string): AsyncGenerator<Lines> {
  const { schema, leaves } = chooseLeaves(footer.root, isIn)
  const { root } = columnsOf(schema)
  const choice = { dataset: footer, root, leaves, tests: [], batchRows: BATCH_ROWS }
  const sources = footer.leaves.map((_, index) => ({ kind: 'same' as const, index }))
  const rows = sparseRows(root)
  const file = { bytes, footer }
  for (const group of fileGroups({ file, leaves: footer.leaves, sources, conditions: [], chosen: leaves })) {
    for await (const batch of selectRows(choice, group, date, Number.POSITIVE_INFINITY, () => {})) {
      rows.load(batch)
      yield* blocksOf(batch, (out) => rows.write(out))
    }
  }
}

function* blocksOf(batch: RowBatch, write: (out: ByteBuffer) => void): Generator<Lines> {
  const out = new ByteBuffer(BLOCK_BYTES)
  let ends: number[] = []
  for (let row = 0; row < batch.rows; row++) {
    write(out)
    ends.push(out.length)
    if (out.length < BLOCK_BYTES && row + 1 < batch.rows) continue
    yield { bytes: out.bytes.slice(0, out.length), ends }
    out.length = 0
    ends = []
  }
}

async function* shredded(schema: Schema, blocks: AsyncIterable<Lines>) {
  const rules = compileRules({}, schema)
  const shredder = new Shredder({ rules, base: schema, fixed: true, limits: LIMITS })
  const take = () => {
    const batch = shredder.rowGroup()
    const group = batch && { rows: batch.rows, leaves: batch.leaves.map(ownedColumn) }
    shredder.clearRowGroup()
    return group === undefined ? [] : [group]
  }
  try {
    for await (const { bytes, ends } of blocks) {
      for (const [i, end] of ends.entries()) {
        const reject = shredder.line(bytes, ends[i - 1] ?? 0, end)
        if (reject !== undefined) throw unfit(reject.detail)
        if (shredder.rowGroupFull) yield* take()
      }
    }
    yield* take()
  } finally {
    shredder.free()
  }
}

function unfit(detail: string): DaysealError {
  return new DaysealError('internal', 'a row does not fit the columns of all days together', { seen: detail })
}
