import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { generationKey, historyKey, viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import type { Manifest } from '../../lib/seal/manifest.ts'
import { sha256 } from '../../lib/sha256.ts'
import { writeParquet } from './parquet-file.ts'
import { edited, type SealedDay } from './sealed-day.ts'
import { SCHEMA, smallDay, tinyDay } from './small-day.ts'
import { DATE, failedIds, notPassed, verifyDay, verifyWhole } from './verify-day.ts'

type Edit = (manifest: Manifest) => Partial<Record<keyof Manifest, unknown>>

const source = (manifest: Manifest, change: object) => [
  { ...manifest.sources[0]!, ...change },
  ...manifest.sources.slice(1),
]
const renamed = SCHEMA.map((field) => (field.name === 'id' ? { ...field, name: 'di' } : field))

/** Edits that keep the manifest canonical and the view equal: only its content can show them. */
const EDITS: readonly (readonly [string, Edit, readonly string[]])[] = [
  ['row_count', (m) => ({ row_count: m.row_count + 1 }), ['manifest.row_count', 'parquet.rows']],
  [
    'row counts that agree with each other',
    (m) => ({
      row_count: m.row_count + 1,
      rows_by_hour: { ...m.rows_by_hour, '00': m.rows_by_hour['00']! + 1 },
      sources: source(m, { rows_written: 3, lines_read: 5 }),
      totals: { ...m.totals, rows_written: m.totals.rows_written + 1, lines_read: m.totals.lines_read + 1 },
    }),
    ['parquet.rows', 'sources.lines'],
  ],
  ['rows_by_hour', (m) => ({ rows_by_hour: { ...m.rows_by_hour, '00': 1, '01': 1 } }), ['manifest.rows_by_hour']],
  ['an hour less', (m) => ({ rows_by_hour: without(m.rows_by_hour, '05') }), ['manifest.rows_by_hour']],
  ['an hour more', (m) => ({ rows_by_hour: { ...m.rows_by_hour, '24': 0 } }), ['manifest.rows_by_hour']],
  ['a total', (m) => ({ totals: { ...m.totals, blank: m.totals.blank + 1 } }), ['manifest.totals']],
  ['lines of a source', (m) => ({ sources: source(m, { lines_read: 9 }) }), ['manifest.sources', 'manifest.totals']],
  ['a source twice', (m) => ({ sources: [...m.sources, m.sources[23]!] }), ['manifest.sources']],
  ['a source less', (m) => ({ sources: m.sources.slice(0, -1) }), ['manifest.hours', 'manifest.row_count']],
  ['a source of another hour', (m) => ({ sources: source(m, { hour: '01' }) }), ['manifest.place', 'manifest.hours']],
  ['a source outside of the archive', (m) => ({ sources: source(m, { key: '../../x' }) }), ['manifest.place']],
  ['the SHA-256 of a source', (m) => ({ sources: source(m, { sha256: 'a'.repeat(64) }) }), ['sources.unchanged']],
  ['the size of a source', (m) => ({ sources: source(m, { bytes: 1 }) }), ['sources.unchanged']],
  ['hours_found', () => ({ hours_found: 23 }), ['manifest.hours', 'manifest.guards']],
  ['missing_hours', () => ({ missing_hours: ['07'] }), ['manifest.hours']],
  ['coverage_ratio', () => ({ coverage_ratio: 0.99 }), ['manifest.hours']],
  ['is_partial', () => ({ is_partial: true }), ['manifest.hours']],
  ['the time of the seal', () => ({ created_ts_utc: '2015-09-12T23:59:59.999Z' }), ['manifest.guards']],
  ['the schema', () => ({ schema: renamed }), ['manifest.schema_sha256', 'parquet.schema']],
  ['the schema and its hash', () => ({ schema: renamed, schema_sha256: hashOf(renamed) }), ['parquet.schema']],
  ['a type', (m) => retype(m, 'beta', 'string'), ['parquet.schema']],
  ['a key', (m) => rekey(m, 'who', 'whose'), ['sources.rows']],
  ['a column less', (m) => reschema(m.schema.slice(1)), ['parquet.schema']],
  ['dropped_columns', () => ({ dropped_columns: [] }), ['sources.rows']],
  [
    'a dropped path that is none',
    () => ({ dropped_columns: [{ path: 'a..b', reason: 'empty', saw: [] }] }),
    ['sources.rows'],
  ],
  ['supersedes', () => ({ supersedes: 'b'.repeat(64) }), ['manifest.chain']],
  ['generation', () => ({ generation: 2 }), ['manifest.chain', 'manifest.place']],
  ['dataset', () => ({ dataset: 'other' }), ['manifest.place']],
  ['archive_day', () => ({ archive_day: '20150913' }), ['manifest.place']],
  ['date_utc', () => ({ date_utc: '2015-09-13' }), ['manifest.place']],
  ['data_key', () => ({ data_key: viewDataKey(DATE) }), ['manifest.place', 'presence.data']],
  ['data_key of another', () => ({ data_key: generationKey(DATE, 1, 'other') }), ['presence.data']],
  [
    'a data_key that leaves the output',
    () => ({ data_key: `generations/${DATE}/g0001-/../../x.parquet` }),
    ['manifest.place'],
  ],
  ['no data', () => ({ data_key: null }), ['manifest.data']],
  ['parquet_sha256', () => ({ parquet_sha256: 'c'.repeat(64) }), ['manifest.parquet_sha256', 'view.newest']],
  ['parquet_size_bytes', () => ({ parquet_size_bytes: 12 }), ['presence.size']],
  [
    'event times that are not in order',
    (m) => eventTime(m, { min: '2016-01-01T00:00:00.000000Z' }),
    ['manifest.event_time'],
  ],
  ['the latest event', (m) => eventTime(m, { max: '2015-09-12T00:00:00.000002Z' }), ['parquet.event_time']],
  ['the rows without event time', (m) => eventTime(m, { unparsed: 1 }), ['parquet.event_time']],
  [
    'the column of the event times',
    (m) => eventTime(m, { column: 'id' }),
    ['manifest.event_time', 'parquet.event_time'],
  ],
  ['min_added_ts', () => ({ min_added_ts: null }), ['manifest.event_time']],
  ['a member that has no place', () => ({ more: 1 }) as never, ['manifest.schema']],
  ['a member that is missing', () => ({ totals: undefined }), ['manifest.schema']],
  ['the version', () => ({ manifest_version: 2 }), ['manifest.schema']],
]

describe('an edit of', () => {
  it.each(EDITS)('%s is found', async (_, edit, wanted) => {
    const found = failedIds(await verifyDay(edited(smallDay(), edit)))
    for (const id of wanted) expect(found).toContain(id)
  })
})

function without(record: Readonly<Record<string, number>>, key: string): Record<string, number> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
}

