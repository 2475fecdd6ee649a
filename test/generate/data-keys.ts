import fc from 'fast-check'
import { type Day, type Shape, shapes, valuesOf } from './json-rows.ts'
import { pads, plainKey } from './json-scalars.ts'
import { type ObjectTree, type Tree, writeRow } from './json-tree.ts'

/*
 * Days with objects whose keys are data. Each object has few of many keys, so that they are data as soon as there are
 * more than 64 of them; an hour alone may have less.
 */

const FEW_MEMBERS = 4
/** Above 64 with room to spare, below it, and nothing in between that chance decides. */
const POOLS = [400, 400, 400, 50, 20]

export function daysOfDataKeys(keys: readonly string[]): fc.Arbitrary<Day> {
  return fc.tuple(shapes({ keys, depth: 1 }), places).chain(([shape, place]) => {
    const hour = fc
      .tuple(fc.constantFrom(...POOLS), fc.constantFrom(0, 40, 1000), fc.constantFrom(1, 20, 50))
      .chain(([pool, first, lines]) => fc.tuple(...rows(shape, place, { pool, first }, lines)))
    return fc.array(hour, { minLength: 1, maxLength: 3 })
  })
}

interface Keys {
  readonly pool: number
  readonly first: number
}

/** Puts an object with data as keys somewhere in a row. */
type Place = (data: Tree) => Tree
const object = (...members: [string, Tree][]): ObjectTree => {
  return { kind: 'object', members: members.map(([key, value]) => ({ key: plainKey(key), value })) }
}
const places: fc.Arbitrary<Place> = fc.constantFrom<Place>(
  (data) => data,
  (data) => object(['in', data]),
  (data) => ({ kind: 'array', items: [data, { kind: 'null' }, object()] }),
  (data) => ({ kind: 'array', items: [object(['in', data], ['n', { kind: 'number', text: '1' }]), object()] }),
)

function rows(shape: Shape, place: Place, keys: Keys, lines: number) {
  return Array.from({ length: lines }, (_, line) => {
    const id: Tree = { kind: 'number', text: String(line) }
    return fc
      .tuple(dataObject(shape, keys, line), pads)
      .map(([data, pad]) => writeRow(object(['id', id], ['m', place(data)]), pad))
  })
}

function dataObject(shape: Shape, { pool, first }: Keys, line: number): fc.Arbitrary<Tree> {
  const member = fc.tuple(fc.nat({ max: pool - 1 }), valuesOf(shape, line))
  return fc
    .uniqueArray(member, { selector: ([key]) => key, maxLength: FEW_MEMBERS, minLength: 0, size: 'max' })
    .map((members) => object(...members.map(([key, value]): [string, Tree] => [`k${first + key}`, value])))
}
