import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextSource, type SourceRecord, sequencer } from '../../lib/catalog/source-record.ts'
import { arrived, converted, deleted, failed } from '../contract/catalog-sources.ts'

const hex = fc.string({ unit: fc.constantFrom(...'0000123456789abcdefABCDEF'), minLength: 1, maxLength: 24 })

describe('the order of sequencers', () => {
  it('is that of S3: the shorter padded with zeros, then as text', () => {
    fc.assert(
      fc.property(hex, hex, (a, b) => {
        const [x, y] = [a, b].map((text) => text.toUpperCase().padEnd(24, '0')) as [string, string]
        const [p, q] = [sequencer.parse(a), sequencer.parse(b)]
        expect(p < q).toBe(x < y)
        expect(p === q).toBe(x === y)
      }),
    )
  })

  it('stays as it is when it is read back', () => {
    fc.assert(
      fc.property(hex, (text) => {
        expect(sequencer.parse(sequencer.parse(text))).toBe(sequencer.parse(text))
      }),
    )
  })
})

describe('what is told', () => {
  const kindOf = (present: SourceRecord, told: SourceRecord) => nextSource(present, told).kind

  it('without a sequencer is of the present state when the etag is the same', () => {
    const told = { ...converted(null, 5), etag: 'etag 01' }
    expect(nextSource(arrived('01'), told)).toEqual({ kind: 'recorded', next: { ...told, sequencer: '01' } })
    expect(kindOf(converted('01', 1), { ...arrived(null, 5), etag: 'etag 01' })).toBe('repeated')
  })

  it('without a sequencer is otherwise older than an event', () => {
    expect(kindOf(arrived('01'), { ...converted(null, 5), etag: 'another' })).toBe('older')
    expect(kindOf(arrived('01'), deleted(null, 5))).toBe('older')
    expect(kindOf(converted(null, 5), arrived('01'))).toBe('recorded')
  })

  it('counts by its time where nobody has sequencers', () => {
    const other = (second: number) => ({ ...arrived(null, second), etag: 'another' })
    expect(kindOf(arrived(null, 3), other(2))).toBe('older')
    expect(kindOf(arrived(null, 3), other(4))).toBe('recorded')
    expect(kindOf(converted(null, 3), deleted(null, 4))).toBe('recorded')
    expect(kindOf(deleted(null, 4), converted(null, 3))).toBe('older')
  })

  it('again with other facts counts when it is later', () => {
    const other = 'b'.repeat(64)
    expect(kindOf(converted('01', 3), converted('01', 4, other))).toBe('recorded')
    expect(kindOf(converted('01', 3), converted('01', 2, other))).toBe('repeated')
    expect(kindOf(converted('01', 3), converted('01', 4))).toBe('repeated')
    expect(kindOf(failed('01', 3), failed('01', 4, 'worse'))).toBe('recorded')
  })

  it('of one object ends the same in whatever order it comes, but for what is told of it later', () => {
    const told = [arrived('01', 1), failed('01', 2), converted('01', 3), arrived('02', 4), converted('02', 5)]
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (order) => {
        const end = order.reduce<SourceRecord | undefined>((present, one) => {
          const decision = nextSource(present, one)
          return decision.kind === 'recorded' ? decision.next : present
        }, undefined)
        expect(end).toEqual(converted('02', 5))
      }),
    )
  })
})
