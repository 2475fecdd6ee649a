import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../lib/store/key.ts'

describe('compareKeys', () => {
  it('is the order of the UTF-8 bytes', () => {
    const unit = fc.oneof(
      fc.constantFrom('a', 'b', '/', '\u{1f600}', '\u{1f601}', '\u{10ffff}', '\ufffd', '\ue000', '\ud7ff', 'é'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    )
    const key = fc.string({ unit, maxLength: 5 })
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)))
      }),
      { numRuns: 1000 },
    )
  })
})
