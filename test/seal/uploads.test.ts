import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { prepareHour } from '../../lib/seal/prepare-hour.ts'
import { sha256 } from '../../lib/sha256.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { thrownBy } from '../thrown.ts'
import { DATE, NOW, ofKind } from './day.ts'
import { allHours, makeUploads, WRITTEN } from './uploaded.ts'

type Place = Awaited<ReturnType<typeof makeUploads>>

let place: Place
beforeEach(async () => {
  place = await makeUploads()
})
afterEach(() => place.remove())

const FOLDER = DATE.replaceAll('-', '')
const sliceKey = (hour: string, id: string) => `${FOLDER}/${hour}/${id}.jsonl.gz`
const put = (key: string, bytes: Uint8Array) => putObject(place.archive, key, bytes)
const verified = async () => {
  const { checks, result } = await place.verify()
  return { result, failed: checks.filter((check) => check.result === 'failed').map(({ id }) => id) }
}
const PASSED = { result: 'passed', failed: [] }
const WARNED = { ...PASSED, result: 'warned' }

describe('slices count', () => {
  it('when their upload has a ledger; an object with another name counts in any case', async () => {
    const id = await place.partition('a.jsonl', allHours())
    const stray = 'e'.repeat(32)
    await put(sliceKey('05', stray), Buffer.from('{"hour":"never"}\n'))
    await put(`${FOLDER}/05/producer.jsonl`, Buffer.from('{"hour":"05"}\n{"hour":"05"}\n'))
    const { manifest, unexpected } = ofKind(await place.seal(), 'sealed')
    expect(manifest.sources.map(({ key }) => key)).not.toContain(sliceKey('05', stray))
    expect(manifest.row_count).toBe(26)
    expect(unexpected).toEqual([])
    expect(manifest.uploads).toEqual({
      rule: 'hours',
      silent_hours: [],
      in_flight: 0,
      quiet_minutes: 60,
      quiet_since_utc: '2025-03-15T00:00:00.000Z',
      uploads: [{ key: 'uploads/a.jsonl', seq: 1, id, sha256: sha256(Buffer.from(JSON.stringify(allHours()))) }],
    })
    expect(await verified()).toEqual(PASSED)
  })

  it('once, of two uploads of one content, both of which are named', async () => {
    const id = await place.partition('b.jsonl', allHours())
    await place.partition('a.jsonl', allHours())
    const { manifest } = ofKind(await place.seal(), 'sealed')
    expect(manifest.row_count).toBe(24)
    expect(manifest.uploads?.uploads.map((upload) => [upload.key, upload.id])).toEqual([
      ['uploads/a.jsonl', id],
      ['uploads/b.jsonl', id],
    ])
    expect(await verified()).toEqual(PASSED)
  })

  it('as every object does, of a dataset without uploads, whose manifest says nothing of them', async () => {
    await place.partition('a.jsonl', allHours())
    await put(`${FOLDER}/05/${'e'.repeat(32)}.jsonl.gz`, gzipSync('{"hour":"05"}\n'))
    const { uploads: _, ...dataset } = place.dataset
    const { manifest } = ofKind(await place.seal({ dataset }), 'sealed')
    expect(manifest.row_count).toBe(25)
    expect(manifest).not.toHaveProperty('uploads')
  })
})