function hashOf(schema: unknown): string {
  return sha256(canonicalJson(schema))
}

function reschema(schema: unknown): object {
  return { schema, schema_sha256: hashOf(schema) }
}

function retype(manifest: Manifest, name: string, type: string): object {
  return reschema(manifest.schema.map((field) => (field.name === name ? { ...field, type } : field)))
}

function rekey(manifest: Manifest, name: string, key: string): object {
  return reschema(manifest.schema.map((field) => (field.name === name ? { ...field, key } : field)))
}

function eventTime(manifest: Manifest, change: object): object {
  const event_time = { ...manifest.event_time!, ...change }
  const isAdded = event_time.column === 'meta.added_ts'
  const added = isAdded ? { min_added_ts: event_time.min, max_added_ts: event_time.max } : {}
  return { event_time, ...added }
}

describe('a day that passes with a warning', () => {
  const warned = async (change: (manifest: Manifest) => Partial<Manifest>) => {
    const verdict = await verifyWhole(edited(smallDay(), change))
    return verdict.checks
      .filter(({ id, result }) => id === 'manifest.complete' && result === 'warned')
      .map(({ seen }) => seen)
  }

  it('was sealed with a guard overridden', async () => {
    expect(await warned(({ guards }) => ({ guards }))).toEqual([])
    expect(await warned(() => ({ guards: { today: 'overridden', hours: 'passed' } }))).toEqual([
      'the today guard was overridden',
    ])
    expect(await warned(() => ({ guards: { today: 'passed', hours: 'overridden' } }))).toEqual([
      'the hours guard was overridden',
    ])
  })
})

