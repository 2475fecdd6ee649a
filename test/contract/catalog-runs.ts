import { expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { RunRecord } from '../../lib/catalog/run-record.ts'
import { thrownBy } from '../thrown.ts'

/** A run that started at this minute of the day after. */
function run(run_id: string, minute: number, change: Partial<RunRecord> = {}): RunRecord {
  return {
    dataset: 'tier3',
    run_id,
    kind: 'seal',
    date: '2025-03-14',
    started: at(minute),
    ended: null,
    outcome: null,
    detail: null,
    ...change,
  }
}

function at(minute: number): string {
  return new Date(Date.UTC(2025, 2, 15) + minute * 60_000).toISOString()
}

export function recordingRuns(catalog: () => Catalog): void {
  const newest = (limit: number, date?: string) => catalog().runs('tier3', { limit, date })

  it('is recorded from its start to its end, which stays', async () => {
    const ended = run('a', 5, { ended: at(9), outcome: 'sealed', detail: '24 hours' })
    expect(await catalog().recordRun(run('a', 5))).toEqual({ kind: 'recorded', run: run('a', 5) })
    expect(await catalog().recordRun(run('a', 5))).toEqual({ kind: 'repeated', present: run('a', 5) })
    expect(await catalog().recordRun(ended)).toEqual({ kind: 'recorded', run: ended })
    expect(await catalog().recordRun(run('a', 5))).toEqual({ kind: 'repeated', present: ended })
    expect(await newest(10)).toEqual([ended])
  })

  it('keeps the later of two ends', async () => {
    const [early, late] = [run('a', 5, { ended: at(6), outcome: 'x' }), run('a', 5, { ended: at(7), outcome: 'y' })]
    await catalog().recordRun(late)
    expect(await catalog().recordRun(early)).toEqual({ kind: 'repeated', present: late })
    expect(await newest(10)).toEqual([late])
  })

  it('never goes on again after its end, however the records race', async () => {
    const ended = run('a', 5, { ended: at(9), outcome: 'sealed' })
    await Promise.all(Array.from({ length: 10 }, (_, index) => catalog().recordRun(index === 4 ? ended : run('a', 5))))
    expect(await newest(10)).toEqual([ended])
  })

  it('is listed with the newest first, as many as wanted, of one day if wanted', async () => {
    const runs = [3, 1, 4, 0, 2].map((minute) =>
      run(`run ${minute}`, minute, { date: minute % 2 === 0 ? '2025-03-14' : null }),
    )
    for (const one of runs) await catalog().recordRun(one)
    await catalog().recordRun(run('other', 9, { dataset: 'tier3-b' }))
    const minutes = (found: readonly RunRecord[]) => found.map(({ run_id }) => run_id.slice(4))
    expect(minutes(await newest(10))).toEqual(['4', '3', '2', '1', '0'])
    expect(minutes(await newest(2))).toEqual(['4', '3'])
    expect(minutes(await newest(2, '2025-03-14'))).toEqual(['4', '2'])
    expect(await newest(2, '2025-03-13')).toEqual([])
  })

  it('is kept apart from others whose ids look alike', async () => {
    const ids = ['a', 'A', 'a/b', 'a#b', '../a', 'arn:aws:states:eu-west-1:1:execution:SealDay:x', 'x'.repeat(512), 'é']
    for (const id of ids) expect((await catalog().recordRun(run(id, 1))).kind).toBe('recorded')
    expect(new Set((await newest(100)).map(({ run_id }) => run_id))).toEqual(new Set(ids))
  })

  it('cannot end before its start, or without an outcome', async () => {
    for (const change of [
      { ended: at(4), outcome: 'x' },
      { ended: at(6) },
      { outcome: 'x' },
      { run_id: '' },
      { started: '2025-03-15 00:05' },
    ]) {
      expect((await thrownBy(() => catalog().recordRun(run('a', 5, change)))).code).toBe('usage')
    }
    for (const limit of [0, 1001, 1.5]) expect((await thrownBy(() => newest(limit))).code).toBe('usage')
    expect(await newest(10)).toEqual([])
  })
}
