import { WILD_KEYS } from './json-rows.ts'
import { mutated } from './seeded-mutation.ts'
import {
  type Dice,
  diceFrom,
  double,
  number,
  smallInteger,
  spellKey,
  string,
  times,
  timestamp,
  wideInteger,
} from './seeded-text.ts'

/* An hour of lines that mostly agree with each other, written as text from a seed, and then broken in places. */

/** What values at a path look like. */
type Shape =
  | { readonly kind: 'scalar'; readonly write: (dice: Dice) => string }
  | { readonly kind: 'list'; readonly element: Shape }
  /** `presence`: how often an object has the field. `since`: the first line that may have it. */
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  /** An object with any of so many keys. */
  | { readonly kind: 'map'; readonly keys: number; readonly value: Shape }

interface Field {
  readonly key: string
  readonly shape: Shape
  readonly presence: number
  readonly since: number
}

/** How an hour strays from its shape. */
interface Habits {
  /** Of values that are of any kind, of keys that occur twice, of white space between tokens, of fields turned round. */
  readonly stray: number
  readonly twice: number
  readonly spaces: number
  readonly turns: number
  /** Of lines that are broken. */
  readonly broken: number
}

const SCALARS = [
  ...[smallInteger, smallInteger, wideInteger, double, number, string, string, string, timestamp],
  ({ pick }: Dice) => pick(['true', 'false']),
  ({ pick }: Dice) => pick(['null', '[]', '{}']),
]

function shapeOf(dice: Dice, depth: number): Shape {
  const kind = depth === 0 || dice.hits(0.5) ? 'scalar' : dice.pick(['list', 'object', 'object', 'map'])
  if (kind === 'scalar') return { kind, write: dice.pick(SCALARS) }
  if (kind === 'list') return { kind, element: shapeOf(dice, depth - 1) }
  if (kind === 'map') return { kind, keys: dice.pick([3, 70, 400]), value: shapeOf(dice, depth - 1) }
  return objectShape(dice, depth, 5)
}

function objectShape(dice: Dice, depth: number, maxFields: number): Extract<Shape, { kind: 'object' }> {
  const keys = new Set(times(1 + dice.below(maxFields), () => dice.pick(WILD_KEYS)))
  const fields = [...keys].map((key) => ({
    key,
    shape: shapeOf(dice, depth - 1),
    presence: dice.pick([1, 1, 0.9, 0.3]),
    since: dice.hits(0.8) ? 0 : dice.below(1500),
  }))
  return { kind: 'object', fields }
}

const STRAYS = [
  'null',
  '[]',
  '{}',
  'true',
  '"stray"',
  '0',
  '1.5',
  '9007199254740993',
  '1e999',
  '[[]]',
  '[{"a":null}]',
  '{"b":[1]}',
]

function write(dice: Dice, shape: Shape, line: number, habits: Habits): string {
  if (dice.hits(habits.stray)) return dice.pick(STRAYS)
  const space = () => (dice.hits(habits.spaces) ? dice.pick([' ', '\t', '\r', '  ']) : '')
  const below = (inner: Shape) => `${space()}${write(dice, inner, line, habits)}${space()}`
  switch (shape.kind) {
    case 'scalar':
      return dice.hits(0.05) ? 'null' : shape.write(dice)
    case 'list':
      return `[${space()}${times(dice.below(4), () => below(shape.element)).join()}]`
    case 'map': {
      const keys = new Set(times(dice.below(5), () => `k${dice.below(shape.keys)}`))
      return `{${space()}${[...keys].map((key) => `${space()}"${key}"${space()}:${below(shape.value)}`).join()}}`
    }
    case 'object': {
      const due = shape.fields.filter(({ since, presence }) => since <= line && dice.hits(presence))
      if (dice.hits(habits.twice) && due.length > 0) due.push(dice.pick(due))
      if (dice.hits(habits.turns)) due.reverse()
      const members = due.map(({ key, shape: inner }) => `${space()}${spellKey(dice, key)}${space()}:${below(inner)}`)
      return `{${space()}${members.join()}}`
    }
  }
}

/** Lines of one hour. `t` is always there, and mostly a timestamp. */
export function seededHour(seed: number, lines: number): Buffer {
  const dice = diceFrom(seed)
  const row = objectShape(dice, dice.pick([1, 2, 3, 4]), 7)
  const habits: Habits = {
    stray: dice.pick([0, 0.0002, 0.02]),
    twice: dice.pick([0, 0.001, 0.1]),
    spaces: dice.pick([0, 0, 0.2]),
    turns: dice.pick([0, 0.01, 0.5]),
    broken: dice.pick([0, 0.02, 0.2, 0.7]),
  }
  const ends = dice.pick([['\n'], ['\n'], ['\r\n'], ['\n', '\r\n', '\n\n', '\n \t\r\n']])
  const pieces: Buffer[] = dice.hits(0.1) ? [Buffer.from('\ufeff')] : []
  const others: string[] = []
  for (let line = 0; line < lines; line++) {
    const text = `{"t":${timestamp(dice)},${write(dice, row, line, { ...habits, stray: 0 }).slice(1)}`.replace(
      /,(\s*)}$/,
      '$1}',
    )
    if (others.length < 50) others.push(text)
    const bytes = Buffer.from(text)
    pieces.push(dice.hits(habits.broken) ? mutated(dice, bytes, others) : bytes, Buffer.from(dice.pick(ends)))
  }
  if (dice.hits(0.3)) pieces.pop()
  return Buffer.concat(pieces)
}
