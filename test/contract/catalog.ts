import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import { writingDays } from './catalog-days.ts'
import { recordingExports } from './catalog-exports.ts'
import { recordingRuns } from './catalog-runs.ts'
import { arrived, recordingSources } from './catalog-sources.ts'

export interface CatalogUnderTest {
  /** An empty catalog. */
  readonly catalog: Catalog
  cleanUp(): Promise<void>
}

/** What every Catalog does. An adapter's tests call this, and add what is particular to it. */
export function catalogContract(name: string, makeCatalog: () => Promise<CatalogUnderTest>): void {
  describe(`${name} as a catalog`, () => {
    let made: CatalogUnderTest
    beforeEach(async () => {
      made = await makeCatalog()
    })
    afterEach(() => made.cleanUp())

    const current = (): Catalog => made.catalog
    describe('a source', () => recordingSources(current))
    describe('a day', () => writingDays(current))
    describe('a run', () => recordingRuns(current))
    describe('a run of an export', () => recordingExports(current))
    describe('a signal', () => signals(current))
  })
}

function signals(catalog: () => Catalog): void {
  it('that is aborted ends every call with its reason, and nothing is written', async () => {
    const reason = new Error('the time is up')
    const signal = AbortSignal.abort(reason)
    const calls = [
      () => catalog().recordSource(arrived('01'), signal),
      () => catalog().sources('tier3', '2025-03-14', signal),
      () => catalog().day('tier3', '2025-03-14', signal),
      () => catalog().days('tier3', '2025-03-14', '2025-03-14', signal),
      () => catalog().runs('tier3', { limit: 1 }, signal),
      () => catalog().exports('tier3', { limit: 1 }, signal),
      () => catalog().exportState('tier3', 'errors', signal),
    ]
    for (const call of calls) await expect(call()).rejects.toBe(reason)
    expect(await catalog().sources('tier3', '2025-03-14')).toEqual([])
  })
}
