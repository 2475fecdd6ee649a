import fc from 'fast-check'
import { floats, integers, integersAndFloats, numbers, pads, spelt, strings, wideIntegers } from './json-scalars.ts'
import { type Member, type ObjectTree, type Tree, type WrittenObject, writeRow } from './json-tree.ts'

/*
 * Rows that mostly agree with each other, as logs do: first a shape is drawn, then rows of it. Fields may come late, an
 * hour may lack a field or hold only `[]`, `{}` or null where others have values, and some paths hold anything.
 */

/** What values at a path look like. */
export type Shape =
  | { readonly kind: 'scalar'; readonly values: fc.Arbitrary<Tree> }
  /** Values of several shapes. */
  | { readonly kind: 'any'; readonly of: readonly Shape[] }
  | { readonly kind: 'object'; readonly fields: readonly ShapeField[] }
  | { readonly kind: 'array'; readonly element: Shape }

export interface ShapeField {
  readonly key: string
  readonly shape: Shape
  /** The first line of an hour that may have it. */
  readonly since: number
}

/** Keys that every reader can name; no two differ only in case. */
export const TAME_KEYS = [
  'a',
  'b',
  'c d',
  'é',
  '1',
  'key',
  'value',
  'list',
  'element',
  '名前',
  "it's",
  'x"y',
  'back\\slash',
]
/** Keys that some reader, or some code, takes for something else. */
export const WILD_KEYS = [
  ...[
    '',
    '_empty',
    '_EMPTY_',
    'a',
    'A',
    'b',
    'a.b',
    '.',
    '*',
    '[]',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '10',
    '2',
    '-1',
  ],
  ...[
    'key_value',
    'key',
    'list',
    'element',
    '"',
    '\\',
    '\\u0041',
    '\\\\',
    '\n',
    '\0',
    '\u007f',
    'é',
    'e\u0301',
    '\u{1f600}',
  ],
  ...['\ufeff', '\uffff', 'a b', ' a', 'x'.repeat(80), 'length', 'null'],
]

const SCALARS = [fc.boolean().map((value): Tree => ({ kind: 'bool', value })), strings]
const NUMBERS = [integers, wideIntegers, floats, integersAndFloats, numbers]

export const EMPTIES: fc.Arbitrary<Tree> = fc.constantFrom<Tree>(
  { kind: 'null' },
  { kind: 'array', items: [] },
  { kind: 'object', members: [] },
)

export interface ShapeOptions {
  readonly keys: readonly string[]
  /** Levels of objects and arrays in a row. */
  readonly depth: number
  /** What leaves hold, besides what they always may. */
  readonly scalars?: readonly fc.Arbitrary<Tree>[]
  /** Whether a path may hold values of several shapes. @default true */
  readonly mixed?: boolean
}

export function shapes(options: ShapeOptions): fc.Arbitrary<Shape> {
  const { depth, scalars = [], mixed = true } = options
  const scalar: fc.Arbitrary<Shape> = fc
    .constantFrom<fc.Arbitrary<Tree>>(...SCALARS, ...NUMBERS, EMPTIES, ...scalars)
    .map((values): Shape => ({ kind: 'scalar', values }))
  if (depth === 0) return scalar
  const below = shapes({ ...options, depth: depth - 1 })
  const any = { weight: 1, arbitrary: fc.tuple(below, below).map((of): Shape => ({ kind: 'any', of })) }
  return fc.oneof(
    { weight: 4, arbitrary: scalar },
    { weight: 3, arbitrary: objects(options) },
    { weight: 3, arbitrary: below.map((element): Shape => ({ kind: 'array', element })) },
    ...(mixed ? [any] : []),
  )
}

export type ObjectShape = Extract<Shape, { readonly kind: 'object' }>

/** Shapes of objects with fields from `keys`; the shape of a row, for one. */
export function objects(options: ShapeOptions): fc.Arbitrary<ObjectShape> {
  const since = fc.oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
  )
  const field = fc.record({
    key: fc.constantFrom(...options.keys),
    shape: shapes({ ...options, depth: options.depth - 1 }),
    since,
  })
  return fc
    .uniqueArray(field, { selector: ({ key }) => key, maxLength: 4 })
    .map((fields) => ({ kind: 'object', fields }))
}

