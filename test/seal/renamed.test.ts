import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { resetSchema } from '../../lib/catalog/reset-schema.ts'
import { sealedSchema } from '../../lib/catalog/sealed-schema.ts'
import { status } from '../../lib/catalog/status.ts'
import type { Dataset } from '../../lib/config.ts'
import { exportDataset } from '../../lib/export/export-dataset.ts'
import { parseExport } from '../../lib/export/parse-settings.ts'
import { planDay } from '../../lib/seal/plan-day.ts'
import { prepareHour } from '../../lib/seal/prepare-hour.ts'
import { uploadDay } from '../../lib/seal/upload-day.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { verify } from '../../lib/verify/verify.ts'
import { NOW as ARCHIVED, archive, offload } from '../export/archive-place.ts'
import { thrownBy } from '../thrown.ts'
import { DATE, type Day, makeDay, NOW, ofKind } from './day.ts'

const REFUSED =
  /of another dataset; seen: dataset logs; wanted: shop; .*formerly: \['logs'\] in the configuration of shop/
const HINT =
  "formerly: ['logs'] in the configuration of shop; without a configuration, --dataset logs goes on under that name"

async function sealedDay(): Promise<{ readonly day: Day; readonly other: Dataset; readonly renamed: Dataset }> {
  const day = await makeDay()
  ofKind(await day.seal(), 'sealed')
  const other = { ...day.dataset, name: 'shop' }
  return { day, other, renamed: { ...other, formerly: ['older', 'logs'] } }
}

const storesOf = ({ archive: { location }, out }: Dataset) => ({ archive: openStore(location), out: openStore(out) })
const ids = () => {
  let id = 0
  return () => `x${++id}`
}
const feed = parseExport({ name: 'feed', formats: ['ndjson'], incremental: {} }, 'the test')
const exported = (dataset: Dataset) => exportDataset({ dataset, settings: feed, clock: () => NOW, newId: ids() })
const placeOf = ({ archive, out }: Day) => ({ folder: join(out, '..'), archive, out, flags: [] })

describe('an output in which another dataset sealed', () => {
  const uses: readonly (readonly [string, (day: Day, dataset: Dataset) => Promise<unknown>])[] = [
    ['seal', (day, dataset) => day.seal({ dataset })],
    ['seal of another day', (day, dataset) => day.seal({ dataset, date: '2025-03-13' })],
    ['seal, dry', (day, dataset) => day.seal({ dataset, dryRun: true })],
    ['status', (_, dataset) => status({ dataset, now: NOW })],
    ['schema', (_, dataset) => sealedSchema({ dataset, date: DATE })],
    ['schema --reset', (_, dataset) => resetSchema({ dataset, paths: ['text'] })],
    ['export', (_, dataset) => exported(dataset)],
    ['plan', (_, dataset) => planDay({ dataset, ...storesOf(dataset), date: DATE, now: NOW, minHours: 24 })],
    [
      'plan of another day',
      (_, d) => planDay({ dataset: d, ...storesOf(d), date: '2025-03-13', now: NOW, minHours: 1 }),
    ],
    ['conversion', (_, dataset) => prepareHour({ dataset, ...storesOf(dataset), date: DATE, hour: '05' })],
    [
      'upload',
      (d, dataset) => uploadDay({ dataset, from: openStore(d.out), to: openStore(d.archive), date: DATE, now: NOW }),
    ],
    ['archive', (day, dataset) => archive(placeOf(day), { dataset })],
    ['offload', (day, dataset) => offload(placeOf(day), { dataset, sources: 'keep' })],
  ]
  test.each(uses)('is refused by: %s', async (_, use) => {
    const { day, other, renamed } = await sealedDay()
    const refused = await thrownBy(() => use(day, other))
    expect(refused).toMatchObject({ code: 'usage' })
    expect(String(refused)).toMatch(REFUSED)
    const taken = await use(day, renamed).catch((error: unknown) => error)
    expect(String(taken)).not.toContain('of another dataset')
  })

  test('fails verification, with what to do', async () => {
    const { day, other, renamed } = await sealedDay()
    const { result, checks } = await verify({ dataset: other, date: DATE, out: openStore(day.out) })
    expect(result).toBe('failed')
    expect(checks.find(({ id }) => id === 'manifest.place')?.seen).toContain(HINT)
    expect((await verify({ dataset: renamed, date: DATE, out: openStore(day.out) })).result).toBe('passed')
  })

  test('and where it is sent to', async () => {
    const [{ day }, { other }] = [await sealedDay(), await sealedDay()]
    const to = openStore(day.out)
    const elsewhere = await makeDay()
    await elsewhere.seal({ dataset: { ...elsewhere.dataset, name: 'shop' } })
    const sent = uploadDay({ dataset: other, from: openStore(elsewhere.out), to, date: DATE, now: NOW })
    expect(String(await thrownBy(() => sent))).toMatch(REFUSED)
  })
})

describe('a dataset that was renamed', () => {
  test('says what to do where it had the name of none', async () => {
    const day = await makeDay()
    await day.seal({ dataset: { ...day.dataset, name: 'default' } })
    const refused = String(await thrownBy(() => day.seal()))
    expect(refused).toContain('if default (default is what a dataset without a configuration is called) was renamed')
    expect(refused).toContain("formerly: ['default'] in the configuration of logs")
  })

  test('seals on under its name, and its export goes on', async () => {
    const { day, renamed } = await sealedDay()
    expect(await exported(day.dataset)).toMatchObject({ kind: 'exported' })
    expect(await exported(renamed)).toMatchObject({ kind: 'nothing-new' })
    expect(ofKind(await day.seal({ dataset: renamed }), 'already-sealed').manifest.dataset).toBe('logs')
    await day.writeHour('05', [{ hour: 5 }, { hour: 5, text: 'late' }])
    const { manifest, generation } = ofKind(await day.seal({ dataset: renamed }), 'sealed')
    expect([generation, manifest.dataset]).toEqual([2, 'shop'])
    expect(await status({ dataset: renamed, now: NOW })).toMatchObject([{ date: DATE, state: 'sealed', generation: 2 }])
    expect((await verify({ dataset: renamed, date: DATE, out: openStore(day.out) })).result).toBe('passed')
    expect(await exported(renamed)).toMatchObject({ kind: 'exported', run: { dataset: 'shop', days: 1 } })
    expect(String(await thrownBy(() => day.seal()))).toContain('seen: dataset shop; wanted: logs')
  })

  test('goes on with its zips', async () => {
    const { day, renamed } = await sealedDay()
    await offload(placeOf(day), { dataset: day.dataset, sources: 'keep', now: ARCHIVED })
    const again = await offload(placeOf(day), { dataset: renamed, sources: 'delete', now: ARCHIVED })
    expect(again).toMatchObject({ kind: 'offloaded', written: null, deleted: { files: 24 } })
  })
})
