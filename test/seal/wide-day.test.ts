import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import type { Dataset } from '../../lib/config.ts'
import { prepareHour } from '../../lib/seal/prepare-hour.ts'
import { countPaths } from '../../lib/shred/levels.ts'
import { type FieldJson, schemaFromJson, type TypeJson } from '../../lib/shred/schema-json.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { diceFrom } from '../generate/seeded-text.ts'
import { DATE, type Day, makeDay, ofKind } from './day.ts'

const many = (prefix: string, keys: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: keys }, (_, i) => [`${prefix}${i}`, i]))

const PLAIN = { ts: 't', n: 1, req: { path: '/', ms: 2 } }
const PLAIN_ROWS = Array.from({ length: 30 }, () => PLAIN)

const limited = (dataset: Dataset, maxPaths: number, overrides = {}): Dataset => ({
  ...dataset,
  schema: { mode: 'infer', overrides },
  limits: { ...dataset.limits, maxPaths, maxQuarantineShare: 1 },
})

/** Their order is that of what was learnt before. */
function sortedFields(fields: readonly FieldJson[]): string[] {
  return fields.map(({ name, type }) => `${name} ${sortedType(type)}`).sort()
}

function sortedType(type: TypeJson): string {
  if (typeof type === 'string') return type
  if ('list' in type) return `[${sortedType(type.list)}]`
  return 'map' in type ? `{*: ${sortedType(type.map)}}` : `{${sortedFields(type.struct).join()}}`
}

async function sealed(
  day: Day,
  dataset: Dataset,
  options: { readonly minHours?: number; readonly allowRemoval?: boolean } = {},
) {
  const outcome = ofKind(await day.seal({ dataset, ...options }), 'sealed')
  const { manifest, folded } = outcome
  const columns = sortedFields(manifest.schema)
  const accounts = manifest.sources.map(({ key, rows_written, rows_quarantined }) => [
    key,
    rows_written,
    rows_quarantined,
  ])
  return { manifest, folded, columns, accounts, paths: countPaths(schemaFromJson(manifest.schema)) }
}

describe('columns count by the day', () => {
  test('objects that are too many together become JSON text: no line is lost, and it verifies', async () => {
    const day = await makeDay((hour) => [{ ...PLAIN, [`only${hour}`]: many('k', 20) }, PLAIN])
    const { manifest, folded, paths } = await sealed(day, limited(day.dataset, 100))
    expect(paths).toBeLessThanOrEqual(100)
    expect(manifest.totals).toMatchObject({ rows_written: 48, rows_quarantined: 0 })
    expect(folded.length).toBeGreaterThan(15)
    expect(folded.every((path) => path.startsWith('only'))).toBe(true)
    expect(manifest.schema.filter(({ type }) => type === 'json').map(({ name }) => name)).toEqual(
      expect.arrayContaining([...folded]),
    )
    expect(await day.verify()).toMatchObject({ result: 'passed' })
  })

  test('lines with the rarest keys of the row are too wide, and what most rows have stays as it is', async () => {
    // The wide lines come first.
    const day = await makeDay((hour) => [many(`h${hour}_`, 9), ...PLAIN_ROWS])
    const { manifest, columns, paths, accounts } = await sealed(day, limited(day.dataset, 100))
    expect(paths).toBeLessThanOrEqual(100)
    expect(columns).toEqual(expect.arrayContaining(['n int64', 'ts string']))
    expect(manifest.schema.find(({ name }) => name === 'req')?.type).toMatchObject({ struct: [{}, {}] })
    const { rows_written, rows_quarantined } = manifest.totals
    expect(rows_written + rows_quarantined).toBe(24 * 31)
    expect(rows_quarantined).toBeGreaterThan(10)
    expect(accounts.every(([, rows]) => rows === 31 || rows === 30)).toBe(true)
    expect(await day.verify()).toMatchObject({ result: 'warned' })
  })

  test('within one hour too: wide lines before the others do not push these out', async () => {
    const wide = Array.from({ length: 20 }, (_, i) => many(`w${i}_`, 40))
    const day = await makeDay((hour) => (hour === '00' ? [...wide, ...PLAIN_ROWS] : PLAIN_ROWS))
    const { manifest, paths } = await sealed(day, limited(day.dataset, 100))
    expect(paths).toBeLessThanOrEqual(100)
    expect(manifest.totals.rows_quarantined).toBeLessThanOrEqual(20)
    expect(manifest.rows_by_hour['00']).toBeGreaterThanOrEqual(30)
    expect(manifest.schema.find(({ name }) => name === 'req')?.type).toMatchObject({ struct: [{}, {}] })
  })

  test('an override that drops something inside a wide object still does', async () => {
    const day = await makeDay((hour) => [
      { user: { ...many(`k${hour}_`, 20), password: 'secret-word' } },
      ...PLAIN_ROWS,
    ])
    const dataset = limited(day.dataset, 100, { 'user.password': 'drop', user: 'struct' })
    const { manifest, folded, paths } = await sealed(day, dataset)
    expect([folded, paths <= 100]).toEqual([[], true])
    expect(manifest.totals.rows_quarantined).toBeGreaterThan(10)
    const data = await readFile(join(day.out, 'daily', DATE, 'data.parquet'))
    expect(data.includes('secret-word')).toBe(false)
  })

  test('what was learnt from a day does not count against the next one', async () => {
    const day = await makeDay(() => [{ ...PLAIN, a: many('k', 60) }])
    const dataset = limited(day.dataset, 100)
    await sealed(day, dataset)
    for (const hour of HOURS) await day.writeHour(hour, [{ ...PLAIN, b: many('k', 60) }])
    const { manifest, folded } = await sealed(day, dataset)
    expect([folded, manifest.totals.rows_quarantined]).toEqual([[], 0])
    expect(manifest.schema.map(({ name }) => name)).toEqual(['ts', 'n', 'req', 'b'])
  })
})

