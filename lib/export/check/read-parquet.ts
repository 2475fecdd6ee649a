import { join } from 'node:path'
import { DaysealError } from '../../errors.ts'
import { type FileBytes, type Footer, type RowGroup, readChunk, readFooter } from '../../parquet/read.ts'
import {
  type ColumnNode,
  corrupt,
  fieldsOfNode,
  leavesOfTree,
  type ReadLeaf,
  type RootNode,
  typeOfNode,
} from '../../parquet/read-tree.ts'
import type { LeafColumn } from '../../shred/batch.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import { shapeOf } from '../../verify/levels.ts'
import type { FormatOptions } from '../format-options.ts'
import type { RowBatch } from '../row-batch.ts'
import { constantColumn, readFolders } from './hive-folders.ts'
import { openLocalFile } from './local-file.ts'

/**
 * The row groups of all files, with the columns of their folders. Memory: a row group.
 * @param paths as seen from `folder`
 * @throws DaysealError `corrupt` for files that are not Parquet as Dayseal writes it, or have other columns
 */
export async function* readParquet(
  folder: string,
  paths: readonly string[],
  { partitionBy }: FormatOptions<'parquet'>,
  root: RootNode,
): AsyncGenerator<RowBatch> {
  const leaves = leavesOfTree(root)
  for (const path of paths) {
    const isEmpty = partitionBy.length > 0 && !path.includes('/')
    const file = await openLocalFile(join(folder, path))
    try {
      const footer = await readFooter(file)
      if (isEmpty && footer.rows > 0) throw corrupt('rows are in no folder', `${footer.rows} rows`, 'none')
      if (!isEmpty) yield* readGroups(file, footer, { root, leaves, constants: readFolders(path, leaves) })
    } catch (error) {
      throw paths.length > 1 && error instanceof DaysealError ? inFile(path, error) : error
    } finally {
      await file.close()
    }
  }
}

function inFile(path: string, error: DaysealError): DaysealError {
  return new DaysealError(error.code, `${path}: ${error.message}`, { cause: error })
}

interface Place {
  readonly root: RootNode
  readonly leaves: readonly ReadLeaf[]
  /** What the folders say, by leaf. */
  readonly constants: ReadonlyMap<number, string | null>
}

async function* readGroups(file: FileBytes, footer: Footer, place: Place): AsyncGenerator<RowBatch> {
  const { root, leaves, constants } = place
  const seen = JSON.stringify(fieldsOfNode(footer.root))
  const wanted = JSON.stringify(fieldsWithout(root, constants))
  if (seen !== wanted) throw corrupt('the file has other columns', seen.slice(0, 400), wanted.slice(0, 400))
  const groupRows = footer.groups.reduce((sum, { rows }) => sum + rows, 0)
  if (groupRows !== footer.rows) throw corrupt('the row groups have other rows', String(groupRows), String(footer.rows))
  for (const group of footer.groups) {
    const columns = await readColumns(file, footer, group)
    let next = 0
    const all = leaves.map((leaf, i) => {
      const value = constants.get(i)
      return value === undefined ? columns[next++]! : constantColumn(leaf, value, group.rows)
    })
    if (group.rows > 0) yield { root, rows: group.rows, leaves: all, date: undefined }
  }
}

async function readColumns(file: FileBytes, footer: Footer, group: RowGroup): Promise<LeafColumn[]> {
  const columns: LeafColumn[] = []
  for (const [i, leaf] of footer.leaves.entries()) {
    columns.push(await readChunk(file, leaf, group.chunks[i]!, group.rows))
  }
  for (const field of footer.root.fields) assertAgreed(field, columns)
  return columns
}

/** The leaves of a struct, list or map tell alike where it is null, empty or repeated. */
function assertAgreed(node: ColumnNode, columns: readonly LeafColumn[]): void {
  const inside =
    node.kind === 'struct'
      ? node.fields
      : node.kind === 'list'
        ? [node.element]
        : node.kind === 'map'
          ? [node.value]
          : []
  const shapes = new Set(columns.slice(node.firstLeaf, node.endLeaf).map((column) => shapeOf(node, column)))
  if (shapes.size > 1) {
    throw corrupt(
      `the leaves of ${JSON.stringify(node.name)} disagree on where it is null, empty or repeated`,
      'different levels',
      'equal ones',
    )
  }
  for (const child of inside) assertAgreed(child, columns)
}

/** The columns without some leaves, and without structs that have nothing left. */
function fieldsWithout(
  { fields }: { readonly fields: readonly ColumnNode[] },
  leaves: ReadonlyMap<number, unknown>,
): FieldJson[] {
  return fields.flatMap((node): FieldJson[] => {
    if (node.kind !== 'struct') return leaves.has(node.firstLeaf) ? [] : [{ name: node.name, type: typeOfNode(node) }]
    const inside = fieldsWithout(node, leaves)
    return inside.length === 0 ? [] : [{ name: node.name, type: { struct: inside } }]
  })
}
