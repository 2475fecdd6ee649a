import { expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { ExportRecord, ExportStateContent } from '../../lib/catalog/export-record.ts'
import { thrownBy } from '../thrown.ts'

function at(minute: number): string {
  return new Date(Date.UTC(2025, 2, 15) + minute * 60_000).toISOString()
}

/** A run of the export `errors` that began at this minute of the day after. */
function run(run_id: string, minute: number, change: Partial<ExportRecord> = {}): ExportRecord {
  return {
    dataset: 'tier3',
    export: 'errors',
    run_id,
    started: at(minute),
    ended: null,
    outcome: 'running',
    first_day: '2025-03-14',
    last_day: '2025-03-14',
    days: 1,
    rows_in: 0,
    rows_out: 0,
    bytes: 0,
    location: '/data/out',
    files: [],
    error: null,
    ...change,
  }
}

export function exportStateOf(run_id: string, change: Partial<ExportStateContent> = {}): ExportStateContent {
  return {
    dataset: 'tier3',
    export: 'errors',
    run_id,
    succeeded: at(5),
    days: { '2025-03-14': 2 },
    watermark: { column: 'meta.added_ts', value: '1741910400000001' },
    outputs: [{ key: 'exports/errors/a.csv', extension: '.csv' }],
    ...change,
  }
}

export function recordingExports(catalog: () => Catalog): void {
  it('is recorded from its start to its end, which stays', async () => {
    const files = [{ format: 'csv', key: 'exports/errors/a.csv', bytes: 12 }]
    const ended = run('a', 5, { ended: at(9), outcome: 'exported', rows_in: 7, rows_out: 3, bytes: 12, files })
    expect(await catalog().recordExport(run('a', 5))).toEqual({ kind: 'recorded', run: run('a', 5) })
    expect(await catalog().recordExport(ended)).toEqual({ kind: 'recorded', run: ended })
    expect(await catalog().recordExport(run('a', 5))).toEqual({ kind: 'repeated', present: ended })
    expect(await catalog().exports('tier3', { limit: 10 })).toEqual([ended])
    expect(await catalog().runs('tier3', { limit: 10 })).toEqual([])
  })

  it('is listed with the newest first, as many as wanted, of one export if wanted', async () => {
    for (const minute of [3, 1, 2])
      await catalog().recordExport(run(`run ${minute}`, minute, { export: minute === 2 ? 'other' : 'errors' }))
    const ids = (found: readonly ExportRecord[]) => found.map(({ run_id }) => run_id)
    expect(ids(await catalog().exports('tier3', { limit: 10 }))).toEqual(['run 3', 'run 2', 'run 1'])
    expect(ids(await catalog().exports('tier3', { limit: 1 }))).toEqual(['run 3'])
    expect(ids(await catalog().exports('tier3', { limit: 2, export: 'errors' }))).toEqual(['run 3', 'run 1'])
    expect(await catalog().exports('tier3', { limit: 1, export: 'none' })).toEqual([])
  })

  it('has a state that one of several writers replaces', async () => {
    expect(await catalog().exportState('tier3', 'errors')).toBeUndefined()
    const first = await catalog().putExportState(exportStateOf('a'), undefined)
    expect(first).toEqual({ kind: 'written', state: { ...exportStateOf('a'), version: 1 } })
    expect(await catalog().putExportState(exportStateOf('b'), undefined)).toEqual({ kind: 'conflict' })
    const outcomes = await Promise.all(['c', 'd', 'e'].map((id) => catalog().putExportState(exportStateOf(id), 1)))
    expect(outcomes.filter(({ kind }) => kind === 'written')).toHaveLength(1)
    expect((await catalog().exportState('tier3', 'errors'))?.version).toBe(2)
    expect(await catalog().exportState('tier3', 'other')).toBeUndefined()
  })

  it('keeps a state that can be read from who takes it for unreadable', async () => {
    await catalog().putExportState(exportStateOf('a'), undefined)
    expect(await catalog().putExportState(exportStateOf('b'), 'unreadable')).toEqual({ kind: 'conflict' })
    expect((await catalog().exportState('tier3', 'errors'))?.run_id).toBe('a')
    const other = { ...exportStateOf('b'), export: 'other' }
    expect(await catalog().putExportState(other, 'unreadable')).toMatchObject({ kind: 'written' })
  })

  it('refuses a state that cannot be', async () => {
    const wrong = exportStateOf('a', { watermark: { column: 'ts', value: 'yesterday' } })
    const error = await thrownBy(() => catalog().putExportState(wrong, undefined))
    expect(error).toMatchObject({ code: 'usage' })
    expect(await catalog().exportState('tier3', 'errors')).toBeUndefined()
  })
}
