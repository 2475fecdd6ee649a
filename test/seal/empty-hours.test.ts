import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../lib/config.ts'
import { manifestSchema } from '../../lib/seal/manifest.ts'
import { planDay } from '../../lib/seal/plan-day.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE, type Day, makeDay, NOW, ofKind } from './day.ts'

const EMPTY: readonly (readonly [string, Uint8Array, number])[] = [
  ['of 0 bytes', Buffer.alloc(0), 0],
  ['that decompresses to nothing', gzipSync(''), 20],
  ['with blank lines alone', gzipSync('\n \n\r\n'), 27],
]

async function dayWith(bytes: Uint8Array): Promise<Day> {
  const day = await makeDay()
  await writeFile(join(day.archive, DATE.replaceAll('-', ''), '05.jsonl.gz'), bytes)
  return day
}

const refusing = (dataset: Dataset): Dataset => ({ ...dataset, guards: { ...dataset.guards, emptyHours: 'refuse' } })

describe.each(EMPTY)('an hour file %s', (_, bytes) => {
  test('is sealed as an hour without rows, and verify warns of it by name', async () => {
    const day = await dayWith(bytes)
    const { manifest } = ofKind(await day.seal(), 'sealed')
    expect(manifest).toMatchObject({ hours_found: 24, is_partial: false, row_count: 46 })
    // Nothing in it is new: readers of before take it.
    expect(manifestSchema.parse(manifest)).toEqual(manifest)
    const verdict = await day.verify()
    expect(verdict.result).toBe('warned')
    expect(verdict.checks.filter(({ result }) => result !== 'passed')).toMatchObject([
      { id: 'manifest.empty', level: 'warn', seen: `20250314/05.jsonl.gz (${bytes.length} bytes)` },
    ])
  })

  test('is a missing hour where the dataset says so', async () => {
    const day = await dayWith(bytes)
    const dataset = refusing(day.dataset)
    const key = `20250314/05.jsonl.gz (${bytes.length} bytes)`
    const refused = { kind: 'refused', guard: 'hours', missing: ['05'], found: 23, wanted: 24, empty: [key] }
    expect(await day.seal({ dataset })).toMatchObject(refused)
    const stores = { archive: openStore(day.archive), out: openStore(day.out) }
    const plan = () => planDay({ dataset, ...stores, date: DATE, now: NOW, minHours: 24 })
    expect(await plan()).toMatchObject({ kind: 'incomplete', found: 23, missing: ['05'] })
    const { manifest } = ofKind(await day.seal({ dataset, allowIncomplete: true }), 'sealed')
    expect(manifest.guards).toEqual({ today: 'passed', hours: 'overridden' })
  })

  test('is accepted by fewer hours', async () => {
    const day = await dayWith(bytes)
    expect((await day.seal({ dataset: refusing(day.dataset), minHours: 23 })).kind).toBe('sealed')
  })
})

test('an hour with nothing but lines that are no rows is not empty', async () => {
  const day = await dayWith(gzipSync('no JSON\n'))
  const dataset = refusing({ ...day.dataset, limits: { ...day.dataset.limits, maxQuarantineShare: 1 } })
  expect((await day.seal({ dataset })).kind).toBe('sealed')
})
