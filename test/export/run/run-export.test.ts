import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { checkExport } from '../../../lib/export/check-export.ts'
import { readMeta } from '../../../lib/export/meta.ts'
import type { ExportOutcome } from '../../../lib/export/run-export.ts'
import type { ObjectStore } from '../../../lib/store/object-store.ts'
import { thrownBy } from '../../thrown.ts'
import { exportedKeys, type Row, rowsOf, type SealedPlace, sealedPlace } from './sealed-place.ts'

const DAY = '2025-03-14'

function rows(count: number, change: Row = {}): Row[] {
  return Array.from({ length: count }, (_, n) => ({
    ts: `${DAY}T00:00:${String(n % 60).padStart(2, '0')}Z`,
    id: n,
    level: n % 3 === 0 ? 'error' : 'info',
    meta: { host: `h${n % 2}`, tags: ['a', 'b'].slice(0, n % 3) },
    ...change,
  }))
}

async function checked(place: SealedPlace, key: string, identity?: string) {
  const scratch = await mkdtemp(join(place.root, 'check-'))
  return checkExport({ store: place.store, key, identity, scratch, signal: undefined })
}

function outputsOf(outcome: ExportOutcome) {
  if (outcome.kind !== 'exported') throw new Error(outcome.kind)
  return outcome.outputs
}