describe('which lines and columns they are', () => {
  let seed = 0
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(`seed ${seed}`)
  })

  test('does not depend on the order in which hours came, were converted or sealed', { timeout: 120_000 }, async () => {
    seed = Number(process.env.DAYSEAL_SEED ?? Date.now() % 1e9)
    const dice = diceFrom(seed)
    const rowsOf = () =>
      Array.from({ length: 12 }, (): Record<string, unknown> => {
        const prefix = `p${dice.below(9)}_`
        if (dice.hits(0.2)) return many(prefix, 3 + dice.below(25))
        if (dice.hits(0.3)) return { ...PLAIN, [`o${dice.below(9)}`]: many(prefix, 3 + dice.below(25)) }
        return PLAIN
      })
    const hours = new Map(HOURS.slice(0, 5).map((hour) => [hour, rowsOf()]))
    const write = async (day: Day, some: readonly string[]) => {
      for (const hour of some) await day.writeHour(hour, hours.get(hour)!)
    }
    const make = async () => {
      const day = await makeDay(() => [])
      for (const hour of HOURS) await day.removeHour(hour)
      return { day, dataset: limited({ ...day.dataset, guards: { ...day.dataset.guards, minHours: 1 } }, 80) }
    }
    const order = [...hours.keys()].sort(() => (dice.hits(0.5) ? 1 : -1))

    const atOnce = await make()
    await write(atOnce.day, order)
    const wanted = await sealed(atOnce.day, atOnce.dataset)
    expect(wanted.paths).toBeLessThanOrEqual(80)

    const oneByOne = await make()
    for (const hour of order) {
      await write(oneByOne.day, [hour])
      const { archive, out, dataset } = { ...oneByOne.day, dataset: oneByOne.dataset }
      await prepareHour({
        dataset,
        archive: openStore(archive),
        out: openStore(out, { createRoot: true }),
        date: DATE,
        hour,
      })
    }
    const { columns, accounts } = await sealed(oneByOne.day, oneByOne.dataset)
    expect({ columns, accounts }).toEqual({ columns: wanted.columns, accounts: wanted.accounts })

    const late = await make()
    await write(late.day, order.slice(0, 2))
    await sealed(late.day, late.dataset)
    await write(late.day, order.slice(2))
    // Lines that were rows may be too wide by now: that is said, and a person decides.
    const again = await sealed(late.day, late.dataset, { allowRemoval: true })
    expect(again.accounts).toEqual(wanted.accounts)
    expect(again.columns).toEqual(wanted.columns)
    expect((await late.day.seal({ dataset: late.dataset })).kind).toBe('already-sealed')
  })
})
