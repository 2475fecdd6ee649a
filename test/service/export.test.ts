import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { exportSchema } from '../../lib/export/settings.ts'
import { downloadUrl } from '../../lib/service/download-url.ts'
import { type ExportDays, exportDays } from '../../lib/service/export.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE } from '../seal/day.ts'
import { thrownBy } from '../thrown.ts'
import { makeRunning, NEVER, type Running } from './running.ts'

const EXPORTS = z.array(exportSchema).parse([
  { name: 'table', formats: ['csv'] },
  { name: 'new', formats: ['ndjson'], incremental: {} },
  { name: 'week', formats: ['json'], days: 7 },
  { name: 'elsewhere', formats: ['ndjson'], to: join(tmpdir(), 'dayseal-test-not-there') },
])

let running: Running
beforeEach(async () => {
  running = await makeRunning((dataset) => ({ ...dataset, exports: EXPORTS }))
  await running.seal()
})
afterEach(() => running.remove())

const run = (name: string, days: ExportDays, full = false) =>
  exportDays(running.service, {
    dataset: 'logs',
    export: name,
    days,
    full,
    runId: 'run',
    scratch: tmpdir(),
    signal: NEVER,
  })
const CONFIGURED = { kind: 'configured' } as const
const named = (...dates: readonly string[]): ExportDays => ({ kind: 'named', dates })
const files = async () => (await openStore(running.dataset.out).list('exports/')).map(({ key }) => key)

describe('exportDays', () => {
  it('announces the files, and answers with them', async () => {
    const done = await run('table', named(DATE, DATE))
    expect(done).toMatchObject({ outcome: 'exported', first_day: DATE, last_day: DATE, days: 1, rows: 48 })
    expect(done.keys).toHaveLength(1)
    expect(await files()).toEqual(expect.arrayContaining([...done.keys]))
    const { rows, bytes, location, keys } = done
    const span = { firstDay: DATE, lastDay: DATE, days: 1 }
    expect(running.announced).toEqual([{ kind: 'Export Done', export: 'table', ...span, rows, bytes, location, keys }])
  })

  it('takes yesterday of the time that was set, however late it is', async () => {
    running.setClock(new Date('2031-01-01T00:00:00Z'))
    const on = (time: string): ExportDays => ({ kind: 'scheduled', time: new Date(time) })
    expect(await run('table', on('2025-03-15T04:30:00Z'))).toMatchObject({ first_day: DATE, days: 1 })
    expect((await thrownBy(() => run('table', on('2025-03-16T04:30:00Z')))).message).toContain(
      '2025-03-15 is not sealed',
    )
    expect(await run('week', on('2025-03-20T04:30:00Z'))).toMatchObject({ first_day: DATE, days: 1 })
    expect((await thrownBy(() => run('table', CONFIGURED))).message).toContain('2030-12-31 is not sealed')
  })

  it('does not announce that nothing is new', async () => {
    expect(await run('new', CONFIGURED)).toMatchObject({ outcome: 'exported', rows: 48 })
    expect(await run('new', CONFIGURED)).toMatchObject({ outcome: 'nothing-new', rows: 0, first_day: null, keys: [] })
    expect(await run('new', CONFIGURED, true)).toMatchObject({ outcome: 'exported', rows: 48 })
    expect(running.announced.map(({ kind }) => kind)).toEqual(['Export Done', 'Export Done'])
  })

  it('announces a failure, and throws it again', async () => {
    const error = await thrownBy(() => run('table', named('2025-03-13')))
    expect(error.code).toBe('guard')
    const { message: cause } = error
    expect(running.announced).toEqual([{ kind: 'Export Failed', export: 'table', error: 'Dayseal.guard', cause }])
    const [record] = await running.service.catalog.exports('logs', { limit: 1 })
    expect(record).toMatchObject({ export: 'table', outcome: 'failed', error: cause })
  })

  it('loses neither failure when the bus is away too', async () => {
    running.loseAnnouncement()
    const failed = run('table', named('2025-03-13'))
    await expect(failed).rejects.toThrow(AggregateError)
    await expect(failed).rejects.toThrow(/2025-03-13 is not sealed.*the bus is away/s)
  })

  it('fails, with its files there, when they cannot be announced', async () => {
    running.loseAnnouncement()
    await expect(run('table', named(DATE))).rejects.toThrow('the bus is away')
    expect(await files()).toHaveLength(2)
    expect(running.announced).toEqual([])
  })

  it('announces files of an incremental export with the next run, when that could not be', async () => {
    running.loseAnnouncement()
    await expect(run('new', CONFIGURED)).rejects.toThrow('the bus is away')
    // Lambda tries again with the name of the run.
    running.setClock(new Date('2025-03-16T00:06:00Z'))
    expect(await run('new', CONFIGURED)).toMatchObject({ outcome: 'nothing-new' })
    expect(running.announced).toMatchObject([{ kind: 'Export Done', export: 'new', firstDay: DATE, rows: 48 }])
    expect(await run('new', CONFIGURED)).toMatchObject({ outcome: 'nothing-new' })
    expect(running.announced).toHaveLength(1)
  })

  it('announces nothing of an export that nobody has', async () => {
    const error = await thrownBy(() => run('tabel', CONFIGURED))
    expect(error.code).toBe('usage')
    expect(error.message).toContain('seen: "tabel"; wanted: table, new, week, elsewhere')
    expect((await thrownBy(() => run('table', named('2025-02-30')))).code).toBe('usage')
    expect(running.announced).toEqual([])
  })
})

describe('downloadUrl', () => {
  const url = (key: string) => downloadUrl(running.service, { dataset: 'logs', key, expiresSeconds: 60 })

  it('is refused for what is no key of an export', async () => {
    const keys = [
      'schema.json',
      `history/${DATE}/manifest.g0001.json`,
      `exports/../history/${DATE}/manifest.g0001.json`,
      'exports/',
      'exports',
      '/exports/table/x.csv',
      'exports//x.csv',
      'exports/./x.csv',
      'exports/x\0.csv',
      'elsewhere/../../x',
      'elsewhere',
      '',
      '__proto__',
      '\ud800',
    ]
    for (const key of keys) expect([key, (await thrownBy(() => url(key))).code]).toEqual([key, 'usage'])
  })

  it('is refused for a file that is not there, and for a store that has no URLs', async () => {
    expect((await thrownBy(() => url('exports/table/x.csv'))).reason).toBe('object-missing')
    const { keys } = await run('table', named(DATE))
    expect((await thrownBy(() => url(keys[0]!))).message).toContain('names no bucket')
  })
})
