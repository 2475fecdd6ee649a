import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attemptSeal } from '../../lib/seal/attempt.ts'
import { newestGeneration } from '../../lib/seal/history.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { attemptOptions, DATE, type Day, makeDay, ofKind } from './day.ts'
import { type FaultMoment, faultyStore } from './faulty-store.ts'

async function history(day: Day): Promise<string[]> {
  return (await readdir(join(day.out, 'history', DATE))).sort()
}

/** A store that seals the day through `other` just before its first commit. */
function beaten(out: ObjectStore, other: () => Promise<unknown>): ObjectStore {
  let first = true
  return {
    ...out,
    async putIfAbsent(key, bytes) {
      if (first && key.startsWith('history/')) {
        first = false
        await other()
      }
      return out.putIfAbsent(key, bytes)
    },
  }
}

describe('storage that fails', () => {
  test.each<FaultMoment>(['before', 'after'])(
    '%s any change of a re-seal leaves a whole generation, and the next run ends it',
    async (moment) => {
      const day = await makeDay()
      ofKind(await day.seal(), 'sealed')
      for (let failing = 1, last = 0; last === 0; failing++) {
        await day.writeHour('07', [{ hour: 7, text: `change ${failing}` }, { hour: 7 }])
        const before = (await newestGeneration(openStore(day.out), DATE))!.manifest
        const { store, changes } = faultyStore(openStore(day.out), failing, moment)
        const outcome = await attemptSeal(attemptOptions(day.dataset, store)).catch((error: Error) => error)
        if (changes() < failing) last = failing
        else if (outcome instanceof Error) expect(outcome.message).toMatch(/the connection broke/)
        const newest = (await newestGeneration(openStore(day.out), DATE))!.manifest
        expect([before.generation, before.generation + 1]).toContain(newest.generation)
        expect(await damage(day)).toEqual([])
        await day.seal()
        const ended = (await newestGeneration(openStore(day.out), DATE))!.manifest
        expect(ended.generation).toBe(before.generation + 1)
        expect((await day.verify()).result).toBe('passed')
      }
    },
    120_000,
  )
})

/** What fails of the newest generation; that a source has changed since is no damage. */
async function damage(day: Day): Promise<string[]> {
  const failed = (await day.verify()).checks.filter((check) => check.result === 'failed').map((check) => check.id)
  return failed.filter((id) => !id.startsWith('sources.'))
}

describe('two seals at once', () => {
  test('of the same sources: the second finds the day sealed', async () => {
    const day = await makeDay()
    const out = openStore(day.out, { createRoot: true })
    const outcome = await attemptSeal(
      attemptOptions(
        day.dataset,
        beaten(out, () => day.seal()),
      ),
    )
    expect(outcome).toMatchObject({ kind: 'already-sealed', generation: 1 })
    expect(await history(day)).toEqual(['manifest.g0001.json'])
    expect(await readdir(join(day.out, 'generations', DATE))).toHaveLength(1)
    expect((await day.verify()).result).toBe('passed')
  })

  test('of other sources: the second plans again', async () => {
    const day = await makeDay()
    const out = openStore(day.out, { createRoot: true })
    const old = openStore(day.archive)
    // The loser still lists what was there before the winner's hour changed.
    const listed = await old.list('')
    const archive: ObjectStore = { ...old, list: async (prefix) => listed.filter(({ key }) => key.startsWith(prefix)) }
    const other = async () => {
      await day.writeHour('07', [{ hour: 7, text: 'other' }])
      ofKind(await day.seal(), 'sealed')
    }
    expect(await attemptSeal(attemptOptions(day.dataset, beaten(out, other), archive))).toBe('again')
    expect(await history(day)).toEqual(['manifest.g0001.json'])
  })

  test('that start together leave one generation', async () => {
    const day = await makeDay()
    const outcomes = await Promise.all([day.seal(), day.seal(), day.seal()])
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['already-sealed', 'already-sealed', 'sealed'])
    expect(await history(day)).toEqual(['manifest.g0001.json'])
    expect((await day.verify()).result).toBe('passed')
  })
})

test('an hour that changes before the commit makes the seal start over', async () => {
  const day = await makeDay()
  const archive = openStore(day.archive)
  let listings = 0
  const changing: ObjectStore = {
    ...archive,
    async list(prefix) {
      if (++listings === 2) await day.writeHour('23', [{ hour: 23, text: 'late' }])
      return archive.list(prefix)
    },
  }
  const out = openStore(day.out, { createRoot: true })
  expect(await attemptSeal(attemptOptions(day.dataset, out, changing))).toBe('again')
  expect(await readdir(day.out)).not.toContain('history')
  expect(await readdir(join(day.out, 'generations', DATE))).toEqual([])
})