describe('an upload that is replaced', () => {
  it('makes its days stale, whose next generation is without its slices', async () => {
    await place.partition('a.jsonl', allHours())
    const old = await place.partition('b.jsonl', { '05': [{ hour: 'old' }, { hour: 'old' }], '06': [{ hour: 'old' }] })
    expect(ofKind(await place.seal(), 'sealed').manifest.row_count).toBe(27)
    expect(await place.plan()).toMatchObject({ kind: 'sealed' })
    const id = await place.partition('b.jsonl', { '05': [{ hour: 'new' }] }, { seq: 2 })
    await rm(join(place.location, sliceKey('06', old)))
    expect(await place.plan()).toMatchObject({ kind: 'ready', generation: 1, hoursToConvert: ['05', '06'] })
    expect(await place.seal()).toMatchObject({
      kind: 'refused',
      guard: 'removal',
      shrunk: [{ key: sliceKey('05', old), before: 3, after: 1 }],
    })
    const { manifest, generation } = ofKind(await place.seal({ allowRemoval: true }), 'sealed')
    expect(generation).toBe(2)
    expect(manifest.row_count).toBe(25)
    expect(manifest.sources).toHaveLength(25)
    expect(manifest.uploads?.uploads).toContainEqual(expect.objectContaining({ key: 'uploads/b.jsonl', seq: 2, id }))
    expect(manifest.uploads?.uploads.some((upload) => upload.id === old)).toBe(false)
    expect(await verified()).toEqual(PASSED)
    expect(await place.seal()).toMatchObject({ kind: 'already-sealed', generation: 2 })
  })

  it('makes its days stale also when the new version has nothing of them', async () => {
    await place.partition('a.jsonl', allHours())
    await place.partition('b.jsonl', { '05': [{ hour: 'old' }] })
    ofKind(await place.seal(), 'sealed')
    await place.partition('b.jsonl', {}, { seq: 2 })
    expect(await place.plan()).toMatchObject({ kind: 'ready', hoursToConvert: ['05'] })
    const { manifest, generation } = ofKind(await place.seal({ allowRemoval: true }), 'sealed')
    expect([generation, manifest.row_count, manifest.uploads?.uploads.length]).toEqual([2, 24, 1])
    expect(await verified()).toEqual(PASSED)
  })

  it('leaves an hour without a source, and the day refused unless it may be silent', async () => {
    const hours = allHours()
    const { '07': only, ...others } = hours
    await place.partition('a.jsonl', others)
    await place.partition('b.jsonl', { '07': only! })
    ofKind(await place.seal(), 'sealed')
    await place.partition('b.jsonl', { '08': [{ hour: '08' }] }, { seq: 2 })
    expect(await place.seal()).toMatchObject({ kind: 'refused', guard: 'hours', missing: ['07'], found: 23 })
    const dataset = { ...place.dataset, uploads: { ...place.dataset.uploads!, silentHours: ['03', '07'] } }
    const { manifest } = ofKind(await place.seal({ dataset }), 'sealed')
    expect(manifest).toMatchObject({ generation: 2, hours_found: 23, missing_hours: [], is_partial: false })
    expect(manifest.uploads).toMatchObject({ rule: 'silent', silent_hours: ['07'] })
    expect(await verified()).toEqual(PASSED)
  })

  it('does not hide a source that is gone', async () => {
    await place.partition('a.jsonl', allHours())
    await put(`${FOLDER}/05/producer.jsonl`, Buffer.from('{"hour":"05"}\n'))
    await place.partition('b.jsonl', { '05': [{ hour: 'old' }], '06': [{ hour: 'old' }] })
    ofKind(await place.seal(), 'sealed')
    await rm(join(place.location, FOLDER, '05', 'producer.jsonl'))
    await place.partition('b.jsonl', { '06': [{ hour: 'new' }] }, { seq: 2 })
    const error = await thrownBy(() => place.seal())
    expect([error.code, error.message]).toEqual(['source', expect.stringContaining('05/producer.jsonl missing')])
    expect(ofKind(await place.seal({ allowRemoval: true }), 'sealed').manifest.row_count).toBe(25)
  })

  it('leaves a slice that was deleted by hand in its part', async () => {
    const id = await place.partition('a.jsonl', allHours())
    ofKind(await place.seal(), 'sealed')
    await rm(join(place.location, sliceKey('05', id)))
    expect(await place.seal()).toMatchObject({ kind: 'already-sealed' })
    await place.partition('b.jsonl', { '06': [{ hour: '06' }] })
    const { manifest } = ofKind(await place.seal(), 'sealed')
    expect(manifest.row_count).toBe(25)
    expect((await place.verify()).result).toBe('warned')
  })

  it('is not what lost ledgers are: the day keeps what it has of them, and says of which uploads', async () => {
    const { '06': _, ...others } = allHours()
    const lost = await place.partition('a.jsonl', others)
    ofKind(await place.seal({ minHours: 23 }), 'sealed')
    for (const folder of ['_uploads', 'uploads']) await rm(join(place.location, folder), { recursive: true })
    const id = await place.partition('b.jsonl', { '06': [{ hour: '06' }] })
    const { manifest, converted } = ofKind(await place.seal(), 'sealed')
    expect([manifest.row_count, converted]).toEqual([24, ['06']])
    expect(manifest.uploads?.uploads.map((upload) => upload.id)).toEqual([lost, id])
    expect(await verified()).toEqual(PASSED)
  })

  it('is not what an object is that a day was sealed with before it had uploads', async () => {
    await place.partition('a.jsonl', allHours())
    await put(sliceKey('05', 'e'.repeat(32)), gzipSync('{"hour":"05"}\n'))
    const { uploads: _, ...dataset } = place.dataset
    ofKind(await place.seal({ dataset }), 'sealed')
    await place.partition('b.jsonl', { '06': [{ hour: '06' }] })
    const error = await thrownBy(() => place.seal())
    expect([error.code, error.message]).toEqual(['source', expect.stringContaining('is named like a slice')])
    const { manifest } = ofKind(await place.seal({ allowRemoval: true }), 'sealed')
    expect(manifest.row_count).toBe(25)
    expect(await verified()).toEqual(PASSED)
  })
})