/** Values of a shape, in the line of this number of an hour. */
export function valuesOf(shape: Shape, line: number, duplicates = false): fc.Arbitrary<Tree> {
  switch (shape.kind) {
    case 'scalar':
      return fc.oneof(
        { weight: 7, arbitrary: shape.values },
        { weight: 1, arbitrary: fc.constant<Tree>({ kind: 'null' }) },
      )
    case 'any':
      return fc.oneof(...shape.of.map((one) => valuesOf(one, line, duplicates)))
    case 'array': {
      const element = valuesOf(shape.element, line, duplicates)
      return nullable(fc.array(element, { maxLength: 3 }).map((items): Tree => ({ kind: 'array', items })))
    }
    case 'object':
      return nullable(objectsOf(shape, line, duplicates))
  }
}

function nullable(values: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.oneof({ weight: 7, arbitrary: values }, { weight: 1, arbitrary: fc.constant<Tree>({ kind: 'null' }) })
}

export function objectsOf({ fields }: ObjectShape, line: number, duplicates: boolean): fc.Arbitrary<ObjectTree> {
  const due = fields.filter(({ since }) => since <= line)
  const member = ({ key, shape }: ShapeField): fc.Arbitrary<Member[]> => {
    const one = fc.record({ key: spelt(key), value: valuesOf(shape, line, duplicates) })
    const none = { weight: 1, arbitrary: fc.constant<Member[]>([]) }
    const several = { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 3 }) }
    return fc.oneof({ weight: 8, arbitrary: fc.tuple(one) }, none, ...(duplicates ? [several] : []))
  }
  if (due.length === 0) return fc.constant({ kind: 'object', members: [] })
  return fc
    .tuple(...due.map(member))
    .chain((members) => fc.tuple(fc.constant(members.flat()), fc.nat({ max: 2 })))
    .map(([members, turn]) => ({ kind: 'object', members: [...members.slice(turn), ...members.slice(0, turn)] }))
}

/** The same shape as another hour may have it: a path all empty, lacking, of another kind or of narrower numbers. */
export function varied(shape: Shape): fc.Arbitrary<Shape> {
  const below: fc.Arbitrary<Shape> =
    shape.kind === 'object'
      ? variedFields(shape)
      : shape.kind === 'array'
        ? varied(shape.element).map((element): Shape => ({ kind: 'array', element }))
        : fc.constant(shape)
  const scalars = (values: fc.Arbitrary<Tree>) => ({
    weight: 1,
    arbitrary: fc.constant<Shape>({ kind: 'scalar', values }),
  })
  const nothing = { weight: 1, arbitrary: fc.constant<Shape>({ kind: 'object', fields: [] }) }
  return fc.oneof({ weight: 20, arbitrary: below }, scalars(EMPTIES), scalars(integers), scalars(floats), nothing)
}

export function variedFields(shape: ObjectShape): fc.Arbitrary<ObjectShape> {
  if (shape.fields.length === 0) return fc.constant(shape)
  const field = (field: ShapeField) =>
    fc.oneof(
      { weight: 7, arbitrary: varied(field.shape).map((inner): ShapeField[] => [{ ...field, shape: inner }]) },
      { weight: 1, arbitrary: fc.constant<ShapeField[]>([]) },
    )
  return fc.tuple(...shape.fields.map(field)).map((fields) => ({ kind: 'object', fields: fields.flat() }))
}

export interface DayOptions {
  readonly keys: readonly string[]
  readonly depth?: number
  readonly maxHours?: number
  readonly maxRows?: number
  readonly duplicates?: boolean
}

/** The rows of some hours, as they are written. */
export type Day = readonly (readonly WrittenObject[])[]

export function days(options: DayOptions): fc.Arbitrary<Day> {
  const { keys, depth = 3, maxHours = 3, maxRows = 10, duplicates = true } = options
  const hour = (shape: ObjectShape) => hours(shape, maxRows, duplicates)
  return objects({ keys, depth }).chain((shape) =>
    fc.array(variedFields(shape).chain(hour), { minLength: 1, maxLength: maxHours }),
  )
}

/** The rows of one hour. */
export function hours(shape: ObjectShape, maxRows: number, duplicates: boolean): fc.Arbitrary<Day[number]> {
  return fc.nat({ max: maxRows }).chain((count) => {
    const rows = Array.from({ length: count }, (_, line) => fc.tuple(objectsOf(shape, line, duplicates), pads))
    return fc.tuple(...rows).map((written) => written.map(([row, pad]) => writeRow(row, pad)))
  })
}

export function linesOf(rows: readonly WrittenObject[]): string {
  return rows.map((row) => `${row.text}\n`).join('')
}
