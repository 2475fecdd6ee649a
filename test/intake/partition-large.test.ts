import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { partitionUpload } from '../../lib/intake/partition-upload.ts'
import { uploadIn } from '../../lib/intake/upload.ts'
import { memoryStore } from '../property/memory-store.ts'
import { eventAt, intakeDataset, linesIn, sliceKeys } from './intake-place.ts'

const HOUR = 3_600_000
const START = Date.parse('2024-01-01T00:00:00Z')

async function partitionContent(content: string) {
  const scratch = await mkdtemp(join(tmpdir(), 'dayseal-large-'))
  onTestFinished(() => rm(scratch, { recursive: true }))
  const archive = memoryStore([['uploads/a', Buffer.from(content)]], 100_000)
  const info = { ...(await archive.head('uploads/a'))!, modified: START + 10_000 * HOUR }
  const dataset = intakeDataset()
  const request = { dataset, archive, upload: uploadIn(archive, info), decision: undefined, scratch } as const
  const outcome = await partitionUpload({ ...request, newId: randomUUID })
  if (outcome.kind !== 'partitioned') throw new Error(JSON.stringify(outcome))
  return { archive, ledger: outcome.ledger }
}

test('events of 10,000 hours, all over the file, become as many slices', async () => {
  const hours = 10_000
  // 7919 has no divisor in common with the number of hours: each comes three times, far apart.
  const times = Array.from({ length: 3 * hours }, (_, n) => START + ((n * 7919) % hours) * HOUR + n)
  const { archive, ledger } = await partitionContent(
    times.map((time, n) => eventAt(new Date(time).toISOString(), { n })).join(''),
  )
  expect(ledger.events).toEqual({ read: 3 * hours, sliced: 3 * hours, quarantined: {}, blank: 0 })
  expect(ledger.slices).toHaveLength(hours)
  expect(new Set(ledger.slices.map(({ rows }) => rows))).toEqual(new Set([3]))
  expect(new Set(ledger.slices.map(({ date }) => date)).size).toBe(Math.ceil(hours / 24))
  expect((await sliceKeys(archive)).toSorted()).toEqual(ledger.slices.map(({ key }) => key))
  for (const { key, date, hour } of [ledger.slices[0]!, ledger.slices[5000]!, ledger.slices.at(-1)!]) {
    const lines = (await linesIn(archive, key)).map((line) => JSON.parse(line))
    expect(lines.every(({ ts }) => ts.startsWith(`${date}T${hour}`))).toBe(true)
    expect(lines.map(({ n }) => n)).toEqual(lines.map(({ n }) => n).toSorted((a, b) => a - b))
  }
}, 30_000)

test('a line beyond the limit is kept in pieces, and counts once', async () => {
  const limit = intakeDataset().limits.maxLineBytes
  const long = `{"ts":"2025-01-01T00:00:00Z","text":"${'x'.repeat(2 * limit)}"}`
  const { archive, ledger } = await partitionContent(`${long}\n${eventAt('2025-01-01T00:00:00Z')}`)
  expect(ledger.events).toEqual({ read: 2, sliced: 1, quarantined: { too_long: 1 }, blank: 0 })
  expect(ledger.quarantine).toMatchObject({ lines: 1 })
  const records = (await linesIn(archive, ledger.quarantine!.key)).map((line) => JSON.parse(line))
  expect(records.map(({ part, line }) => [part, line])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ])
  expect(records.map(({ text }) => text).join('') === long).toBe(true)
}, 30_000)
