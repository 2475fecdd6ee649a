import { DaysealError } from '../../errors.ts'
import { nearestHint } from '../../nearest-name.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { formatPath, parsePath } from '../../path-pattern.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { findColumn } from '../rows/find-column.ts'
import type { LeafTest } from '../rows/leaf-test.ts'
import { whereTests } from '../rows/where.ts'
import type { Aggregate, GroupBy } from '../settings.ts'
import type { ScalarNode } from './batch-values.ts'

/** What `groupBy` asks for, in terms of the columns that there are. */
export interface GroupPlan {
  readonly keys: readonly KeyPlan[]
  readonly columns: readonly ColumnPlan[]
  readonly maxGroups: number
  readonly maxValues: number
}

export interface KeyPlan {
  readonly name: string
  readonly node: ScalarNode
  /** Cuts a time to the beginning of its minute, hour …, UTC. */
  readonly cut: TimeUnit | undefined
}

export type TimeUnit = 'minute' | 'hour' | 'day' | 'month'

export interface ColumnPlan {
  readonly name: string
  readonly kind: ScalarKind
  readonly take: AggregatePlan
}

export type AggregatePlan =
  | { readonly kind: 'rows'; readonly where: readonly LeafTest[] }
  | { readonly kind: 'count'; readonly node: ColumnNode; readonly where: readonly LeafTest[] }
  | { readonly kind: 'sum' | 'mean'; readonly node: ScalarNode; readonly where: readonly LeafTest[] }
  | { readonly kind: 'min' | 'max' | 'distinct' | 'duration'; readonly node: ScalarNode }
  | { readonly kind: 'first' | 'last'; readonly node: ScalarNode; readonly by: ScalarNode | undefined }
  | { readonly kind: 'quantile'; readonly node: ScalarNode; readonly q: number }
  /** By their places among the columns. */
  | { readonly kind: 'ratio'; readonly dividend: number; readonly divisor: number }

const NUMBERS: readonly ScalarKind[] = ['int64', 'double']
const ORDERED: readonly ScalarKind[] = ['int64', 'double', 'timestamp', 'string', 'bool']
const TIMES: readonly ScalarKind[] = ['timestamp', 'string', 'int64', 'double']
const UNITS: readonly TimeUnit[] = ['minute', 'hour', 'day', 'month']

/** @throws DaysealError `usage` for an unknown column, an aggregate that a column does not have, and a name that is used twice */
export function planGroups(root: RootNode, { keys, columns, maxGroups, maxValues }: GroupBy): GroupPlan {
  const names = Object.keys(columns)
  const twice = names.find((name) => Object.hasOwn(keys, name))
  if (twice !== undefined) {
    throw new DaysealError('usage', `groupBy: two columns would be called ${JSON.stringify(twice)}`, {
      seen: 'a key and a column of this name',
      wanted: 'different names',
    })
  }
  if (names.length + Object.keys(keys).length === 0) {
    throw new DaysealError('usage', 'groupBy: the groups would have no columns', { wanted: 'keys, columns or both' })
  }
  const planned = Object.entries(columns).map(([name, aggregate]) => planColumn(root, name, aggregate, names))
  return {
    keys: Object.entries(keys).map(([name, key]) => planKey(root, name, key)),
    columns: planned.map((column) => checkRatio(column, planned)),
    maxGroups,
    maxValues,
  }
}

/** Refuses columns that neither the source nor `computed` has, before a row is read. */
export function refuseUnknownColumns(root: RootNode, computed: readonly string[], { keys, columns }: GroupBy): void {
  const isComputed = (path: string) => {
    const [first] = parsePath(path)
    return first?.kind === 'name' && computed.includes(first.name)
  }
  const known = root.fields.map(({ name }) => formatPath([{ kind: 'name', name }])).concat(computed)
  const check = (path: string, option: string) => {
    if (isComputed(path)) return
    const [first] = parsePath(path)
    const isKnown = first?.kind !== 'name' || root.fields.some(({ name }) => name === first.name)
    if (!isKnown) throw unknownName(option, path, known)
    findColumn(root, path, option)
  }
  for (const [name, key] of Object.entries(keys))
    check(typeof key === 'string' ? key : cutOf(key).path, keyOption(name))
  for (const [name, aggregate] of Object.entries(columns)) {
    for (const path of columnsOfAggregate(aggregate)) check(path, columnOption(name))
  }
}

function columnsOfAggregate(aggregate: Aggregate): readonly string[] {
  return Object.entries(aggregate).flatMap(([option, value]) => {
    if (value === undefined || option === 'ratio' || option === 'q') return []
    if (option === 'count' && value === 'rows') return []
    return option === 'where' ? Object.keys(value) : [String(value)]
  })
}

function planKey(root: RootNode, name: string, key: GroupBy['keys'][string]): KeyPlan {
  const option = keyOption(name)
  if (typeof key === 'string') return { name, node: scalarColumn(root, key, option), cut: undefined }
  const { unit, path } = cutOf(key)
  return { name, node: columnOf(root, path, option, TIMES, `cut to the ${unit}`), cut: unit }
}

