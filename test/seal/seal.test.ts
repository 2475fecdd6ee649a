import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { status } from '../../lib/catalog/status.ts'
import { DaysealError } from '../../lib/errors.ts'
import type { Progress } from '../../lib/progress.ts'
import { planDay } from '../../lib/seal/plan-day.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE, type Day, makeDay, NOW, ofKind, twoRows } from './day.ts'
import { dataOf, generationSaid } from './sealed-data.ts'

const folder = DATE.replaceAll('-', '')

async function sealed(day: Day) {
  return ofKind(await day.seal(), 'sealed')
}

describe('a first seal', () => {
  test('accounts for every hour and passes verification', async () => {
    const day = await makeDay()
    const { manifest, converted, generation } = await sealed(day)
    expect(generation).toBe(1)
    expect(converted).toHaveLength(24)
    expect(manifest.row_count).toBe(48)
    expect(manifest.rows_by_hour).toEqual(Object.fromEntries(Object.keys(manifest.rows_by_hour).map((h) => [h, 2])))
    expect(Object.keys(manifest.rows_by_hour)).toHaveLength(24)
    expect(manifest).toMatchObject({
      hours_found: 24,
      missing_hours: [],
      coverage_ratio: 1,
      is_partial: false,
      guards: { today: 'passed', hours: 'passed' },
      supersedes: null,
      archive_day: folder,
      created_ts_utc: NOW.toISOString(),
    })
    expect((await day.verify()).result).toBe('passed')
  })

  test('writes the same data for one worker and for two', async () => {
    const one = await makeDay()
    const two = await makeDay()
    const first = ofKind(await one.sealInThreads(1), 'sealed').manifest
    const second = ofKind(await two.sealInThreads(2), 'sealed').manifest
    expect(second.parquet_sha256).toBe(first.parquet_sha256)
    expect(second.schema).toEqual(first.schema)
  })
})

