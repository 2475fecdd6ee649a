import fc from 'fast-check'
import { expect, it } from 'vitest'
import { randomFrom } from '../../lib/random.ts'
import { sampleRows } from '../../lib/verify/sample.ts'

it('picks so many distinct rows, ascending, the same for the same seed', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(200), fc.nat(2 ** 32 - 1), (rows, size, seed) => {
      const sample = sampleRows(rows, size, seed)
      expect(sample).toHaveLength(Math.min(rows, size))
      expect(sample).toEqual([...new Set(sample)].sort((a, b) => a - b))
      expect(sample.every((row) => row >= 0 && row < rows)).toBe(true)
      expect(sampleRows(rows, size, seed)).toEqual(sample)
    }),
  )
})

it('picks every row about as often', () => {
  const picked = new Float64Array(20)
  for (let seed = 0; seed < 4000; seed++) for (const row of sampleRows(20, 5, seed)) picked[row]! += 1
  for (const count of picked) expect(Math.abs(count - 1000)).toBeLessThan(130)
})

it('is mulberry32', () => {
  const next = randomFrom(1)
  expect([next(), next(), next()].map((value) => Math.floor(value * 2 ** 32))).toEqual([
    2693262067, 11749833, 2265367787,
  ])
})