describe('an export', () => {
  it('writes several formats in one pass, each with a meta file that holds', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(100))
    const outcome = await place.export({ formats: ['json', 'ndjson', 'csv', 'xml', 'parquet'] }, { dates: [DAY] })
    const outputs = outputsOf(outcome)
    expect(outputs.map(({ output }) => output.key)).toEqual(
      ['json', 'ndjson', 'csv', 'xml', 'parquet'].map((format) => `exports/rows/rows_20250320_000000.${format}`),
    )
    expect(new Set(outputs.map(({ digest }) => digest)).size).toBe(1)
    for (const { output } of outputs) expect((await checked(place, output.key)).result).toBe('passed')
    const found = await readMeta(place.store, `${outputs[1]!.output.key}.meta.json`)
    expect(found?.meta).toMatchObject({
      status: 'complete',
      exported_at: '2025-03-20T00:00:00.000Z',
      event_count: 100,
      rows_sealed: 100,
      rows_selected: 100,
      time_range: { column: 'ts', min: `${DAY}T00:00:00.000000Z`, max: `${DAY}T00:00:59.000000Z` },
      source_days: [{ date: DAY, generation: 1, rows: 100 }],
    })
    const recorded = await place.catalog.exports('app', { limit: 10 })
    expect(recorded).toHaveLength(1)
    expect(recorded[0]).toMatchObject({ outcome: 'exported', rows_in: 100, rows_out: 100, days: 1, error: null })
    expect(recorded[0]!.files.map(({ format }) => format)).toEqual(['json', 'ndjson', 'csv', 'xml', 'parquet'])
  })

  it('chooses rows and columns, and tells what it chose', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(100))
    const settings = { columns: ['id', 'meta.host'], rename: { id: 'n' }, where: { level: 'error' }, limit: 3 }
    const outcome = await place.export(settings, { dates: [DAY] })
    expect(await rowsOf(place, outcome)).toEqual([0, 3, 6].map((n) => ({ n, meta: { host: `h${n % 2}` } })))
    const found = await readMeta(place.store, `${outputsOf(outcome)[0]!.output.key}.meta.json`)
    expect(found?.meta).toMatchObject({ filters: settings, rows_sealed: 100, rows_selected: 3, event_count: 3 })
  })

  it('whose filter matches nothing is a valid file without rows', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(10))
    const outcome = await place.export({ formats: ['json', 'csv'], where: { level: 'none' } }, { dates: [DAY] })
    expect(outcome.run).toMatchObject({ outcome: 'exported', rows_out: 0 })
    const json = await place.store.get(outputsOf(outcome)[0]!.output.key)
    expect(JSON.parse(new TextDecoder().decode(json!.bytes))).toEqual([])
    for (const { output } of outputsOf(outcome)) expect((await checked(place, output.key)).result).toBe('passed')
  })

  it('with an unknown column leaves nothing but a record of its failure', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(10))
    const error = await thrownBy(() => place.export({ columns: ['leve'] }, { dates: [DAY] }))
    expect(error.code).toBe('usage')
    expect(error.message).toContain('did you mean level?')
    expect(await exportedKeys(place)).toEqual([])
    const [run] = await place.catalog.exports('app', { limit: 1 })
    expect(run).toMatchObject({ outcome: 'failed', error: error.message, rows_out: 0, files: [] })
  })

  it.each([
    [
      { where: { level: 'error' } },
      'where: there is no column level; seen: level; wanted: one of id; other days of the dataset have it',
    ],
    [{ where: { levels: 'error' } }, 'where: there is no column levels; seen: levels; wanted: one of id'],
    [{ columns: ['id', 'meta.hosts'] }, 'columns: there is no column meta.hosts'],
    [{ rename: { levels: 'severity' } }, 'rename: there is no column levels'],
    [{ time: { from: DAY } }, 'time: there is no column ts'],
  ])('of days without a column that is named, %j, is refused, though other days have it', async (settings, message) => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(10))
    await place.seal('2025-03-15', [{ id: 1 }])
    const error = await thrownBy(() => place.export(settings, { dates: ['2025-03-15'] }))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(message)
    expect(await exportedKeys(place)).toEqual([])
  })

  it('of days of which some lack a column says which, and has null there', async () => {
    const place = await sealedPlace()
    const quiet = '2025-03-15'
    await place.seal(DAY, rows(10))
    await place.seal(quiet, [{ id: 1 }])
    const settings = { columns: ['id', 'level'], where: { level: ['error', null] } }
    const outcome = await place.export(settings, { dates: [DAY, quiet] })
    expect(await rowsOf(place, outcome)).toEqual([
      ...[0, 3, 6, 9].map((id) => ({ id, level: 'error' })),
      { id: 1, level: null },
    ])
    const absent = [{ column: 'level', days: [quiet] }]
    expect(outcome).toMatchObject({ absent, rowsWithoutTime: 0 })
    const found = await readMeta(place.store, `${outputsOf(outcome)[0]!.output.key}.meta.json`)
    expect(found?.meta).toMatchObject({ absent_columns: absent, rows_without_time: 0 })
  })

  it('takes a column as null that was there all day without a value, or that is to be null', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(3))
    await place.seal('2025-03-15', [{ id: 1, level: null }])
    const dates = ['2025-03-15']
    const there = await place.export({ columns: ['id', 'level'] }, { dates })
    expect(await rowsOf(place, there)).toEqual([{ id: 1, level: null }])
    expect(await rowsOf(place, await place.export({ where: { level: 'error' } }, { dates }))).toEqual([])
    const wanted = await place.export({ columns: ['id'], where: { 'meta.host': null } }, { dates })
    expect(await rowsOf(place, wanted)).toEqual([{ id: 1 }])
    expect(wanted).toMatchObject({ absent: [{ column: 'meta.host', days: ['2025-03-15'] }] })
  })

  it('takes a column of other days as null, and says so: a quiet day is no mistake', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(3))
    await place.seal('2025-03-15', [{ id: 1 }])
    const outcome = await place.export({ columns: ['id', 'meta.host'] }, { dates: ['2025-03-15'] })
    expect(outcome).toMatchObject({ absent: [{ column: 'meta.host', days: ['2025-03-15'] }] })
    expect(await rowsOf(place, outcome)).toEqual([expect.objectContaining({ id: 1 })])
  })

  describe('of a time range', () => {
    const of = (times: readonly unknown[]) => times.map((ts, id) => ({ ts, id }))
    const from = { time: { from: `${DAY}T01:00:00Z` } }

    it.each([
      ['an offset without colon', [`${DAY}T00:59:59+0000`, `${DAY}T01:00:00+0000`]],
      ['an access log', ['14/Mar/2025:00:59:59 +0000', '14/Mar/2025:02:00:00 +0100']],
      ['nanoseconds', [`${DAY}T00:59:59.999999999Z`, `${DAY}T01:00:00.000000001Z`]],
      ['seconds', [1741913999.5, 1741914000.25]],
      ['milliseconds', [1741913999999, 1741914000000]],
      ['texts of digits', ['1741913999', '1741914000']],
    ])('reads times with %s', async (_, times) => {
      const place = await sealedPlace()
      await place.seal(DAY, of(times))
      const outcome = await place.export({ columns: ['id'], ...from }, { dates: [DAY] })
      expect(await rowsOf(place, outcome)).toEqual([{ id: 1 }])
      expect(outcome).toMatchObject({ rowsWithoutTime: 0 })
    })

    it('says of how many rows the time cannot be read, of those that meet all else', async () => {
      const place = await sealedPlace()
      await place.seal(DAY, of([`${DAY}T02:00:00Z`, 'later', `${DAY}T00:00:00Z`, 'now', null]))
      const outcome = await place.export({ ...from, where: { id: [0, 1, 2, 4] } }, { dates: [DAY] })
      expect(outcome).toMatchObject({ rowsWithoutTime: 1, run: { rows_out: 1 } })
      const found = await readMeta(place.store, `${outputsOf(outcome)[0]!.output.key}.meta.json`)
      expect(found?.meta).toMatchObject({ rows_without_time: 1 })
      const all = await place.export({ where: { id: [2, 4] }, ...from }, { dates: [DAY] })
      expect(all).toMatchObject({ rowsWithoutTime: 0, run: { rows_out: 0 } })
    })

    it.each([
      ['texts', ['later', `${DAY}T00:00:00Z`], 'seen: "later"'],
      ['small numbers, whose unit nobody knows', [1, 2], 'seen: 1'],
    ])('without a row is no success where there are %s', async (_, times, seen) => {
      const place = await sealedPlace()
      await place.seal(DAY, of(times))
      const error = await thrownBy(() => place.export({ ...from, latest: true }, { dates: [DAY] }))
      expect(error.code).toBe('usage')
      expect(error.message).toContain('it cannot be told, whose ts is no time')
      expect(error.message).toContain(seen)
      expect(await exportedKeys(place)).toEqual([])
    })

    it('reads numbers in the unit that is said', async () => {
      const place = await sealedPlace()
      await place.seal(DAY, of([1, 5]))
      const time = { form: 'epoch-s' as const, to: '1970-01-01T00:00:05Z' }
      const outcome = await place.export({ columns: ['id'], time }, { dates: [DAY] })
      expect(await rowsOf(place, outcome)).toEqual([{ id: 0 }])
    })

    it.each(['20250314', '2025', '20250314010203', '-1741914000', '5'])(
      'does not take %s for an epoch',
      async (text) => {
        const place = await sealedPlace()
        await place.seal(DAY, of([1741914000]))
        const error = await thrownBy(() => place.export({ time: { from: text } }, { dates: [DAY] }))
        expect(error.message).toContain('time.from is no time')
      },
    )

    it.each([
      '1741914000',
      '1741914000000',
      '1741914000000000000',
      '14/Mar/2025:02:00:00 +0100',
      '2025-03-14T01:00:00+00',
    ])('begins at %s', async (text) => {
      const place = await sealedPlace()
      await place.seal(DAY, of([1741913999, 1741914000]))
      const outcome = await place.export({ columns: ['id'], time: { from: text } }, { dates: [DAY] })
      expect(await rowsOf(place, outcome)).toEqual([{ id: 1 }])
    })
  })

  it('of a day that is not sealed is refused', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(1))
    const error = await thrownBy(() => place.export({}, { dates: [DAY, '2025-03-15'] }))
    expect(error.code).toBe('guard')
    expect(error.message).toContain('2025-03-15 is not sealed')
  })

  it('whose destination fails half-way leaves no file under its final name', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(3000, { text: 'x'.repeat(500) }))
    for (const failing of ['write', 'commit'] as const) {
      const destination = failingStore(place.store, failing)
      await expect(place.export({ formats: ['csv', 'ndjson'] }, { dates: [DAY], destination })).rejects.toThrow(
        'no space',
      )
      expect(await exportedKeys(place)).toEqual([])
    }
  })

  it('that is stopped leaves nothing, and can be run again', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(50))
    const stop = new AbortController()
    const stopping = { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) }
    await expect(place.export({ batchSize: 10 }, { dates: [DAY], ...stopping })).rejects.toThrow('stopped')
    expect(await exportedKeys(place)).toEqual([])
    expect(await rowsOf(place, await place.export({}, { dates: [DAY] }))).toHaveLength(50)
  })

  it('at the same time as another of its name writes files of its own', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(20))
    const clock = () => new Date('2025-03-20T00:00:00Z')
    const runs = await Promise.all([1, 2, 3].map(() => place.export({}, { dates: [DAY], clock })))
    const keys = runs.map((run) => outputsOf(run)[0]!.output.key).sort()
    expect(keys).toEqual(['', '_2', '_3'].map((end) => `exports/rows/rows_20250320_000000${end}.ndjson`))
    for (const key of keys) expect((await checked(place, key)).result).toBe('passed')
  })

  it('compresses and encrypts, and is checked with the identity', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(500))
    const identity = await generateX25519Identity()
    const settings = {
      formats: ['csv' as const],
      compression: 'zstd' as const,
      encryptTo: [await identityToRecipient(identity)],
    }
    const [csv] = outputsOf(await place.export(settings, { dates: [DAY] }))
    expect(csv!.output.key).toMatch(/\.csv\.zst\.age$/)
    expect((await checked(place, csv!.output.key)).result).toBe('warned')
    expect((await checked(place, csv!.output.key, identity)).result).toBe('passed')
    const stranger = await generateX25519Identity()
    const error = await thrownBy(() => checked(place, csv!.output.key, stranger))
    expect(error.code).toBe('usage')
    expect(error.message).not.toContain(stranger)
  })

  it('that was altered does not pass', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(20))
    const [file] = outputsOf(await place.export({}, { dates: [DAY] }))
    const { bytes, info } = (await place.store.get(file!.output.key))!
    const altered = Buffer.from(bytes)
    altered[altered.indexOf('error')] = 0x45
    await place.store.putIfMatch(file!.output.key, altered, info.etag)
    const verdict = await checked(place, file!.output.key)
    expect(verdict.checks.filter(({ result }) => result === 'failed').map(({ id }) => id)).toEqual(['export.bytes'])
  })
})

