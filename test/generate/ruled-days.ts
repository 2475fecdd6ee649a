import fc from 'fast-check'
import { pathText, type RuleModel, type Step } from '../model/rules-model.ts'
import { type Day, hours, objects, type Shape } from './json-rows.ts'
import { plainKey } from './json-scalars.ts'
import type { Tree } from './json-tree.ts'

/* Days, and overrides for paths that they have. */

export const GOOD_TIMES = [
  '2026-01-02T03:04:05Z',
  '2026-01-02t03:04:05.000001z',
  '2026-01-02 03:04:05.5+01:30',
  '1969-12-31T23:59:59.999999-00:00',
  '2024-02-29T00:00:00.100000000Z',
  '0100-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
]
export const BAD_TIMES = [
  '2026-01-02T03:04:05',
  '2026-01-02',
  '2025-02-29T00:00:00Z',
  '2026-01-02T03:04:05.1234567Z',
  '2026-01-02T24:00:00Z',
  '2026-01-02T03:04:05+0100',
  '',
]
const texts = (values: readonly string[]) => fc.constantFrom(...values).map((value): Tree => plainKey(value))
const TIMES = [
  texts(GOOD_TIMES),
  fc.oneof({ weight: 8, arbitrary: texts(GOOD_TIMES) }, { weight: 1, arbitrary: texts(BAD_TIMES) }),
]

const SCALARS = ['string', 'int64', 'double'] as const

export interface RuledDay {
  readonly day: Day
  readonly rules: readonly RuleModel[]
}

export function ruledDays(keys: readonly string[]): fc.Arbitrary<RuledDay> {
  return objects({ keys, depth: 3, scalars: [...TIMES, ...TIMES, ...TIMES], mixed: false }).chain((shape) =>
    fc.record({
      day: fc.array(hours(shape, 8, true), { minLength: 1, maxLength: 3 }),
      rules: rulesFor(pathsIn(shape, [])),
    }),
  )
}

function pathsIn(shape: Shape, at: readonly Step[]): (readonly Step[])[] {
  if (shape.kind === 'object') {
    return shape.fields.flatMap((field) => pathsBelow(field.shape, [...at, { name: field.key }]))
  }
  return shape.kind === 'array' ? pathsBelow(shape.element, [...at, 'element']) : []
}

function pathsBelow(shape: Shape, at: readonly Step[]): (readonly Step[])[] {
  return [at, ...pathsIn(shape, at)]
}

function rulesFor(paths: readonly (readonly Step[])[]): fc.Arbitrary<readonly RuleModel[]> {
  if (paths.length === 0) return fc.constant([])
  const rule = (number: number) =>
    fc
      .record({
        path: fc.constantFrom(...paths),
        blur: fc.array(
          fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
          { minLength: 9, maxLength: 9 },
        ),
        as: fc.constantFrom<RuleModel['as']>(
          'map',
          'struct',
          'json',
          'drop',
          'timestamp',
          ...SCALARS,
          ...SCALARS,
          undefined,
        ),
        rename: fc.boolean(),
      })
      .map(({ path, blur, as, rename }): RuleModel => {
        const pattern = path.map((step, i): Step => (step !== 'element' && blur[i] ? 'any' : step))
        // Two siblings cannot have one name, so only a rule for one name renames.
        const named = rename && typeof pattern.at(-1) === 'object'
        return { pattern, as, rename: named ? `new${number}` : undefined }
      })
  return fc
    .tuple(rule(0), rule(1), rule(2))
    .chain((rules) => fc.subarray(rules, { minLength: 1 }))
    .map(inConfigurationOrder)
}

/** A path once, with its last rule; paths such as `10` first, because that is the order of an object's keys. */
function inConfigurationOrder(rules: readonly RuleModel[]): readonly RuleModel[] {
  const byPath = Object.fromEntries(rules.map((rule) => [pathText(rule.pattern), rule]))
  return Object.values(byPath)
}
