import { expect, it } from 'vitest'
import { ledgerKey } from '../../lib/keys.ts'
import { smallDay } from './small-day.ts'
import { DATE, notPassed, verifyDay } from './verify-day.ts'

const day = smallDay()

it.each([
  [day.manifest.data_key!, 'failed presence.data: no such file'],
  [`history/${DATE}/manifest.g0001.json`, `failed presence.manifest: no manifest in history/${DATE}/`],
  [`daily/${DATE}/data.parquet`, 'failed view.newest: no data.parquet'],
  [`daily/${DATE}/manifest.json`, 'warned view.newest: view behind: there is no manifest.json'],
  [`quarantine/${DATE}/07.jsonl.gz`, `failed quarantine.lines: hour 07: quarantine/${DATE}/07.jsonl.gz is missing`],
])('without %s: %s', async (key, problem) => {
  const out = new Map([...day.out].filter(([name]) => name !== key))
  expect(out.size).toBe(day.out.size - 1)
  expect((await verifyDay({ ...day, out }).then(notPassed))[0]).toContain(problem)
})

it('needs no ledger and no part', async () => {
  const out = new Map([...day.out].filter(([key]) => !key.startsWith('hourly/')))
  expect(day.out.has(ledgerKey(DATE, '00'))).toBe(true)
  expect(notPassed(await verifyDay({ ...day, out }))).toEqual([])
})
