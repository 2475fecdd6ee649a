import { corrupt, type ReadLeaf } from '../../parquet/read-tree.ts'
import { formatPath } from '../../path-pattern.ts'
import type { LeafColumn, LeafValues } from '../../shred/batch.ts'
import { AUTO_TIME } from '../../time/time-reader.ts'

const NULL = '__HIVE_DEFAULT_PARTITION__'

/**
 * The values that the folders of a file, `key=value/…`, say of columns, by the number of the leaf; null for null. The key
 * `date` need not be a column.
 * @param leaves those of the export
 * @throws DaysealError `corrupt` for folders that are not so
 */
export function readFolders(path: string, leaves: readonly ReadLeaf[]): ReadonlyMap<number, string | null> {
  const values = new Map<number, string | null>()
  const names = leaves.map(({ steps }) => formatPath(steps))
  for (const folder of path.split('/').slice(0, -1)) {
    const at = folder.indexOf('=')
    const name = at < 0 ? undefined : decoded(folder.slice(0, at))
    const value = decoded(folder.slice(at + 1))
    const leaf = name === undefined ? -1 : names.indexOf(name)
    const isDay = name === 'date' && leaf < 0 && /^\d{4}-\d\d-\d\d$/.test(value ?? '')
    if (isDay) continue
    if (leaf < 0 || leaves[leaf]!.maxRepetition > 0 || values.has(leaf) || value === undefined) {
      throw corrupt('a folder is not that of a column', JSON.stringify(path), 'column=value/…')
    }
    values.set(leaf, folder.slice(at + 1) === NULL ? null : value)
  }
  return values
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A column that has one value in all rows. @throws DaysealError `corrupt` for a text that is no value of its kind */
export function constantColumn({ kind, maxDefinition }: ReadLeaf, value: string | null, rows: number): LeafColumn {
  const definition = new Uint8Array(rows).fill(value === null ? 0 : maxDefinition)
  const values = valuesOf(kind, value === null ? [] : [value], value === null ? 0 : rows)
  if (values === undefined) throw corrupt(`a folder's value is no ${kind}`, JSON.stringify(value), kind)
  return { entries: rows, definition, repetition: undefined, values }
}

/** `text` has no or one text, which all values are. */
function valuesOf(kind: ReadLeaf['kind'], [text = '']: readonly string[], count: number): LeafValues | undefined {
  const none = count === 0
  switch (kind) {
    case 'bool':
      if (!none && text !== 'true' && text !== 'false') return undefined
      return { physical: 'BOOLEAN', count, values: new Uint8Array(count).fill(text === 'true' ? 1 : 0) }
    case 'int64':
    case 'timestamp': {
      const integer = none ? 0n : kind === 'int64' ? integerOf(text) : microsOf(text)
      if (integer === undefined) return undefined
      return { physical: 'INT64', count, values: new BigInt64Array(count).fill(integer) }
    }
    case 'double':
      if (!none && !/^-?\d+(\.\d+)?(e[+-]\d+)?$/.test(text)) return undefined
      return { physical: 'DOUBLE', count, values: new Float64Array(count).fill(Number(text)) }
    default: {
      const bytes = Buffer.from(text, 'utf8')
      const dictionary = { count: none ? 0 : 1, distinct: true, bytes, offsets: Uint32Array.of(0, bytes.length) }
      return { physical: 'BYTE_ARRAY', count, ids: new Uint32Array(count), dictionary }
    }
  }
}

function integerOf(text: string): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined
  const integer = BigInt(text)
  return BigInt.asIntN(64, integer) === integer ? integer : undefined
}

function microsOf(text: string): bigint | undefined {
  return AUTO_TIME.text(text)?.micros
}
