import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../lib/config.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import { viewDataKey } from '../../lib/keys.ts'
import { seal } from '../../lib/seal/seal.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { verify } from '../../lib/verify/verify.ts'
import { readWithDayseal } from '../property/read-rows.ts'
import { DATE, type Day, makeDay, NOW, ofKind } from '../seal/day.ts'
import { butForHours } from './but-for-hours.ts'
import { notPassed } from './verify-day.ts'

/*
 * Days as `seal` makes them, in directories: the verifier and the sealer were written apart, and must agree.
 */

/** Every row beside its source line. */
async function problemsOf(day: Day, dataset: Dataset = day.dataset): Promise<string[]> {
  const archive = openStore(dataset.archive.location)
  const verdict = await verify({ dataset, date: DATE, out: openStore(dataset.out), archive, sample: 1e6 })
  expect(verdict.facts.rows_sampled).toBe(verdict.facts.columns === 0 ? 0 : verdict.facts.row_count)
  return notPassed(butForHours(verdict))
}

async function writeObject(day: Day, name: string, content: Uint8Array | string): Promise<void> {
  const file = join(day.archive, DATE.replaceAll('-', ''), name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
}

/** Every file under a folder, with its size and when it was last changed. */
async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  const states = names.map(async (name) => {
    const { size, mtimeNs, ctimeNs } = await stat(join(folder, name), { bigint: true })
    return `${name} ${size} ${mtimeNs} ${ctimeNs}`
  })
  return (await Promise.all(states)).sort()
}

const LINES = [
  '\ufeff{"id":1,"n":9007199254740993,"f":1,"t":"2025-03-14T00:00:00.000001Z","mixed":1,"deep":[[{"a":[]}]]}',
  '{"id":2,"n":-9223372036854775808,"f":0.1,"t":"2025-03-13T23:59:59-01:00","mixed":"x","deep":[[],[null,{}]]}\r',
  '',
  '  \t',
  '{"id":3,"id":4,"f":-0,"mixed":{"k":[1.50]},"empty":{},"none":null,"list":[],"__proto__":{"x":1}}',
  '{"id":5,"Id":6,"f":1e400,"big":123456789012345678901234567890,"emoji":"\\ud83d\\ude00","deep":null}',
  'not json',
  '["no object"]',
  '{"id":7,"lone":"\\ud800"}',
  '{"late":{"field":[{"x":1,"y":{"z":true}}]}}',
  '{"late":{"field":[]},"dotted.key":1,"":2,"*":3}',
  '{}',
]

