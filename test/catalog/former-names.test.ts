import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { DayContent } from '../../lib/catalog/day-record.ts'
import { withFormerNames } from '../../lib/catalog/former-names.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import { catalogContract } from '../contract/catalog.ts'
import { arrived } from '../contract/catalog-sources.ts'

catalogContract('a directory of datasets that had other names', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-catalog-'))
  const catalog = openStateCatalog(openDirectory(root, { createRoot: true }), { newId: randomUUID })
  return {
    catalog: withFormerNames(catalog, (name) => ({ name, formerly: ['older', 'oldest'] })),
    cleanUp: () => rm(root, { recursive: true }),
  }
})

describe('what was known by a former name', () => {
  const DAY = '2025-03-14'
  let root: string
  let plain: Catalog
  let renamed: Catalog
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'dayseal-former-'))
    plain = openStateCatalog(openDirectory(root), { newId: randomUUID })
    renamed = withFormerNames(plain, (name) => (name === 'shop' ? { name, formerly: ['app', 'web'] } : undefined))
  })
  afterEach(() => rm(root, { recursive: true }))

  const dayOf = (dataset: string, date = DAY): DayContent => ({
    dataset,
    date,
    state: 'open',
    generation: null,
    hours_found: 1,
    row_count: null,
    parquet_size_bytes: null,
    manifest_key: null,
    manifest_sha256: null,
    note: null,
    lease: null,
    late: [],
    updated: `${DAY}T00:00:00.000Z`,
  })
  const stateOf = (dataset: string, generation: number) => ({
    dataset,
    export: 'feed',
    run_id: 'run',
    succeeded: `${DAY}T00:00:00.000Z`,
    days: { [DAY]: generation },
    watermark: null,
    outputs: [],
  })
  const runOf = (dataset: string, hour: string) =>
    ({
      dataset,
      run_id: `run ${hour}`,
      kind: 'verify',
      date: DAY,
      started: `${DAY}T${hour}:00:00.000Z`,
      ended: `${DAY}T${hour}:00:01.000Z`,
      outcome: 'passed',
      detail: null,
    }) as const

  it('is found by the present one, and stays as it was when that is written', async () => {
    await plain.putDay(dayOf('app'), undefined)
    await plain.putDay({ ...dayOf('app'), hours_found: 2 }, 1)
    const found = await renamed.day('shop', DAY)
    expect(found).toEqual({ ...dayOf('shop'), hours_found: 2, version: 2 })
    expect(await renamed.putDay({ ...dayOf('shop'), hours_found: 3 }, 1)).toEqual({ kind: 'conflict' })
    expect(await renamed.putDay({ ...dayOf('shop'), hours_found: 3 }, undefined)).toEqual({ kind: 'conflict' })
    expect(await renamed.putDay({ ...dayOf('shop'), hours_found: 3 }, 2)).toMatchObject({ kind: 'written' })
    expect(await renamed.day('shop', DAY)).toMatchObject({ hours_found: 3, version: 1 })
    expect(await plain.day('app', DAY)).toMatchObject({ hours_found: 2, version: 2 })
  })

  it('is listed with what is known by the present one, which counts', async () => {
    await plain.putDay(dayOf('web', '2025-03-13'), undefined)
    await plain.putDay({ ...dayOf('app'), hours_found: 2 }, undefined)
    await plain.putDay({ ...dayOf('web'), hours_found: 9 }, undefined)
    await plain.putDay({ ...dayOf('shop', '2025-03-12'), hours_found: 3 }, undefined)
    const days = await renamed.days('shop', '2025-03-01', '2025-03-31')
    expect(days.map(({ dataset, date, hours_found }) => [dataset, date, hours_found])).toEqual([
      ['shop', '2025-03-12', 3],
      ['shop', '2025-03-13', 1],
      ['shop', '2025-03-14', 2],
    ])
    expect(await renamed.days('app', '2025-03-01', '2025-03-31')).toHaveLength(1)
    await plain.recordSource({ ...arrived('05'), dataset: 'app' })
    expect(await renamed.sources('shop', arrived('05').date)).toMatchObject([{ dataset: 'shop' }])
  })

  it('lets an export go on', async () => {
    await plain.putExportState(stateOf('web', 4), undefined)
    const state = await renamed.exportState('shop', 'feed')
    expect(state).toMatchObject({ dataset: 'shop', days: { [DAY]: 4 }, version: 1 })
    expect(await renamed.putExportState(stateOf('shop', 5), state!.version)).toMatchObject({ kind: 'written' })
    expect(await renamed.putExportState(stateOf('shop', 6), undefined)).toEqual({ kind: 'conflict' })
    expect(await renamed.exportState('shop', 'feed')).toMatchObject({ days: { [DAY]: 5 } })
    expect(await plain.exportState('web', 'feed')).toMatchObject({ days: { [DAY]: 4 } })
  })

  it('is among the newest runs', async () => {
    for (const [dataset, hour] of [
      ['shop', '04'],
      ['app', '01'],
      ['web', '03'],
      ['other', '05'],
    ] as const)
      await plain.recordRun(runOf(dataset, hour))
    const runs = await renamed.runs('shop', { limit: 2 })
    expect(runs.map(({ run_id }) => run_id)).toEqual(['run 04', 'run 03'])
  })
})