describe('a second run', () => {
  test('over an unchanged day does nothing and says so', async () => {
    const day = await makeDay()
    await sealed(day)
    const again = ofKind(await day.seal(), 'already-sealed')
    expect(again.generation).toBe(1)
    expect(again.configurationChanged).toBe(false)
    expect(await readdir(join(day.out, 'generations', DATE))).toHaveLength(1)
  })

  test('does nothing when only a modification time changed', async () => {
    const day = await makeDay()
    await sealed(day)
    await utimes(join(day.archive, folder, '05.jsonl.gz'), 1_700_000_000, 1_700_000_000)
    const place = { dataset: day.dataset, out: openStore(day.out), archive: openStore(day.archive) }
    const plan = () => planDay({ ...place, date: DATE, now: NOW, minHours: 24 })
    expect(await plan()).toMatchObject({ kind: 'ready', hoursToConvert: ['05'] })
    expect((await day.seal()).kind).toBe('already-sealed')
    expect(await readdir(join(day.out, 'history', DATE))).toEqual(['manifest.g0001.json'])
    // What was found out is remembered: nothing has to be read again.
    expect(await plan()).toEqual({ kind: 'sealed', date: DATE, generation: 1 })
  })

  test('knows a file that came back beside another that is gone', async () => {
    const day = await makeDay()
    const archive = { ...day.dataset.archive, layout: '{yyyy}{MM}{dd}/{HH}*.jsonl.gz' }
    const dataset = { ...day.dataset, archive }
    const second = join(day.archive, folder, '05-b.jsonl.gz')
    await writeFile(second, gzipSync('{"hour":5}\n'))
    ofKind(await day.seal({ dataset }), 'sealed')
    await rm(second)
    await utimes(join(day.archive, folder, '05.jsonl.gz'), 1_700_000_000, 1_700_000_000)
    expect((await day.seal({ dataset })).kind).toBe('already-sealed')
    expect((await status({ dataset, now: NOW })).map(({ state }) => state)).toEqual(['sealed'])
  })

  test('converts a changed hour only, and makes generation 2 of it', async () => {
    const day = await makeDay()
    const first = await sealed(day)
    await day.writeHour('07', [...twoRows('07'), { hour: 7, text: 'a late one', extra: true }])
    const second = await sealed(day)
    expect(second.converted).toEqual(['07'])
    expect(second.generation).toBe(2)
    expect(second.manifest.row_count).toBe(49)
    expect(second.manifest.supersedes).toMatch(/^[0-9a-f]{64}$/)
    expect(second.manifest.data_key).not.toBe(first.manifest.data_key)
    expect((await day.verify()).result).toBe('passed')
  })

  test('re-sealed data equals a fresh seal of the same sources', async () => {
    const changed = await makeDay()
    await sealed(changed)
    const changedHour = [
      { hour: 7.5, text: 'now a fraction', nested: {} },
      { hour: 7, text: 'no fraction', nested: {} },
    ]
    await changed.writeHour('07', changedHour)
    const resealed = await sealed(changed)
    const fresh = await makeDay((hour) => (hour === '07' ? changedHour : twoRows(hour)))
    const asFirst = generationSaid(await dataOf(changed, resealed.manifest), 2, 1)
    expect(asFirst.equals(await dataOf(fresh, (await sealed(fresh)).manifest))).toBe(true)
    // Every hour held integers: all had to be converted again as doubles.
    expect(resealed.converted).toHaveLength(24)
  })

  test('with force makes a new generation, whose bytes differ in its number alone', async () => {
    const day = await makeDay()
    const first = await sealed(day)
    const second = ofKind(await day.seal({ force: true }), 'sealed')
    expect(second.generation).toBe(2)
    expect(second.converted).toHaveLength(24)
    const bytes = await dataOf(day, first.manifest)
    expect(generationSaid(await dataOf(day, second.manifest), 2, 1).equals(bytes)).toBe(true)
  })

  test('says that the configuration has changed', async () => {
    const day = await makeDay()
    await sealed(day)
    const dataset = { ...day.dataset, schema: { mode: 'infer' as const, overrides: { text: 'drop' as const } } }
    expect(ofKind(await day.seal({ dataset }), 'already-sealed').configurationChanged).toBe(true)
    const forced = ofKind(await day.seal({ dataset, force: true }), 'sealed')
    expect(forced.manifest.dropped_columns).toEqual([{ path: 'text', reason: 'configured', saw: ['value'] }])
  })

  test('converts a part again that is not what its ledger says', async () => {
    const day = await makeDay()
    await sealed(day)
    const part = join(day.out, 'hourly', DATE, '03.parquet')
    const bytes = await readFile(part)
    bytes[30]! ^= 1
    await writeFile(part, bytes)
    await day.writeHour('04', [{ hour: 4 }, { hour: 4 }])
    const second = await sealed(day)
    expect(second.converted).toEqual(['03', '04'])
    expect((await day.verify()).result).toBe('passed')
  })

  test('converts an hour again whose ledger is damaged', async () => {
    const day = await makeDay()
    await sealed(day)
    await writeFile(join(day.out, 'hourly', DATE, '03.json'), '{"ledger_version": 1')
    await day.writeHour('04', [{ hour: 4 }, { hour: 4 }])
    expect((await sealed(day)).converted).toEqual(['03', '04'])
  })

  test('mends a view that is behind', async () => {
    const day = await makeDay()
    await sealed(day)
    await rm(join(day.out, 'daily'), { recursive: true })
    expect((await day.verify()).result).toBe('warned')
    await day.seal()
    expect((await day.verify()).result).toBe('passed')
  })

  test('stops at a damaged manifest and leaves everything as it is', async () => {
    const day = await makeDay()
    await sealed(day)
    const manifest = join(day.out, 'history', DATE, 'manifest.g0001.json')
    await writeFile(manifest, '{}')
    await expect(day.seal()).rejects.toMatchObject({ code: 'corrupt' })
    expect(await readFile(manifest, 'utf8')).toBe('{}')
  })
})

test.each([0, -1, 1.5, Number.NaN])('a seal with %d workers is refused', async (workers) => {
  const day = await makeDay()
  await expect(day.sealInThreads(workers)).rejects.toMatchObject({ code: 'usage' })
})

test('a seal that is aborted, or fails in one hour, leaves no temporary file', async () => {
  const many = (hour: string) => Array.from({ length: 3000 }, (_, n) => ({ n, text: `row ${n} of ${hour}` }))
  const day = await makeDay(many)
  const broken = join(day.archive, folder, '00.jsonl.gz')
  await writeFile(broken, (await readFile(broken)).subarray(0, 2000))
  await expect(day.sealInThreads(2)).rejects.toMatchObject({ code: 'source' })
  const stop = new AbortController()
  await day.writeHour('00', many('00'))
  const onProgress = ({ phase, done }: Progress) => phase === 'convert' && done > 2 && stop.abort()
  await expect(day.sealInThreads(2, { signal: stop.signal, onProgress })).rejects.toThrow(/abort/)
  const left = await readdir(day.out, { recursive: true })
  expect(left.filter((file) => file.includes('tmp'))).toEqual([])
  expect(left).not.toContain('history')
})