describe('functions of the configuration', () => {
  const failing = (row: Row) => {
    if (row.id === 7) throw new Error('seven')
    return { id: row.id, double: Number(row.id) * 2 }
  }

  it('that throw end the export, which leaves nothing', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(10))
    const error = await thrownBy(() => place.export({ transform: failing }, { dates: [DAY] }))
    expect(error.message).toContain('seven')
    expect(await exportedKeys(place)).toEqual([])
  })

  it('that throw put the row among the rejects, if that is wished', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(10))
    const outcome = await place.export({ transform: failing, onError: 'reject' }, { dates: [DAY] })
    expect((await rowsOf(place, outcome)).map(({ id }) => id)).toEqual([0, 1, 2, 3, 4, 5, 6, 8, 9])
    const key = 'exports/rows/rows_20250320_000000'
    const rejects = (await place.store.get(`${key}.rejects.jsonl`))!
    expect(JSON.parse(new TextDecoder().decode(rejects.bytes))).toMatchObject({ day: DAY, row: 8, data: { id: 7 } })
    const found = await readMeta(place.store, `${key}.ndjson.meta.json`)
    expect(found?.meta).toMatchObject({ rows_selected: 10, rows_rejected: 1, event_count: 9 })
  })

  it('and groups make rows of rows', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(9))
    const groupBy = { keys: { level: 'level' }, columns: { rows: { count: 'rows' as const }, top: { max: 'id' } } }
    const outcome = await place.export({ groupBy, formats: ['ndjson', 'csv'] }, { dates: [DAY] })
    expect(await rowsOf(place, outcome)).toEqual([
      { level: 'error', rows: 3, top: 6 },
      { level: 'info', rows: 6, top: 8 },
    ])
    for (const { output } of outputsOf(outcome)) expect((await checked(place, output.key)).result).toBe('passed')
  })
})

