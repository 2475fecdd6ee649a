import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { historyKey, viewManifestKey } from '../../lib/keys.ts'
import { manifestBytes } from '../../lib/seal/build-manifest.ts'
import { type Manifest, manifestSchema, type UploadedDay } from '../../lib/seal/manifest.ts'
import { DATE, makeDay, ofKind } from './day.ts'
import { allHours, makeUploads } from './uploaded.ts'

const RULE = 'manifest.uploads_rule'
const NAMED = 'manifest.uploads'
const other = { key: 'uploads/x.jsonl', seq: 1, id: 'e'.repeat(32), sha256: 'a'.repeat(64) }

/** Edits that keep the manifest canonical and the view equal. */
const EDITS: readonly (readonly [string, (uploads: UploadedDay) => object, readonly string[]])[] = [
  ['another rule', () => ({ rule: 'hours' }), [RULE]],
  ['an upload in flight', () => ({ in_flight: 1 }), [RULE]],
  ['a longer quiet time', () => ({ quiet_minutes: 10_000 }), [RULE]],
  ['a quiet time from before the end of the day', () => ({ quiet_since_utc: `${DATE}T23:59:59.999Z` }), [RULE]],
  ['a silent hour that has a source', () => ({ silent_hours: ['05', '07'] }), [RULE]],
  ['no silent hour', () => ({ silent_hours: [] }), [RULE, 'manifest.hours', 'manifest.guards']],
  ['a silent hour twice', () => ({ silent_hours: ['07', '07'] }), [RULE]],
  ['an upload less', ({ uploads }) => ({ uploads: uploads.slice(1) }), [NAMED]],
  ['an upload more', ({ uploads }) => ({ uploads: [...uploads, other] }), [NAMED]],
  ['an upload twice', ({ uploads }) => ({ uploads: [uploads[0], ...uploads] }), [NAMED]],
  ['the id of an upload', ({ uploads }) => ({ uploads: [{ ...uploads[0], id: other.id }, uploads[1]] }), [NAMED]],
]

describe('verify', () => {
  let place: Awaited<ReturnType<typeof makeUploads>>
  let manifest: Manifest
  beforeAll(async () => {
    place = await makeUploads({ silentHours: ['05', '07'] })
    const { '07': _, ...hours } = allHours()
    await place.partition('a.jsonl', hours)
    await place.partition('b.jsonl', { '05': [{ hour: 'b' }] })
    manifest = ofKind(await place.seal(), 'sealed').manifest
  })
  afterAll(() => place.remove())

  const failedAfter = async (edited: object) => {
    const places = [historyKey(DATE, 1), viewManifestKey(DATE)].map((key) => join(place.dataset.out, key))
    const before = await readFile(places[0]!)
    for (const path of places) await writeFile(path, canonicalJson(edited))
    const { checks } = await place.verify()
    for (const path of places) await writeFile(path, before)
    return checks.filter(({ result }) => result === 'failed').map(({ id }) => id)
  }

  it('passes what was sealed', async () => {
    expect(manifest.uploads?.rule).toBe('silent')
    expect(await failedAfter(manifest)).toEqual([])
  })

  it.each(EDITS)('finds %s', async (_, edit, failed) => {
    const edited = { ...manifest, uploads: { ...manifest.uploads, ...edit(manifest.uploads!) } }
    expect(await failedAfter(edited)).toEqual(expect.arrayContaining([...failed]))
  })
})

describe('the bytes of a manifest', () => {
  const readBack = async (out: string) => {
    const bytes = await readFile(join(out, historyKey(DATE, 1)))
    return { bytes, again: Buffer.from(manifestBytes(manifestSchema.parse(JSON.parse(bytes.toString())))) }
  }

  it('are what they were for a dataset without uploads', async () => {
    const day = await makeDay()
    ofKind(await day.seal(), 'sealed')
    const { bytes, again } = await readBack(day.out)
    expect(bytes.toString()).not.toContain('uploads')
    expect(again.equals(bytes)).toBe(true)
    await rm(dirname(day.archive), { recursive: true })
  })

  it('are made again from what is read of a dataset with uploads', async () => {
    const place = await makeUploads()
    await place.partition('a.jsonl', allHours())
    ofKind(await place.seal(), 'sealed')
    const { bytes, again } = await readBack(place.dataset.out)
    expect(again.equals(bytes)).toBe(true)
    await place.remove()
  })
})