describe('a manifest', () => {
  it('in other bytes than canonical is found', async () => {
    const day = smallDay()
    const bytes = Buffer.from(`${JSON.stringify(day.manifest)}\n`)
    const out = new Map([...day.out, [historyKey(DATE, 1), bytes], [viewManifestKey(DATE), bytes]])
    expect(failedIds(await verifyDay({ ...day, out }))).toEqual(['manifest.canonical'])
  })

  it('with precise issues, when it is none', async () => {
    const verdict = await verifyDay(
      edited(smallDay(), () => ({ row_count: -1, guards: { today: 'passed', hours: 'no' } })),
    )
    const seen = verdict.checks.find(({ id }) => id === 'manifest.schema')?.seen
    expect(seen).toContain('row_count: ')
    expect(seen).toContain('guards.hours: ')
  })

  it.each(['', 'null', '[]', '{', '"x"', '\ufeff{}', '{"manifest_version":1}', '['.repeat(100_000)])(
    'of other content (%.20s) fails',
    async (text) => {
      const day = smallDay()
      const verdict = await verifyDay({ ...day, out: new Map([...day.out, [historyKey(DATE, 1), Buffer.from(text)]]) })
      expect(failedIds(verdict)).toContain('manifest.schema')
      expect(verdict.generation).toBe(1)
    },
  )
})

describe('a swap with another day', () => {
  const other = smallDay({ date: '2015-09-13' })

  it('of the manifest is found', async () => {
    const day = smallDay()
    const bytes = other.out.get(historyKey('2015-09-13', 1))!
    const out = new Map([...day.out, [historyKey(DATE, 1), bytes], [viewManifestKey(DATE), bytes]])
    expect(failedIds(await verifyDay({ ...day, out }))).toContain('manifest.place')
  })

  it('of the data is found', async () => {
    const day = tinyDay()
    const data = smallDay().out.get(viewDataKey(DATE))!
    const out = new Map([...day.out, [day.manifest.data_key!, data]])
    const found = failedIds(await verifyDay({ ...day, out }))
    expect(found).toEqual(['presence.size', 'manifest.parquet_sha256', 'parquet.rows', 'parquet.schema'])
  })

  it('of the whole day is found', async () => {
    const out = new Map([...other.out].map(([key, bytes]) => [key.replaceAll('2015-09-13', DATE), bytes] as const))
    expect(failedIds(await verifyDay({ ...other, out }))).toContain('manifest.place')
  })
})

describe('the chain of generations', () => {
  const first = tinyDay()
  const bytesOf = (day: SealedDay, generation: number) => day.out.get(historyKey(DATE, generation))!
  const second = tinyDay({ generation: 2, before: bytesOf(first, 1) })
  const third = tinyDay({ generation: 3, before: bytesOf(second, 2) })
  const out = new Map([...first.out, ...second.out, ...third.out])

  it('is whole', async () => {
    expect(notPassed(await verifyDay({ ...first, out }))).toEqual([])
    expect(notPassed(await verifyWhole({ ...first, out }))).toContainEqual(
      expect.stringContaining('warned manifest.complete: 2 of 24 hours'),
    )
  })

  it.each([1, 2])('lacking generation %i fails', async (generation) => {
    const gap = new Map([...out].filter(([key]) => key !== historyKey(DATE, generation)))
    const verdict = await verifyDay({ ...first, out: gap })
    expect(failedIds(verdict)).toEqual(['manifest.chain'])
    expect(verdict.checks.find(({ id }) => id === 'manifest.chain')?.seen).toContain(`no generation ${generation}`)
  })

  it.each([1, 2])('with generation %i altered fails', async (generation) => {
    const bytes = bytesOf(generation === 1 ? first : second, generation)
    const altered = Buffer.from(Buffer.from(bytes).toString().replace('"a test"', '"a joke"'))
    expect(altered).not.toEqual(Buffer.from(bytes))
    const found = failedIds(
      await verifyDay({ ...first, out: new Map([...out, [historyKey(DATE, generation), altered]]) }),
    )
    expect(found).toEqual(['manifest.chain'])
  })

  it('does not take other names for generations', async () => {
    const names = [
      'manifest.g4.json',
      'manifest.g0004.json.bak',
      'manifest.g0000.json',
      'manifest.g00004.json',
      'notes.txt',
    ]
    const strange = names.map((name) => [`history/${DATE}/${name}`, Buffer.from('?')] as const)
    const verdict = await verifyDay({ ...first, out: new Map([...out, ...strange]) })
    expect([verdict.generation, verdict.result]).toEqual([3, 'passed'])
  })
})

describe('compression', () => {
  it('other than zstd fails, though the pages can be read', async () => {
    const day = smallDay({ parquet: (groups) => writeParquet(SCHEMA, groups, { codec: 'SNAPPY' }) })
    expect(failedIds(await verifyDay(day))).toEqual(['parquet.compression'])
  })
})
