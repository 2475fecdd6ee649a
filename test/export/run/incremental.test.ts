import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { thrownBy } from '../../thrown.ts'
import { exportedKeys, type Row, rowsOf, sealedPlace } from './sealed-place.ts'

function row(day: string, id: number, change: Row = {}): Row {
  return { ts: `${day}T00:00:${String(id).padStart(2, '0')}Z`, id, value: `${day} ${id}`, ...change }
}

const [ONE, TWO, THREE] = ['2025-03-11', '2025-03-12', '2025-03-13'] as const

const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id)

describe('an incremental export by generation', () => {
  const settings = { incremental: {} }

  it('takes the days that were sealed, or sealed again, since its last success', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    await place.seal(TWO, [row(TWO, 2)])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1, 2])
    expect((await place.export(settings)).kind).toBe('nothing-new')
    await place.seal(THREE, [row(THREE, 3)])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([3])
    await place.seal(ONE, [row(ONE, 1), row(ONE, 4)])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1, 4])
    expect((await place.export(settings)).kind).toBe('nothing-new')
    expect(idsOf(await rowsOf(place, await place.export(settings, { full: true })))).toEqual([1, 4, 2, 3])
    const runs = await place.catalog.exports('app', { limit: 10 })
    expect(runs.map(({ outcome, days }) => [outcome, days])).toEqual([
      ['exported', 3],
      ['nothing-new', 0],
      ['exported', 1],
      ['exported', 1],
      ['nothing-new', 0],
      ['exported', 2],
    ])
  })

  it('that was stopped takes the same days again', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    const stop = new AbortController()
    const stopping = { signal: stop.signal, onProgress: () => stop.abort(new Error('stopped')) }
    await expect(place.export(settings, stopping)).rejects.toThrow('stopped')
    expect(await exportedKeys(place)).toEqual([])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1])
  })

  it('at the same time as another run of it ends once: the other leaves nothing', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    const runs = await Promise.allSettled([place.export(settings), place.export(settings), place.export(settings)])
    const lost = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason] : []))
    expect(runs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const error of lost) expect(error).toMatchObject({ code: 'conflict' })
    expect((await exportedKeys(place)).filter((key) => key.endsWith('.ndjson'))).toHaveLength(1)
    expect((await exportedKeys(place)).filter((key) => key.endsWith('.meta.json'))).toHaveLength(1)
  })

  it('says that its state is gone, and begins anew with full', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    await place.export(settings)
    const [state] = (await place.store.list('_state/export-state/')).map(({ key }) => key)
    await place.store.delete(state!)
    const error = await thrownBy(() => place.export(settings))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain('run it with --full')
    expect(idsOf(await rowsOf(place, await place.export(settings, { full: true })))).toEqual([1])
    expect((await place.export(settings)).kind).toBe('nothing-new')
  })

  it.each([
    ['no JSON', '{"version":'],
    ['nothing', ''],
    ['no item', '{"days":{}}'],
    ['an item that is no state', '{"version":7,"write_id":"x","days":{"2025-03-11":"one"}}'],
  ])('says that its state cannot be read, where there is %s, and begins anew with full', async (_, damaged) => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    await place.seal(TWO, [row(TWO, 2)])
    await place.export(settings)
    const [state] = (await place.store.list('_state/export-state/')).map(({ key }) => key)
    await writeFile(join(place.out, state!), damaged)
    const error = await thrownBy(() => place.export(settings))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain(state!)
    expect(error.message).toContain('--full')
    expect(error.message).not.toContain('remove it')
    expect(idsOf(await rowsOf(place, await place.export(settings, { full: true })))).toEqual([1, 2])
    expect((await place.export(settings)).kind).toBe('nothing-new')
    expect(idsOf(await rowsOf(place, await place.export(settings, { full: true })))).toEqual([1, 2])
  })

  it('begins a damaged state anew once: another full run at the same time loses', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1)])
    await place.export(settings)
    const [state] = (await place.store.list('_state/export-state/')).map(({ key }) => key)
    await writeFile(join(place.out, state!), '{bad')
    const before = (await exportedKeys(place)).length
    const runs = await Promise.allSettled([1, 2, 3].map(() => place.export(settings, { full: true })))
    const lost = runs.flatMap((run) => (run.status === 'rejected' ? [run.reason] : []))
    expect(lost).toHaveLength(2)
    for (const error of lost) expect(error).toMatchObject({ code: 'conflict' })
    expect((await exportedKeys(place)).length).toBe(before + 2)
    expect((await place.export(settings)).kind).toBe('nothing-new')
  })
})

