import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DATE } from '../seal/day.ts'
import { thrownBy } from '../thrown.ts'
import { makeRunning, type Running } from './running.ts'

let running: Running
beforeEach(async () => {
  running = await makeRunning()
})
afterEach(() => running.remove())

const dayRecord = () => running.service.catalog.day('logs', DATE)
const sources = () => running.service.catalog.sources('logs', DATE)

describe('an object arrives', () => {
  it('converts its hour once, and knows the source', async () => {
    for (let i = 0; i < 10; i++) {
      expect(await running.arrive('05', '0000000A')).toMatchObject({ kind: i === 0 ? 'converted' : 'unchanged' })
    }
    expect(await sources()).toEqual([
      expect.objectContaining({ hour: '05', state: 'converted', sequencer: '0000000A', bytes: expect.any(Number) }),
    ])
    expect(await dayRecord()).toMatchObject({ state: 'open', hours_found: 24, generation: null })
    expect(running.announced).toEqual([])
  })

  it('leaves a day alone when an older event comes late', async () => {
    await running.arrive('05', '000000B0')
    expect(await running.arrive('05', '000000A0')).toEqual({ kind: 'older' })
    expect((await sources())[0]).toMatchObject({ sequencer: '000000B', state: 'converted' })
  })

  it('records an object that is gone by the time its event comes', async () => {
    await running.day.removeHour('05')
    expect(await running.arrive('05')).toEqual({ kind: 'empty', hoursFound: 23 })
    expect((await sources())[0]).toMatchObject({ state: 'deleted' })
  })

  it('makes a sealed day stale when its content is new, and says so once for each object', async () => {
    await running.concludeSealed()
    expect(await running.arrive('05')).toMatchObject({ kind: 'unchanged' })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 1 })
    await running.day.writeHour('05', [{ hour: 5, text: 'late' }])
    const sequencer = '0000FF'
    for (let i = 0; i < 3; i++) await running.arrive('05', sequencer)
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(running.announced.filter(({ kind }) => kind === 'Day Stale')).toEqual([
      { kind: 'Day Stale', generation: 1, key: `${DATE.replaceAll('-', '')}/05.jsonl.gz` },
    ])
    expect(await running.seal('run-2')).toMatchObject({ kind: 'sealed', generation: 2 })
    expect(await dayRecord()).toMatchObject({ state: 'sealed', generation: 2, late: [] })
  })

  it('knows a sealed day that the catalog has lost', async () => {
    await running.day.seal()
    await running.day.writeHour('05', [{ hour: 5, text: 'late' }])
    await running.arrive('05')
    expect(await dayRecord()).toMatchObject({ state: 'stale', generation: 1 })
    expect(running.announced).toMatchObject([{ kind: 'Day Stale', generation: 1 }])
  })

  it('tells of an hour that cannot be converted: which key, and why, once', async () => {
    await writeFile(join(running.day.archive, DATE.replaceAll('-', ''), '05.jsonl.gz'), 'no gzip, no JSON')
    for (let i = 0; i < 3; i++) expect((await thrownBy(() => running.arrive('05', '0A'))).code).toBe('source')
    expect(running.announced).toEqual([
      { kind: 'Hour Failed', hour: '05', key: '20250314/05.jsonl.gz', cause: expect.stringContaining('05.jsonl.gz') },
    ])
    expect((await sources())[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('05.jsonl.gz') })
    await running.day.writeHour('05', [{ hour: 5 }])
    expect(await running.arrive('05', '0B')).toMatchObject({ kind: 'converted' })
    expect((await sources())[0]).toMatchObject({ state: 'converted' })
  })
})