describe('guards', () => {
  test('refuse today and days to come, and say so', async () => {
    const day = await makeDay()
    const now = new Date(`${DATE}T23:59:59.999Z`)
    expect(ofKind(await day.seal({ now }), 'refused').guard).toBe('today')
    expect(ofKind(await day.seal({ now: new Date('2024-01-01T00:00:00Z') }), 'refused').guard).toBe('today')
    const overridden = ofKind(await day.seal({ now, allowIncomplete: true }), 'sealed')
    expect(overridden.manifest.guards).toEqual({ today: 'overridden', hours: 'passed' })
    expect((await day.verify()).result).toBe('warned')
  })

  test('refuse a missing hour, which minHours accepts and allowIncomplete overrides', async () => {
    const day = await makeDay()
    await day.removeHour('13')
    const refused = ofKind(await day.seal(), 'refused')
    expect(refused).toMatchObject({ guard: 'hours', missing: ['13'], found: 23, wanted: 24 })
    const accepted = ofKind(await day.seal({ minHours: 23, dryRun: true }), 'dry-run').manifest
    expect(accepted).toMatchObject({
      is_partial: true,
      missing_hours: ['13'],
      min_hours_threshold: 23,
      guards: { today: 'passed', hours: 'passed' },
    })
    const overridden = ofKind(await day.seal({ allowIncomplete: true }), 'sealed').manifest
    expect(overridden).toMatchObject({ is_partial: true, min_hours_threshold: 24, guards: { hours: 'overridden' } })
    expect((await day.verify()).result).toBe('warned')
    await day.writeHour('13', twoRows('13'))
    const complete = await sealed(day)
    expect(complete.manifest).toMatchObject({ generation: 2, is_partial: false, row_count: 48 })
    expect(complete.converted).toEqual(['13'])
  })
})

describe('sources that are gone', () => {
  test('keep their hour from its part, and make no day stale', async () => {
    const day = await makeDay()
    await sealed(day)
    await day.removeHour('09')
    expect((await day.seal()).kind).toBe('already-sealed')
    await day.writeHour('10', [{ hour: 10 }, { hour: 10 }])
    const second = await sealed(day)
    expect(second.converted).toEqual(['10'])
    expect(second.manifest.row_count).toBe(48)
    expect(second.manifest.hours_found).toBe(24)
  })

  test('stop a seal that would have to read them', async () => {
    const day = await makeDay()
    await sealed(day)
    await day.removeHour('09')
    await rm(join(day.out, 'hourly', DATE, '09.json'))
    await day.writeHour('10', [{ hour: 10 }])
    await expect(day.seal()).rejects.toThrow(/09\.jsonl\.gz missing from the archive/)
  })

  test('are left out with allowRemoval alone', async () => {
    const day = await makeDay()
    await sealed(day)
    await day.removeHour('09')
    const smaller = ofKind(await day.seal({ allowRemoval: true, minHours: 23 }), 'sealed')
    expect(smaller.manifest).toMatchObject({ generation: 2, row_count: 46, missing_hours: ['09'] })
  })
})

describe('a dry run', () => {
  test('commits nothing and prints the manifest that it would commit', async () => {
    const day = await makeDay()
    const dry = ofKind(await day.seal({ dryRun: true }), 'dry-run')
    expect(dry.wouldBe).toBe('sealed')
    expect(dry.manifest.row_count).toBe(48)
    await expect(readdir(day.out)).rejects.toThrow(/ENOENT/)
    const real = await sealed(day)
    expect(real.manifest.parquet_sha256).toBe(dry.manifest.parquet_sha256)
    const files = await readdir(day.out, { recursive: true })
    expect(ofKind(await day.seal({ dryRun: true }), 'dry-run').wouldBe).toBe('already-sealed')
    await day.writeHour('01', [{ hour: 1 }, { hour: 1 }])
    expect(ofKind(await day.seal({ dryRun: true }), 'dry-run').manifest.generation).toBe(2)
    expect(await readdir(day.out, { recursive: true })).toEqual(files)
  })
})

