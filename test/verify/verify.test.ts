import { describe, expect, it } from 'vitest'
import { textReport } from '../../lib/verify/report.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { type VerifyOptions, verify } from '../../lib/verify/verify.ts'
import { memoryStore } from './memory-store.ts'
import { type SealedDay, testDataset } from './sealed-day.ts'
import { smallDay } from './small-day.ts'

const date = '2015-09-12'

function verifyDay(day: SealedDay, options: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return verify({
    dataset: testDataset(),
    out: memoryStore(day.out),
    archive: memoryStore(day.archive),
    date,
    ...options,
  })
}

describe('a sealed day', () => {
  it('passes every check', async () => {
    const verdict = await verifyDay(smallDay())
    expect(verdict.checks.filter(({ result }) => result !== 'passed')).toEqual([])
    console.log(textReport(verdict, { verbose: true }))
    expect(verdict).toMatchObject({ date_utc: date, dataset: 'logs', generation: 1, result: 'passed' })
  })
})