function cutOf(key: Exclude<GroupBy['keys'][string], string>): { readonly unit: TimeUnit; readonly path: string } {
  for (const unit of UNITS) {
    const path = (key as Partial<Record<TimeUnit, string>>)[unit]
    if (path !== undefined) return { unit, path }
  }
  throw new TypeError('a key without a unit')
}

function planColumn(root: RootNode, name: string, aggregate: Aggregate, names: readonly string[]): ColumnPlan {
  const option = columnOption(name)
  const column = (path: string, kinds: readonly ScalarKind[], what: string) => columnOf(root, path, option, kinds, what)
  const where = 'where' in aggregate && aggregate.where !== undefined ? whereTests(root, aggregate.where) : []
  if ('count' in aggregate) {
    if (aggregate.count === 'rows') return { name, kind: 'int64', take: { kind: 'rows', where } }
    return { name, kind: 'int64', take: { kind: 'count', node: outerColumn(root, aggregate.count, option), where } }
  }
  if ('sum' in aggregate) {
    const node = column(aggregate.sum, NUMBERS, 'summed')
    return { name, kind: node.kind, take: { kind: 'sum', node, where } }
  }
  if ('mean' in aggregate) {
    return { name, kind: 'double', take: { kind: 'mean', node: column(aggregate.mean, NUMBERS, 'averaged'), where } }
  }
  if ('min' in aggregate || 'max' in aggregate) {
    const kind = 'min' in aggregate ? 'min' : 'max'
    const node = column('min' in aggregate ? aggregate.min : aggregate.max, ORDERED, 'compared')
    return { name, kind: node.kind, take: { kind, node } }
  }
  if ('first' in aggregate || 'last' in aggregate) {
    const kind = 'first' in aggregate ? 'first' : 'last'
    const node = scalarColumn(root, 'first' in aggregate ? aggregate.first : aggregate.last, option)
    const by = aggregate.by === undefined ? undefined : column(aggregate.by, ORDERED, 'compared')
    return { name, kind: node.kind, take: { kind, node, by } }
  }
  if ('distinct' in aggregate) {
    return { name, kind: 'int64', take: { kind: 'distinct', node: scalarColumn(root, aggregate.distinct, option) } }
  }
  if ('quantile' in aggregate) {
    const node = column(aggregate.quantile, NUMBERS, 'interpolated')
    return { name, kind: 'double', take: { kind: 'quantile', node, q: aggregate.q } }
  }
  if ('duration' in aggregate) {
    return {
      name,
      kind: 'double',
      take: { kind: 'duration', node: column(aggregate.duration, TIMES, 'read as times') },
    }
  }
  const [dividend, divisor] = aggregate.ratio.map((of) => {
    const place = names.indexOf(of)
    if (place < 0) throw unknownName(option, of, names)
    return place
  })
  return { name, kind: 'double', take: { kind: 'ratio', dividend: dividend!, divisor: divisor! } }
}

function checkRatio(column: ColumnPlan, columns: readonly ColumnPlan[]): ColumnPlan {
  const { take } = column
  if (take.kind !== 'ratio') return column
  for (const place of [take.dividend, take.divisor]) {
    const { name, kind, take: of } = columns[place]!
    if (of.kind !== 'ratio' && NUMBERS.includes(kind)) continue
    throw new DaysealError('usage', `${columnOption(column.name)}: ${name} cannot be in a ratio`, {
      seen: of.kind === 'ratio' ? 'another ratio' : kind,
      wanted: 'a column of groupBy that is a number',
    })
  }
  return column
}

function columnOf(
  root: RootNode,
  path: string,
  option: string,
  kinds: readonly ScalarKind[],
  what: string,
): ScalarNode {
  const node = scalarColumn(root, path, option)
  if (kinds.includes(node.kind)) return node
  throw new DaysealError('usage', `${option}: ${path} cannot be ${what}`, {
    seen: node.kind,
    wanted: kinds.join(' or '),
  })
}

function scalarColumn(root: RootNode, path: string, option: string): ScalarNode {
  const node = outerColumn(root, path, option)
  if (node.kind !== 'struct' && node.kind !== 'list' && node.kind !== 'map') return node
  throw new DaysealError('usage', `${option}: ${path} is no single value`, {
    seen: node.kind,
    wanted: 'bool, int64, double, string, timestamp or json',
  })
}

function outerColumn(root: RootNode, path: string, option: string): ColumnNode {
  const node = findColumn(root, path, option)
  if (node.repetition === 0) return node
  throw new DaysealError('usage', `${option}: ${path} is inside a list or map, so a row may have several of it`, {
    seen: path,
    wanted: 'a column with one value per row',
    hint: 'compute one from it',
  })
}

function unknownName(option: string, name: string, known: readonly string[]): DaysealError {
  return new DaysealError('usage', `${option}: there is no column ${name}`, {
    seen: name,
    wanted: `one of ${known.slice(0, 12).join(', ')}`,
    ...nearestHint(name, known),
  })
}

function keyOption(name: string): string {
  return `groupBy.keys.${name}`
}

function columnOption(name: string): string {
  return `groupBy.columns.${name}`
}
