import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { attemptSeal } from '../../lib/seal/attempt.ts'
import { prepareHour } from '../../lib/seal/prepare-hour.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { attemptOptions, DATE, type Day, makeDay } from './day.ts'

let day: Day
beforeEach(async () => {
  day = await makeDay()
})
afterEach(() => rm(dirname(day.archive), { recursive: true, force: true }))

/** The most that was asked for at one time, of ledgers and of whole parts. */
function counted(out: ObjectStore) {
  const most = { ledgers: 0, parts: 0 }
  const now = { ledgers: 0, parts: 0 }
  const begin = (kind: 'ledgers' | 'parts') => {
    most[kind] = Math.max(most[kind], ++now[kind])
  }
  const store: ObjectStore = {
    ...out,
    async get(key) {
      if (!key.startsWith('hourly/')) return out.get(key)
      begin('ledgers')
      await sleep(5)
      now.ledgers--
      return out.get(key)
    },
    read: async function* (key, options = {}) {
      const isWhole = key.endsWith('.parquet') && key.startsWith('hourly/') && options.start === undefined
      if (isWhole) begin('parts')
      await sleep(5)
      yield* out.read(key, options)
      if (isWhole) now.parts--
    },
  }
  return { store, most }
}

it('reads the ledgers and hashes the parts of several hours together, and not of all', async () => {
  const [archive, out] = [openStore(day.archive), openStore(day.out, { createRoot: true })]
  for (const hour of HOURS) await prepareHour({ dataset: day.dataset, archive, out, date: DATE, hour })
  await rm(`${day.out}/hourly/${DATE}/09.json`)
  const { store, most } = counted(out)
  expect(await attemptSeal(attemptOptions(day.dataset, store))).toMatchObject({
    kind: 'sealed',
    manifest: { row_count: 48 },
  })
  expect(most).toEqual({ ledgers: 8, parts: 4 })
  expect((await day.verify()).result).toBe('passed')
})
