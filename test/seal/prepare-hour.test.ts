import { readFile, rm, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { planDay } from '../../lib/seal/plan-day.ts'
import { type PreparedHour, prepareHour } from '../../lib/seal/prepare-hour.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { thrownBy } from '../thrown.ts'
import { DATE, type Day, makeDay, NOW, ofKind, twoRows } from './day.ts'

let day: Day
beforeEach(async () => {
  day = await makeDay()
})
afterEach(() => rm(dirname(day.archive), { recursive: true, force: true }))

const stores = () => ({ archive: openStore(day.archive), out: openStore(day.out, { createRoot: true }) })
const prepare = (hour: string) => prepareHour({ dataset: day.dataset, ...stores(), date: DATE, hour })
const plan = (minHours = 24, now = NOW) => planDay({ dataset: day.dataset, ...stores(), date: DATE, now, minHours })

function withLedger(outcome: PreparedHour): Exclude<PreparedHour, { kind: 'empty' }> {
  if (outcome.kind === 'empty') throw new Error('the hour is empty')
  return outcome
}

describe('prepareHour', () => {
  it('converts an hour once, whatever the number of calls', async () => {
    const first = withLedger(await prepare('05'))
    expect(first).toMatchObject({ kind: 'converted', stale: undefined, ledger: { hour: '05', rows: 2 } })
    const part = await readFile(join(day.out, 'hourly', DATE, '05.parquet'))
    for (let i = 0; i < 10; i++) {
      const again = withLedger(await prepare('05'))
      expect(again.kind).toBe('unchanged')
      expect(again.ledger).toEqual(first.ledger)
    }
    expect(await readFile(join(day.out, 'hourly', DATE, '05.parquet'))).toEqual(part)
  })

  it('leaves the part when the same content is written again, and takes the new etag', async () => {
    const before = withLedger(await prepare('05')).ledger
    await day.writeHour('05', twoRows('05'))
    const file = join(day.archive, DATE.replaceAll('-', ''), '05.jsonl.gz')
    await utimes(file, new Date(), new Date(Date.now() + 5000))
    const after = withLedger(await prepare('05'))
    expect(after.kind).toBe('unchanged')
    expect(after.ledger.sources[0]!.etag).not.toBe(before.sources[0]!.etag)
    expect(after.ledger.part).toEqual(before.part)
  })

  it('converts an hour again when its content is another', async () => {
    await prepare('05')
    await day.writeHour('05', [{ hour: 5, text: 'late' }])
    expect(withLedger(await prepare('05'))).toMatchObject({ kind: 'converted', ledger: { rows: 1 } })
  })

  it('has nothing to do for an hour whose object was deleted', async () => {
    await day.removeHour('05')
    expect(await prepare('05')).toEqual({ kind: 'empty', hoursFound: 23 })
  })

  it('names the generation that new content makes stale, each time', async () => {
    await day.seal()
    expect(withLedger(await prepare('05')).stale).toBeUndefined()
    await day.writeHour('05', [{ hour: 5, text: 'late' }])
    for (const kind of ['converted', 'unchanged'] as const) {
      const outcome = withLedger(await prepare('05'))
      expect(outcome.kind).toBe(kind)
      expect(outcome.stale?.manifest.generation).toBe(1)
    }
  })

  it('makes parts that a seal takes as they are', async () => {
    await day.seal()
    const sealed = (await readFile(join(day.out, 'daily', DATE, 'manifest.json'), 'utf8')).match(
      /"parquet_sha256": "\w+"/,
    )
    const base = await readFile(join(day.out, 'schema.json'))
    await rm(day.out, { recursive: true })
    await stores().out.putIfAbsent('schema.json', base)
    for (const hour of HOURS) await prepare(hour)
    const outcome = ofKind(await day.seal(), 'sealed')
    expect(outcome.converted).toEqual([])
    expect(outcome.manifest.parquet_sha256).toBe(/"(\w{64})"/.exec(sealed![0])![1])
  })

  it('refuses what is no hour', async () => {
    for (const hour of ['24', '5', '../05', '']) expect((await thrownBy(() => prepare(hour))).code).toBe('usage')
  })
})

describe('planDay', () => {
  it('wants every hour converted at first, none when all are, and says when the day is sealed', async () => {
    expect(await plan()).toEqual({
      kind: 'ready',
      date: DATE,
      generation: null,
      found: 24,
      missing: [],
      hoursToConvert: HOURS,
    })
    for (const hour of HOURS.slice(1)) await prepare(hour)
    expect(await plan()).toMatchObject({ kind: 'ready', hoursToConvert: ['00'] })
    await day.seal()
    expect(await plan()).toEqual({ kind: 'sealed', date: DATE, generation: 1 })
    await day.writeHour('05', [{ late: true }])
    expect(await plan()).toMatchObject({ kind: 'ready', generation: 1, hoursToConvert: ['05'] })
  })

  it('names the hours that are missing, and lets fewer be enough', async () => {
    await day.removeHour('03')
    await day.removeHour('22')
    expect(await plan()).toMatchObject({ kind: 'incomplete', found: 22, missing: ['03', '22'] })
    expect(await plan(22)).toMatchObject({ kind: 'ready', found: 22, missing: ['03', '22'] })
  })

  it('refuses a day that is not over', async () => {
    const now = new Date(`${DATE}T23:59:59.999Z`)
    expect(await plan(24, now)).toEqual({ kind: 'not-over', date: DATE, today: DATE })
  })
})

describe('convertHere', () => {
  it('seals what worker threads seal', async () => {
    const here = ofKind(await day.seal(), 'sealed').manifest
    await rm(day.out, { recursive: true })
    const threads = ofKind(await day.sealInThreads(2), 'sealed').manifest
    expect(here.parquet_sha256).toBe(threads.parquet_sha256)
  })

  it('stops between hours', async () => {
    const controller = new AbortController()
    const converted: string[] = []
    const sealing = day.seal({
      signal: controller.signal,
      onProgress: ({ phase, detail }) => {
        if (phase !== 'convert' || detail === undefined) return
        converted.push(detail)
        if (converted.length === 3) controller.abort()
      },
    })
    await expect(sealing).rejects.toThrow(/abort/)
    expect(converted).toHaveLength(3)
  })
})
