import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { convertHere } from '../../lib/convert/convert-here.ts'
import { historyKey, ledgerKey, partKey } from '../../lib/keys.ts'
import { attemptSeal } from '../../lib/seal/attempt.ts'
import { newestGeneration } from '../../lib/seal/history.ts'
import { type SealOptions, sealIn } from '../../lib/seal/seal.ts'
import { type ObjectStore, unconditional } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { thrownBy } from '../thrown.ts'
import { attemptOptions, DATE, type Day, makeDay, NOW, ofKind } from './day.ts'
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

/** A store in which somebody else acts right after `key` was written, the first `times`. */
function overwritten(
  out: ObjectStore,
  key: string,
  times: number,
  act: (to: ObjectStore) => Promise<unknown>,
): ObjectStore {
  let left = times
  return {
    ...out,
    async write(asked) {
      const sink = await out.write(asked)
      const commit = async () => {
        const info = await sink.commit()
        if (asked === key && left-- > 0) await act(out)
        return info
      }
      return { ...sink, commit }
    },
  }
}

/** The pauses after lost races take no time. */
function sealOptions({ dataset }: Day): SealOptions {
  let ids = 0
  return { dataset, date: DATE, now: NOW, newId: () => `own${++ids}`, converter: convertHere(), random: () => 0 }
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

describe('a place whose conditions are not checked', () => {
  test('is refused before anything is converted', async () => {
    const day = await makeDay()
    const out = openStore(day.out, { createRoot: true })
    const deaf: ObjectStore = { ...out, checkConditions: () => Promise.reject(unconditional(out.location, 'a write')) }
    const error = await thrownBy(() => attemptSeal(attemptOptions(day.dataset, deaf)))
    expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('does not check conditions') })
    expect(await out.list('')).toEqual([])
  })

  test('after the probe: a manifest that is not what was committed is no seal', async () => {
    const day = await makeDay()
    const other = await makeDay((hour) => [{ hour: Number(hour), text: `elsewhere ${hour}` }])
    ofKind(await other.seal(), 'sealed')
    const [key, bytes] = [historyKey(DATE, 1), (await openStore(other.out).get(historyKey(DATE, 1)))!.bytes]
    const out = openStore(day.out, { createRoot: true })
    const overtaken: ObjectStore = {
      ...out,
      putIfAbsent: async (asked, ours) => {
        const put = await out.putIfAbsent(asked, ours)
        if (asked === key) await putObject(out, key, bytes)
        return put
      },
    }
    const error = await thrownBy(() => attemptSeal(attemptOptions(day.dataset, overtaken)))
    expect(error).toMatchObject({ code: 'storage' })
    expect(error.message).toMatch(/manifest\.g0001\.json in .* is not what was created there a moment ago/)
    expect(Buffer.compare((await out.get(key))!.bytes, bytes)).toBe(0)
  })

  test('is not asked for where the day is sealed already', async () => {
    const day = await makeDay()
    ofKind(await day.seal(), 'sealed')
    const { store, changes } = faultyStore(openStore(day.out), 1, 'before')
    expect(await attemptSeal(attemptOptions(day.dataset, store))).toMatchObject({ kind: 'already-sealed' })
    expect(changes()).toBe(0)
  })
})

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

  test.each(['with its ledger', 'before its ledger'])(
    'of other sources, of which one writes a part over the other’s %s: it looks again, and is sealed',
    async (moment) => {
      const day = await makeDay()
      const other = await makeDay((hour) => [{ hour: Number(hour), text: `elsewhere ${hour}`, more: true }])
      ofKind(await other.seal(), 'sealed')
      const theirs = openStore(other.out)
      const keys = [partKey(DATE, '07'), ...(moment === 'with its ledger' ? [ledgerKey(DATE, '07')] : [])]
      const out = overwritten(openStore(day.out, { createRoot: true }), ledgerKey(DATE, '07'), 1, async (to) => {
        for (const key of keys) await putObject(to, key, (await theirs.get(key))!.bytes)
      })
      const { dataset } = day
      const ended = await sealIn({ ...sealOptions(day), dataset }, DATE, openStore(day.archive), out)
      expect(ended).toMatchObject({ kind: 'sealed', generation: 1 })
      expect((await day.verify()).result).toBe('passed')
    },
  )

  test('of other sources that write over each other again and again: a lost race', async () => {
    const day = await makeDay()
    const other = await makeDay((hour) => [{ hour: Number(hour), text: `elsewhere ${hour}`, more: true }])
    ofKind(await other.seal(), 'sealed')
    const theirs = openStore(other.out)
    const out = overwritten(openStore(day.out, { createRoot: true }), ledgerKey(DATE, '07'), 99, async (to) => {
      for (const key of [partKey(DATE, '07'), ledgerKey(DATE, '07')])
        await putObject(to, key, (await theirs.get(key))!.bytes)
    })
    const error = await thrownBy(() => sealIn(sealOptions(day), DATE, openStore(day.archive), out))
    expect(error.code).toBe('conflict')
  })

  test('a store that loses what was written is no lost race', async () => {
    const day = await makeDay()
    const out = overwritten(openStore(day.out, { createRoot: true }), ledgerKey(DATE, '07'), 99, (to) =>
      putObject(to, partKey(DATE, '07'), Buffer.from('PAR1')),
    )
    const error = await thrownBy(() => sealIn(sealOptions(day), DATE, openStore(day.archive), out))
    expect(error).toMatchObject({ code: 'storage', reason: 'unlike-written' })
    expect(error.message).toMatch(/hour 07 in .* does not read back as it was written/)
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