describe('prepareHour', () => {
  it('makes the part of an hour of the slices that count, and again when they are replaced', async () => {
    const { dataset, archive, out } = place
    const prepare = (hour: string) => prepareHour({ dataset, archive, out, date: DATE, hour })
    await put(sliceKey('06', 'e'.repeat(32)), gzipSync('{"hour":"never"}\n'))
    expect(await prepare('06')).toEqual({ kind: 'empty', hoursFound: 0 })
    await place.partition('a.jsonl', allHours())
    await place.partition('b.jsonl', { '05': [{ hour: 'old' }] })
    expect(await prepare('05')).toMatchObject({ kind: 'converted', ledger: { rows: 2 }, stale: undefined })
    ofKind(await place.seal(), 'sealed')
    await place.partition('b.jsonl', {}, { seq: 2 })
    const stale = { manifest: { generation: 1 } }
    expect(await prepare('05')).toMatchObject({ kind: 'converted', ledger: { rows: 1 }, stale })
    expect(await prepare('06')).toMatchObject({ kind: 'unchanged', ledger: { rows: 1 }, stale: undefined })
  })
})

describe('a day with uploads that may still come', () => {
  it('is refused while one is in flight, whatever the hours', async () => {
    await place.partition('a.jsonl', allHours())
    await place.arrive('b.jsonl', '{}')
    await place.arrive('c.jsonl', '{}')
    const refused = { kind: 'refused', guard: 'uploads', found: 24 }
    const uploads = { kind: 'in-flight', count: 2, first: 'uploads/b.jsonl' }
    expect(await place.seal()).toMatchObject({ ...refused, uploads })
    expect(await place.plan()).toMatchObject({ kind: 'incomplete', found: 24, missing: [], uploads })
    const { manifest } = ofKind(await place.seal({ allowIncomplete: true }), 'sealed')
    expect(manifest.guards.hours).toBe('passed')
    expect(manifest.uploads).toMatchObject({ rule: 'overridden', in_flight: 2 })
    expect(await verified()).toEqual(WARNED)
  })

  it('is refused until the quiet time after its last upload is over', async () => {
    const written = new Date('2025-03-15T01:30:00.000Z')
    await place.partition('a.jsonl', allHours())
    await place.partition('b.jsonl', { '05': [{ hour: '05' }] }, { written })
    const until = new Date('2025-03-15T02:30:00.000Z')
    expect(await place.seal({ now: new Date('2025-03-15T02:29:59.999Z') })).toMatchObject({
      guard: 'uploads',
      uploads: { kind: 'not-quiet', since: written, until },
    })
    const { manifest } = ofKind(await place.seal({ now: until }), 'sealed')
    expect(manifest.uploads).toMatchObject({ rule: 'hours', quiet_since_utc: written.toISOString() })
    expect(await verified()).toEqual(PASSED)
  })

  it('is refused until the quiet time after its end is over', async () => {
    await place.partition('a.jsonl', allHours(), { written: WRITTEN })
    expect(await place.plan({ now: new Date('2025-03-15T00:59:59Z') })).toMatchObject({
      kind: 'incomplete',
      missing: [],
    })
    expect(await place.plan({ now: new Date('2025-03-15T01:00:00Z') })).toMatchObject({
      kind: 'ready',
      uploads: undefined,
    })
  })

  it('does not wait for the uploads of other days', async () => {
    await place.partition('a.jsonl', allHours())
    await place.partition('b.jsonl', {}, { written: NOW })
    expect(await place.seal()).toMatchObject({ kind: 'sealed' })
  })

  it('is told of uploads in flight, then of missing hours, then to wait', async () => {
    const { '07': _, ...others } = allHours()
    await place.partition('a.jsonl', others, { written: NOW })
    expect(await place.seal()).toMatchObject({ guard: 'hours', missing: ['07'] })
    expect(await place.seal({ minHours: 23 })).toMatchObject({ guard: 'uploads', uploads: { kind: 'not-quiet' } })
    await place.arrive('b.jsonl', '{}')
    expect(await place.seal()).toMatchObject({ guard: 'uploads', missing: ['07'], uploads: { kind: 'in-flight' } })
  })

  it('is planned again when an upload comes while it is sealed', async () => {
    await place.partition('a.jsonl', allHours())
    let came = false
    const outcome = await place.seal({
      onProgress: ({ phase }) => {
        if (phase !== 'commit' || came) return
        came = true
        writeFileSync(join(place.location, 'uploads', 'b.jsonl'), '{}')
      },
    })
    expect(came).toBe(true)
    expect(outcome).toMatchObject({ kind: 'refused', guard: 'uploads', uploads: { kind: 'in-flight' } })
    expect(await place.out.list('generations/')).toEqual([])
  })
})

