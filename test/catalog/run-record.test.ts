import { describe, expect, it } from 'vitest'
import { expiryOf } from '../../lib/catalog/run-record.ts'

const run = { dataset: 'app', run_id: 'generation 1', kind: 'seal', date: '2025-03-14', detail: null } as const
const going = { ...run, started: '2025-03-15T00:05:00.000Z', ended: null, outcome: null }

describe('expiryOf', () => {
  it('keeps a run for 90 days after its end, and one that goes on after its start', () => {
    expect(expiryOf(going)).toBe(Date.parse('2025-06-13T00:05:00Z') / 1000)
    const ended = { ...going, ended: '2025-09-01T00:00:00.000Z', outcome: 'sealed' }
    expect(expiryOf(ended)).toBe(Date.parse('2025-11-30T00:00:00Z') / 1000)
  })
})