describe('what is kept', () => {
  it('is the newest of several exports, and latest names it', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(5))
    for (let run = 0; run < 4; run++) await place.export({ retentionCount: 2, latest: true }, { dates: [DAY] })
    const keys = await exportedKeys(place)
    const files = keys.filter((key) => /rows_\d+_\d+\.ndjson$/.test(key))
    expect(files).toHaveLength(2)
    expect(keys.filter((key) => key.endsWith('.meta.json'))).toHaveLength(2)
    const latest = await place.store.get('exports/rows/latest.ndjson.json')
    expect(JSON.parse(new TextDecoder().decode(latest!.bytes))).toMatchObject({ key: files[1] })
    expect((await checked(place, 'exports/rows/latest.ndjson')).result).toBe('passed')
    expect((await place.store.get('exports/rows/latest.ndjson'))!.bytes).toEqual(
      (await place.store.get(files[1]!))!.bytes,
    )
  })

  it('is nothing older than so many days, but always the newest', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, rows(5))
    const at = (day: number) => ({ dates: [DAY], clock: () => new Date(Date.UTC(2025, 3, day)) })
    for (const day of [1, 5, 9]) await place.export({}, at(day))
    await place.export({ retentionDays: 5 }, at(10))
    const files = (await exportedKeys(place)).filter((key) => key.endsWith('.ndjson'))
    expect(files).toEqual(['05', '09', '10'].map((day) => `exports/rows/rows_202504${day}_000000.ndjson`))
    await place.export({ retentionDays: 1, where: { level: 'error' } }, at(30))
    expect((await exportedKeys(place)).filter((key) => key.endsWith('.ndjson'))).toHaveLength(1)
  })
})

/** A store whose writes fail once they have taken 1 MB, or with the second commit. */
function failingStore(store: ObjectStore, failing: 'write' | 'commit'): ObjectStore {
  let room = 1_000_000
  let commits = 0
  return {
    ...store,
    async write(key) {
      const sink = await store.write(key)
      return {
        ...sink,
        async write(bytes) {
          room -= bytes.length
          if (failing === 'write' && room < 0) throw new Error('no space')
          await sink.write(bytes)
        },
        async commit() {
          if (failing === 'commit' && ++commits > 1) throw new Error('no space')
          return sink.commit()
        },
      }
    },
  }
}