describe('hours that may be silent', () => {
  it('count as complete, also all of them', async () => {
    const dataset = { ...place.dataset, uploads: { ...place.dataset.uploads!, silentHours: 'any' as const } }
    expect(await place.seal({ dataset, dryRun: true })).toMatchObject({ manifest: { row_count: 0 } })
    await place.partition('a.jsonl', { '05': [{ hour: '05' }] })
    const { manifest } = ofKind(await place.seal({ dataset }), 'sealed')
    expect(manifest).toMatchObject({ hours_found: 1, missing_hours: [], is_partial: false, coverage_ratio: 1 / 24 })
    expect(manifest.uploads).toMatchObject({ rule: 'silent', silent_hours: HOURS.filter((hour) => hour !== '05') })
    expect(await verified()).toEqual(PASSED)
  })

  it('are not needed by a day that has enough hours, and do not pass for others', async () => {
    const { '07': _, '08': __, ...others } = allHours()
    await place.partition('a.jsonl', others)
    const dataset = { ...place.dataset, uploads: { ...place.dataset.uploads!, silentHours: ['08'] } }
    expect(await place.seal({ dataset })).toMatchObject({ guard: 'hours', missing: ['07'], found: 23 })
    const { manifest } = ofKind(await place.seal({ dataset, minHours: 22 }), 'sealed')
    expect(manifest).toMatchObject({ missing_hours: ['07'], is_partial: true })
    expect(manifest.uploads).toMatchObject({ rule: 'hours', silent_hours: ['08'] })
    expect(await verified()).toEqual(WARNED)
    const all = await place.seal({ dataset, force: true, allowIncomplete: true })
    expect(ofKind(all, 'sealed').manifest).toMatchObject({
      uploads: { rule: 'overridden' },
      guards: { hours: 'overridden' },
    })
    expect(await verified()).toEqual(WARNED)
  })
})