describe('the learnt schema', () => {
  test('keeps types from day to day, and does not learn json from one bad value', async () => {
    const day = await makeDay((hour) =>
      Array.from({ length: 10 }, (_, i) => ({
        mostly: i,
        mixed: i % 2 === 0 ? i : 'text',
        bad: hour === '05' && i === 3 ? 'oops' : i,
      })),
    )
    const { manifest } = await sealed(day)
    const types = new Map(manifest.schema.map(({ name, type }) => [name, type]))
    expect(Object.fromEntries(types)).toEqual({ mostly: 'int64', mixed: 'json', bad: 'json' })
    const learnt = JSON.parse(await readFile(join(day.out, 'schema.json'), 'utf8'))
    expect(learnt.schema).toEqual([
      { name: 'mostly', type: 'int64' },
      { name: 'mixed', type: 'json' },
      { name: 'bad', type: 'int64' },
    ])
  })

  test('is damaged: the seal says so', async () => {
    const day = await makeDay()
    await sealed(day)
    await writeFile(join(day.out, 'schema.json'), 'x')
    await day.writeHour('01', [{ hour: 1 }, { hour: 1 }])
    await expect(day.seal()).rejects.toBeInstanceOf(DaysealError)
  })
})

describe('what broken runs left', () => {
  test('goes a week later: unfinished writes, and data that no manifest names', async () => {
    const day = await makeDay()
    const { manifest } = await sealed(day)
    const left = ['hourly', 'generations', 'quarantine'].map((folder) =>
      join(day.out, folder, DATE, '.dayseal-tmp-1-left'),
    )
    const data = join(day.out, 'generations', DATE, 'g0002-broken.parquet')
    for (const file of [...left, data]) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, 'half')
      await utimes(file, NOW, NOW)
    }
    await day.writeHour('01', [{ hour: 1 }, { hour: 1 }])
    await day.seal({ now: new Date(NOW.getTime() + 6 * 86_400_000) })
    expect(await readdir(day.out, { recursive: true })).toEqual(expect.arrayContaining(left.map(inOut(day))))
    await day.writeHour('02', [{ hour: 2 }, { hour: 2 }])
    await day.seal({ now: new Date(NOW.getTime() + 8 * 86_400_000) })
    const files = await readdir(day.out, { recursive: true })
    expect(files.filter((file) => /broken|tmp/.test(file))).toEqual([])
    expect(files).toContain(manifest.data_key)
  })
})

function inOut(day: Day) {
  return (file: string) => relative(day.out, file)
}

describe('days without data', () => {
  test('a day with no rows has a manifest and no data file', async () => {
    const day = await makeDay(() => [])
    const { manifest } = await sealed(day)
    expect(manifest).toMatchObject({ row_count: 0, data_key: null, parquet_sha256: null, schema: [], hours_found: 24 })
    expect((await day.verify()).result).toBe('warned')
    await day.writeHour('00', [{ a: 1 }])
    expect((await sealed(day)).manifest.row_count).toBe(1)
    expect((await day.verify()).result).toBe('warned')
    await day.writeHour('00', [])
    expect(ofKind(await day.seal({ allowRemoval: true }), 'sealed').manifest.row_count).toBe(0)
    expect((await day.verify()).result).toBe('warned')
  })

  test('rows without a value seal after another day has taught a schema', async () => {
    const day = await makeDay()
    await sealed(day)
    for (const hour of HOURS) await day.writeHour(hour, [{}, { hour: null }])
    expect((await sealed(day)).manifest).toMatchObject({ row_count: 48, data_key: null, generation: 2 })
    expect((await day.verify()).result).toBe('passed')
  })

  test('rows without any column count as rows', async () => {
    const day = await makeDay((hour) => (hour === '00' ? [{}, {}] : [{}]))
    expect((await sealed(day)).manifest).toMatchObject({ row_count: 25, data_key: null })
    expect((await day.verify()).result).toBe('passed')
    await day.writeHour('11', [{ a: 1 }, {}])
    const { manifest } = await sealed(day)
    expect(manifest).toMatchObject({ row_count: 26 })
    expect(manifest.data_key).not.toBeNull()
    expect((await day.verify()).result).toBe('passed')
  })
})