describe('an incremental export by a watermark', () => {
  it('takes the rows beyond it', async () => {
    for (const [column, watermark] of [
      ['ts', String(Date.parse(`${ONE}T00:00:03Z`) * 1000)],
      ['id', '3'],
    ] as const) {
      const place = await sealedPlace()
      const settings = { name: column, incremental: { by: { watermark: column } } }
      await place.seal(ONE, [row(ONE, 1), row(ONE, 3), row(ONE, 2)])
      expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1, 3, 2])
      expect((await place.catalog.exportState('app', column))?.watermark).toEqual({ column, value: watermark })
      await place.seal(ONE, [row(ONE, 1), row(ONE, 3), row(ONE, 2), row(ONE, 5), row(ONE, 4)])
      expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([5, 4])
      expect((await place.export(settings)).kind).toBe('nothing-new')
      await place.seal(TWO, [row(TWO, 9)])
      expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([9])
    }
  })

  it('wants a column of times or integers', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1, { on: true })])
    for (const watermark of ['on', 'none']) {
      const error = await thrownBy(() => place.export({ incremental: { by: { watermark } } }))
      expect(error.code).toBe('usage')
      expect(error.message).toContain(watermark)
    }
  })
})

describe('an incremental export into one file', () => {
  it('appends days, and replaces the rows of one that was sealed again', async () => {
    const place = await sealedPlace()
    const settings = { incremental: { into: 'append' as const } }
    await place.seal(ONE, [row(ONE, 1), row(ONE, 2)])
    await place.export(settings)
    await place.seal(TWO, [row(TWO, 3)])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1, 2, 3])
    await place.seal(ONE, [row(ONE, 1), row(ONE, 7)])
    expect(idsOf(await rowsOf(place, await place.export(settings)))).toEqual([1, 7, 3])
    expect((await place.export(settings)).kind).toBe('nothing-new')
    const files = (await exportedKeys(place)).filter((key) => key.endsWith('.ndjson'))
    expect(files).toHaveLength(2)
    expect(files.at(-1)).toBe('exports/rows/rows_20250320_000006.ndjson')
    expect((await place.store.get('exports/rows/latest.ndjson'))!.bytes).toEqual(
      (await place.store.get(files[1]!))!.bytes,
    )
  })

  it('merges rows by their keys: the newest is kept', async () => {
    const place = await sealedPlace()
    const settings = { incremental: { into: 'merge' as const, keys: ['id'] }, columns: ['value'] }
    await place.seal(ONE, [row(ONE, 1), row(ONE, 2), row(ONE, 3, { value: 'old' }), row(ONE, 3)])
    await place.seal(TWO, [row(TWO, 2)])
    expect(await rowsOf(place, await place.export(settings))).toEqual([
      { value: `${ONE} 1` },
      { value: `${ONE} 3` },
      { value: `${TWO} 2` },
    ])
    await place.seal(ONE, [row(ONE, 5)])
    expect(await rowsOf(place, await place.export(settings))).toEqual([{ value: `${ONE} 5` }, { value: `${TWO} 2` }])
  })

  it('gives a database an index on the keys', async () => {
    const place = await sealedPlace()
    await place.seal(ONE, [row(ONE, 1), row(ONE, 1, { value: 'newer' })])
    const incremental = { into: 'merge' as const, keys: ['id'] }
    const outcome = await place.export({ formats: ['sqlite'], incremental })
    const [file] = outcome.kind === 'exported' ? outcome.outputs : []
    const database = new DatabaseSync(join(place.out, file!.output.key), { readOnly: true })
    try {
      expect(database.prepare('SELECT id, value FROM app').all()).toEqual([{ id: 1, value: 'newer' }])
      const plan = database.prepare('EXPLAIN QUERY PLAN SELECT * FROM app WHERE id = 1').all()
      expect(JSON.stringify(plan)).toContain('USING INDEX')
    } finally {
      database.close()
    }
  })
})
