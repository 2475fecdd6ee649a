import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sealInMemory } from './seal-in-memory.ts'
import { testDataset } from './sealed-day.ts'
import { DATE, notPassed, verifyDay } from './verify-day.ts'

const key = fc.constantFrom('a', 'b', 'c', 'é', '', '10', '9', '__proto__', 'x.y', '*', 'a[]')
const number = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('-0', '1.0', '1e3', '1E400', '0.1e-400', '9007199254740993'),
)
const scalar = fc.oneof(
  number,
  fc.constantFrom('null', 'true', 'false', '"\\u00e9"', '"\\ud800"', '"2015-09-12T01:02:03Z"'),
  fc.string().map((s) => JSON.stringify(s)),
)

/** JSON texts with duplicate keys, keys that are data, exact numbers and every kind of clash. */
const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: scalar, weight: 4 },
    { arbitrary: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`), weight: 2 },
    { arbitrary: tie('object'), weight: 2 },
  ),
  object: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(objectText),
}))

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
}

const row = fc.array(fc.tuple(key, value), { maxLength: 5 }).map(objectText)
const line = fc.oneof(
  { arbitrary: row, weight: 8 },
  {
    arbitrary: fc.constantFrom('', ' \t\r', '{', '[]', '1', 'null', '\ufeff{}', '\xff', `{"counts":${counts(40)}}`),
    weight: 2,
  },
)

function counts(size: number): string {
  return objectText(Array.from({ length: size }, (_, i) => [`k${i}`, String(i)]))
}

const hour = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'), fc.constantFrom('', '\n', '\n\n'))
  .map(([lines, newline, end]) => Buffer.from(lines.join(newline) + end, lines.includes('\xff') ? 'latin1' : 'utf8'))

it('whatever an archive holds, what is sealed of it passes, row by row', async () => {
  const dataset = testDataset({}, { eventTime: 'a', limits: { maxQuarantineShare: 1, maxDepth: 4 } })
  await fc.assert(
    fc.asyncProperty(fc.array(hour, { minLength: 1, maxLength: 3 }), async (hours) => {
      const verdict = await verifyDay(await sealInMemory(dataset, DATE, hours), { dataset, sample: 1e6 })
      expect(notPassed(verdict).filter((problem) => !problem.startsWith('warned nulls.all'))).toEqual([])
      expect(verdict.facts.rows_sampled).toBe(verdict.facts.columns === 0 ? 0 : verdict.facts.row_count)
    }),
    { numRuns: 150 },
  )
})
