import { DaysealError } from '../../errors.ts'
import { leavesOfTree, type RootNode } from '../../parquet/read-tree.ts'
import { formatPath } from '../../path-pattern.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { RowBatch } from '../row-batch.ts'
import { findColumn } from '../rows/find-column.ts'
import { type ScalarNode, ScalarText } from '../scalar-text.ts'
import { HIVE_NULL, hiveText } from './hive-path.ts'

/** What a file's rows have in common, as a folder. */
export interface PartitionKey {
  /** For messages, and where it is a column its path. */
  readonly name: string
  /** The column that the folder takes the place of; undefined for the sealed day. */
  readonly leaf: number | undefined
  /** From the first row of `batch` on. */
  load(batch: RowBatch): void
  /** The folder of the next row. */
  next(): string
}

/** Most file systems allow no longer name. */
const MAX_NAME_BYTES = 255

const NOTHING = Buffer.alloc(0)

/**
 * The keys that `partitionBy` names. `date` is the column of this name at the top, if there is one, else the sealed day.
 * @throws DaysealError `usage` for what is no column, not a scalar, or inside a list or map, and for keys of equal names
 */
export function partitionKeys(root: RootNode, partitionBy: readonly string[]): readonly PartitionKey[] {
  const hasDate = root.fields.some(({ name }) => name === 'date')
  const keys = partitionBy.map((path) => (path === 'date' && !hasDate ? dayKey() : columnKey(root, path)))
  const partitioned = new Set(keys.map(({ leaf }) => leaf))
  const others = root.fields.filter(({ firstLeaf, endLeaf }) => endLeaf > firstLeaf + 1 || !partitioned.has(firstLeaf))
  assertDistinct([...others.map(({ name }) => name), ...keys.map(({ name }) => name)])
  return keys
}

/** Readers make a column of each key, and many fold case. */
function assertDistinct(names: readonly string[]): void {
  const known = new Map<string, string>()
  for (const name of names) {
    const other = known.get(name.toLowerCase())
    if (other !== undefined) {
      throw new DaysealError('usage', 'partitionBy: a folder would be called as another column of the rows', {
        seen: `${JSON.stringify(other)} and ${JSON.stringify(name)}`,
        wanted: 'names that differ in more than case',
        hint: 'rename one of them',
      })
    }
    known.set(name.toLowerCase(), name)
  }
}

function dayKey(): PartitionKey {
  let folder = ''
  return {
    name: 'date',
    leaf: undefined,
    load({ date }) {
      if (date === undefined) {
        throw new DaysealError('usage', 'partitionBy: rows that are made of several days have no date', {
          seen: 'date',
          wanted: 'columns of the export',
        })
      }
      folder = `date=${date}`
    },
    next: () => folder,
  }
}

function columnKey(root: RootNode, path: string): PartitionKey {
  const node = findColumn(root, path, 'partitionBy')
  if (node.kind === 'struct' || node.kind === 'list' || node.kind === 'map') throw notScalar(path, `a ${node.kind}`)
  if (node.repetition > 0) throw notScalar(path, `inside a list or map`)
  const name = formatPath(leavesOfTree(root)[node.firstLeaf]!.steps)
  return { name, leaf: node.firstLeaf, ...foldersOf(node, name) }
}

function notScalar(path: string, seen: string): DaysealError {
  return new DaysealError('usage', `partitionBy: ${path} does not have one value per row`, {
    seen,
    wanted: 'a column of texts, numbers, booleans or timestamps',
  })
}

function foldersOf(node: ScalarNode, name: string): Pick<PartitionKey, 'load' | 'next'> {
  const prefix = `${hiveText(Buffer.from(name))}=`
  const frame = { before: NOTHING, after: NOTHING, absent: NOTHING, encode: <T>(dictionary: T) => dictionary }
  const column = new ScalarText(node, frame)
  const text = new ByteBuffer(256)
  return {
    load: (batch) => column.load(batch),
    next() {
      const isNull = column.isNull
      text.length = 0
      column.write(text)
      const folder = prefix + (isNull ? HIVE_NULL : hiveText(text.bytes, 0, text.length))
      if (folder.length > MAX_NAME_BYTES) throw tooLong(name, folder)
      return folder
    },
  }
}

function tooLong(name: string, folder: string): DaysealError {
  return new DaysealError('usage', `partitionBy: a value of ${name} is too long for the name of a folder`, {
    seen: `${folder.length} characters, ${JSON.stringify(folder.slice(0, 64))}…`,
    wanted: `at most ${MAX_NAME_BYTES}`,
    hint: 'choose a column with shorter values',
  })
}
