import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { ScalarKind } from '../../shred/type.ts'
import type { Selection } from '../settings.ts'
import { findColumn } from './find-column.ts'
import type { LeafTest, ValueTest } from './leaf-test.ts'
import { parseMoment } from './moment.ts'

/** One value of a condition. */
type Wanted = string | number | bigint | boolean | null

/**
 * The conditions of `where`, one test each. A column that is a list or map stands for its elements or values; null is the
 * column that is null, or absent.
 * @throws DaysealError `usage` for an unknown column, a struct that is compared with a value, and a value that the column
 * cannot have
 */
export function whereTests(root: RootNode, where: Selection['where']): readonly LeafTest[] {
  return Object.entries(where).map(([path, wanted]) => {
    const node = findColumn(root, path, 'where')
    const values: readonly Wanted[] = Array.isArray(wanted) ? wanted : [wanted]
    const some = values.filter((value) => value !== null)
    const leaf = some.length === 0 ? firstScalar(node) : scalarIn(node, path)
    return {
      leaf: leaf.firstLeaf,
      maxDefinition: leaf.definition,
      nulls: some.length < values.length ? { from: node.slot, to: node.definition } : undefined,
      values: some.length === 0 ? undefined : valueTest(leaf.kind, some, path),
    }
  })
}

type ScalarNode = Extract<ColumnNode, { readonly kind: ScalarKind }>

/** What a list's elements or a map's values are, however deep. */
function scalarIn(node: ColumnNode, path: string): ScalarNode {
  if (node.kind === 'list') return scalarIn(node.element, path)
  if (node.kind === 'map') return scalarIn(node.value, path)
  if (node.kind !== 'struct') return node
  throw new DaysealError('usage', `where: ${path} has columns inside, and cannot be compared with a value`, {
    seen: 'a struct',
    wanted: 'one of the columns inside, or null',
  })
}

/** Any leaf tells where the nodes around it are null. */
function firstScalar(node: ColumnNode): ScalarNode {
  if (node.kind === 'list') return firstScalar(node.element)
  if (node.kind === 'map') return firstScalar(node.value)
  return node.kind === 'struct' ? firstScalar(node.fields[0]!) : node
}

function valueTest(kind: ScalarKind, values: readonly NonNullable<Wanted>[], path: string): ValueTest {
  const each = <T>(convert: (value: NonNullable<Wanted>) => T | undefined, wanted: string): T[] =>
    values.map((value) => {
      const converted = convert(value)
      if (converted !== undefined) return converted
      throw new DaysealError('usage', `where: ${path} can never be ${shown(value)}`, { seen: shown(value), wanted })
    })
  switch (kind) {
    case 'bool':
      return { kind: 'booleans', wanted: new Set(each(toBoolean, 'true or false')) }
    case 'int64':
      return { kind: 'integers', wanted: new Set(each(toInteger, 'an integer of 64 bits')) }
    case 'timestamp':
      return { kind: 'integers', wanted: new Set(each(toMicros, 'a time (RFC 3339) or a date')) }
    case 'double':
      return { kind: 'doubles', wanted: new Set(each(toDouble, 'a number that is exact in a double')) }
    case 'string':
      return { kind: 'texts', wanted: each(toText, 'a text') }
    case 'json':
      return { kind: 'texts', wanted: each(toJsonText, 'the text of a JSON value') }
  }
}

function shown(value: NonNullable<Wanted>): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

const INTEGER = /^-?\d{1,400}$/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

function toBoolean(value: NonNullable<Wanted>): boolean | undefined {
  if (value === true || value === 'true') return true
  return value === false || value === 'false' ? false : undefined
}

function toInteger(value: NonNullable<Wanted>): bigint | undefined {
  const integer = wholeNumber(value)
  return integer !== undefined && BigInt.asIntN(64, integer) === integer ? integer : undefined
}

function wholeNumber(value: NonNullable<Wanted>): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && INTEGER.test(value)) return BigInt(value)
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isInteger(number) ? BigInt(number) : undefined
}

function toDouble(value: NonNullable<Wanted>): number | undefined {
  const exact = typeof value === 'string' && INTEGER.test(value) ? BigInt(value) : value
  if (typeof exact === 'bigint') {
    const double = Number(exact)
    return Number.isFinite(double) && BigInt(double) === exact ? double : undefined
  }
  const double = typeof exact === 'string' && NUMBER.test(exact) ? Number(exact) : exact
  return typeof double === 'number' && Number.isFinite(double) ? double : undefined
}

function toMicros(value: NonNullable<Wanted>): bigint | undefined {
  return typeof value === 'string' ? parseMoment(value) : undefined
}

function toText(value: NonNullable<Wanted>): Uint8Array | undefined {
  return typeof value === 'string' && value.isWellFormed() ? Buffer.from(value) : undefined
}

function toJsonText(value: NonNullable<Wanted>): Uint8Array | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined
  return toText(String(value))
}