/** As it may be written in JSON: what is no letter as an escape. */
const escaped = (key: string) =>
  key.replace(/[^a-z]/g, (char) => (char === '\\' ? '\\\\' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`))

/** An object whose keys are data. */
const counts = (seed: number) =>
  JSON.stringify({
    counts: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`key ${seed * 9 + i}`, i % 3 === 0 ? null : i])),
  })

describe('a day that seal made', () => {
  it('of rows of every shape passes, row by row', async () => {
    const day = await makeDay((hour) => (hour < '12' ? [] : [{ id: Number(hour), late: null, only_at_noon: [hour] }]))
    const dataset = { ...day.dataset, limits: { ...day.dataset.limits, maxQuarantineShare: 0.5 } }
    await writeObject(day, '03.jsonl.gz', gzipSync(LINES.join('\n')))
    await writeObject(
      day,
      '04.jsonl.gz',
      Buffer.concat([gzipSync(`${LINES[0]}\n${LINES[1]!.slice(0, 20)}`), gzipSync(LINES[1]!.slice(20))]),
    )
    await writeObject(day, '05.jsonl.gz', gzipSync(Array.from({ length: 40 }, (_, i) => counts(i)).join('\n')))
    await writeObject(day, '06.jsonl.gz', gzipSync(''))
    const { manifest } = ofKind(
      await seal({ dataset, date: DATE, now: NOW, newId: () => 'one', converter: convertHere() }),
      'sealed',
    )
    expect(manifest.totals.rows_quarantined).toBe(3)
    expect(manifest.schema.find(({ name }) => name === 'counts')?.type).toEqual({ map: 'int64' })
    expect(await problemsOf(day, dataset)).toEqual([])
  })

  it('whose keys are escapes passes, however they follow each other', async () => {
    const keys = ['\\', '\n', '"', 'é', '/', '\\\\', '\\a', '\\b', '\\n', '\b']
    const day = await makeDay((hour) => [{ top: Number(hour), mixed: 1 }])
    const lines = [...keys, ...keys.toReversed()].flatMap((key, i) => {
      const member = `"before ${(i % keys.length) >> 1}":null,"${escaped(key)}":${i}`
      return [`{${member}}`, `{"mixed":{${member}}}`, `{"list":[{${member}}]}`]
    })
    await writeObject(day, '03.jsonl.gz', gzipSync(lines.join('\n')))
    const { manifest } = ofKind(await day.seal(), 'sealed')
    expect(manifest.schema.map(({ name }) => name)).toEqual(expect.arrayContaining(keys))
    expect(manifest.schema.find(({ name }) => name === 'mixed')?.type).toBe('json')
    expect(await problemsOf(day)).toEqual([])
  })

  it('with overrides, timestamps and an event time passes', async () => {
    const ts = (hour: string, n: number) => `2025-03-14T${hour}:00:0${n}.${n}+00:00`
    const day = await makeDay((hour) =>
      [1, 2, 3].map((n) => ({
        meta: { added_ts: n === 3 ? null : ts(hour, n) },
        norm: { a: n },
        raw: [n],
        by: { [`k${hour}`]: n },
        old: n,
      })),
    )
    for (const added of ['timestamp', undefined] as const) {
      const overrides = {
        norm: 'drop' as const,
        raw: 'json' as const,
        by: 'map' as const,
        old: { rename: 'new' },
        ...(added === undefined ? {} : { 'meta.added_ts': added }),
      }
      const dataset: Dataset = { ...day.dataset, eventTime: 'meta.added_ts', schema: { mode: 'infer', overrides } }
      const { manifest } = ofKind(
        await seal({ dataset, date: DATE, now: NOW, newId: () => `of${added}`, converter: convertHere(), force: true }),
        'sealed',
      )
      expect(manifest.event_time).toMatchObject({
        min: '2025-03-14T00:00:01.100000Z',
        max: '2025-03-14T23:00:02.200000Z',
        unparsed: 24,
      })
      expect(await problemsOf(day, dataset)).toEqual([])
    }
  })

  it('with overrides that make columns text, int64 and double passes, and no digit is lost', async () => {
    const day = await makeDay((hour) => [{ id: 7, n: 1, x: 1.5, tags: ['a'], by: { k: hour } }])
    const lines = [
      '{"id":9007199254740993.10,"n":9007199254740993,"x":9007199254740992,"tags":[1.50,"b",true,null],"by":{"k":1e400}}',
      '{"id":123456789012345678901234567890,"n":-9223372036854775808,"x":1e-7,"tags":[],"by":{"k":-0}}',
      '{"id":"text","n":null,"x":null,"by":{"k":"text"}}',
      '{"id":{},"id":false,"n":"1","n":2,"x":[],"x":0.1,"late":true}',
      '{"id":{"a":1}}',
      '{"n":1.0}',
      '{"n":"1"}',
      '{"n":9223372036854775808}',
      '{"x":9007199254740993}',
      '{"x":"1.5"}',
      '{"tags":[[1]]}',
      '{"by":{"k":[]}}',
    ]
    await writeObject(day, '03.jsonl.gz', gzipSync(lines.join('\n')))
    const overrides = { id: 'string', n: 'int64', x: 'double', 'tags[]': 'string', 'by.*': 'string' } as const
    const sealAs = async (schema: Dataset['schema'], newId: string) => {
      const limits = { ...day.dataset.limits, maxQuarantineShare: 1 }
      const dataset: Dataset = { ...day.dataset, limits, schema }
      const options = {
        dataset,
        date: DATE,
        now: NOW,
        newId: () => newId,
        converter: convertHere(),
        force: true,
        allowRemoval: true,
      }
      const { manifest } = ofKind(await seal(options), 'sealed')
      expect(await problemsOf(day, dataset)).toEqual([])
      return manifest
    }
    // What is known of them stands against it: twice, once learnt otherwise and once as the overrides say.
    const inferred = await sealAs({ mode: 'infer', overrides: {} }, 'inferred')
    expect(Object.fromEntries(inferred.schema.map(({ name, type }) => [name, type]))).toMatchObject({
      id: 'json',
      n: 'json',
    })
    for (const newId of ['declared', 'again']) {
      const manifest = await sealAs({ mode: 'infer', overrides }, newId)
      expect(Object.fromEntries(manifest.schema.map(({ name, type }) => [name, type]))).toEqual({
        id: 'string',
        n: 'int64',
        x: 'double',
        tags: { list: 'string' },
        by: { struct: [{ name: 'k', type: 'string' }] },
        late: 'bool',
      })
      expect(manifest.sources.find(({ hour }) => hour === '03')).toMatchObject({ rows_written: 4, rows_quarantined: 8 })
      const quarantined = gunzipSync(await readFile(join(day.out, `quarantine/${DATE}/03.jsonl.gz`))).toString()
      expect(quarantined).toContain('"reason":"schema","detail":"at n: seen 1.0, wanted int64"')
      expect(quarantined).toContain('"reason":"schema","detail":"at id: seen {\\"a\\":1}, wanted string"')
      const read = await readWithDayseal(await readFile(join(day.out, `daily/${DATE}/data.parquet`)))
      expect(JSON.stringify(read)).toContain('string 123456789012345678901234567890')
      expect(JSON.stringify(read)).toContain('string 9007199254740993.10')
      expect(JSON.stringify(read)).toContain('int64 9007199254740993')
    }
  })

  it('of several objects an hour, in any compression, passes', async () => {
    const day = await makeDay(() => [])
    const dataset = { ...day.dataset, archive: { ...day.dataset.archive, layout: '{yyyy}{MM}{dd}/{HH}/*' } }
    const names = ['b.jsonl.zst', 'a.jsonl', 'é.jsonl.gz', '\u{1f600}.jsonl', '\ufffd.jsonl']
    for (const [i, name] of names.entries()) {
      const text = `{"from":${JSON.stringify(name)}}\n${i === 2 ? '{oops\n' : ''}{"n":${i}}`
      const pack = name.endsWith('gz') ? gzipSync : name.endsWith('zst') ? zstdCompressSync : Buffer.from
      for (const hour of ['07', '08']) await writeObject(day, `${hour}/${name}`, pack(text))
    }
    const limits = { ...dataset.limits, maxQuarantineShare: 1 }
    await seal({
      dataset: { ...dataset, limits },
      date: DATE,
      now: NOW,
      newId: () => 'one',
      converter: convertHere(),
      minHours: 2,
    })
    expect(await problemsOf(day, { ...dataset, limits })).toEqual([])
  })

  it('without rows, or with rows but no columns, passes', async () => {
    const empty = await makeDay(() => [])
    await empty.seal()
    expect(await problemsOf(empty)).toEqual([])
    const bare = await makeDay(() => [{}, { always: [] }])
    expect(ofKind(await bare.seal(), 'sealed').manifest.row_count).toBe(48)
    expect(await problemsOf(bare)).toEqual([])
  })

  it('again after an hour changed passes, and before that is stale', async () => {
    const day = await makeDay()
    await day.seal()
    await day.writeHour('05', [{ hour: 5, text: 'other', more: [1] }, { hour: 5 }])
    expect(await problemsOf(day)).toEqual([
      expect.stringMatching(/^failed sources.unchanged: stale: 20250314\/05.jsonl.gz/),
    ])
    await day.seal()
    expect(await problemsOf(day)).toEqual([])
    await day.removeHour('06')
    expect(await problemsOf(day)).toEqual([expect.stringMatching(/^warned sources.there: gone: /)])
  })

  it('is not written to by verifying, and fails when a byte is flipped', async () => {
    const day = await makeDay()
    await day.seal()
    const before = await filesOf(day.out)
    expect(await problemsOf(day)).toEqual([])
    expect(await filesOf(day.out)).toEqual(before)
    const file = join(day.out, viewDataKey(DATE))
    const bytes = await readFile(file)
    bytes[100]! ^= 1
    // The view is a hard link to the generation: a new file leaves that whole.
    await rm(file)
    await writeFile(file, bytes)
    expect(await problemsOf(day)).toEqual([expect.stringMatching(/^failed view.newest: data.parquet/)])
  })

  it('in a place that is not there is a storage fault', async () => {
    const day = await makeDay()
    const dataset = { ...day.dataset, out: join(day.out, 'nowhere') }
    await expect(problemsOf(day, dataset)).rejects.toMatchObject({ code: 'storage' })
  })
})
