import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { DaysealError } from '../../lib/errors.ts'
import { historyKey, viewManifestKey } from '../../lib/keys.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { verify } from '../../lib/verify/verify.ts'
import { memoryStore } from './memory-store.ts'
import { sealedDay, testDataset } from './sealed-day.ts'
import { smallDay, tinyDay } from './small-day.ts'
import { DATE, notPassed, verifyDay } from './verify-day.ts'

describe('a sealed day', () => {
  it('passes every check, with its sources and without', async () => {
    const verdict = await verifyDay(smallDay())
    expect(notPassed(verdict)).toEqual([])
    expect(verdict).toMatchObject({
      date_utc: DATE,
      dataset: 'logs',
      generation: 1,
      result: 'passed',
      facts: {
        row_count: 4,
        columns: 9,
        row_groups: 3,
        hours_found: 24,
        is_partial: false,
        sources: 24,
        lines_read: 7,
        rows_quarantined: 2,
        rows_sampled: 4,
      },
    })
    const alone = await verifyDay(smallDay(), { archive: undefined })
    expect(alone.result).toBe('passed')
    expect(alone.checks).toEqual(verdict.checks.filter(({ group }) => group !== 'sources'))
  })

  it('passes when it is partial, and when it has no columns and no rows', async () => {
    expect(notPassed(await verifyDay(tinyDay()))).toEqual([])
    expect(notPassed(await verifyDay(sealedDay({ schema: [], lines: {} })))).toEqual([])
    const empty = { text: '{}', row: {} }
    expect(notPassed(await verifyDay(sealedDay({ schema: [], lines: { '05': [empty, empty] } })))).toEqual([])
  })

  it('gives the same verdict again, as JSON', async () => {
    const verdict = await verifyDay(smallDay(), { sample: 2, seed: 7 })
    expect(verdict.facts.rows_sampled).toBe(2)
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict)
    expect(await verifyDay(smallDay(), { sample: 2, seed: 7 })).toEqual(verdict)
  })

  it('follows the newest of many generations', async () => {
    const first = tinyDay()
    let before = canonicalJson(first.manifest)
    const out = new Map(first.out)
    for (let generation = 2; generation <= 11; generation++) {
      const next = tinyDay({ generation, before })
      for (const [key, bytes] of next.out) out.set(key, bytes)
      before = canonicalJson(next.manifest)
    }
    const verdict = await verifyDay({ ...first, out })
    expect(notPassed(verdict)).toEqual([])
    expect(verdict.generation).toBe(11)
  })

  it('reports how far it is', async () => {
    const steps = new Map<string, { readonly done: number; readonly total: number }>()
    await verifyDay(smallDay(), { onProgress: ({ phase, done, total }) => steps.set(phase, { done, total }) })
    expect([...steps.keys()].sort()).toEqual(['columns', 'hash', 'sources'])
    for (const { done, total } of steps.values()) expect(done).toBe(total)
  })
})

describe('a day that was never sealed', () => {
  it('fails the check `presence`', async () => {
    const verdict = await verifyDay({ ...smallDay(), out: new Map() })
    expect(verdict).toMatchObject({ result: 'failed', generation: null, facts: { row_count: null, rows_sampled: 0 } })
    expect(verdict.checks).toMatchObject([
      { id: 'presence.manifest', result: 'failed', seen: `no manifest in history/${DATE}/` },
    ])
  })

  it('says so when there is a view of it all the same', async () => {
    const day = smallDay()
    const verdict = await verifyDay({
      ...day,
      out: new Map([...day.out].filter(([key]) => key !== historyKey(DATE, 1))),
    })
    expect(verdict.checks[0]?.seen).toContain(viewManifestKey(DATE))
  })
})

describe('faults', () => {
  const day = smallDay()

  it('of the storage are no verdict', async () => {
    const out = memoryStore(day.out)
    const denied = () => Promise.reject(new DaysealError('storage', 'permission denied'))
    for (const store of [
      { ...out, list: denied },
      { ...out, get: denied },
      { ...out, head: denied },
      brokenReads(out),
    ]) {
      await expect(verify({ dataset: testDataset(), out: store, date: DATE })).rejects.toThrow('permission denied')
    }
    const archive = brokenReads(memoryStore(day.archive))
    await expect(verifyDay(day, { archive })).rejects.toThrow('permission denied')
  })

  it('an abort ends it', async () => {
    const stop = new AbortController()
    const ended = verifyDay(day, {
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'columns' && stop.abort(),
    })
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' })
  })
})

function brokenReads(store: ObjectStore): ObjectStore {
  const next = () => Promise.reject(new DaysealError('storage', 'permission denied'))
  return { ...store, read: () => ({ [Symbol.asyncIterator]: () => ({ next }) }) }
}
