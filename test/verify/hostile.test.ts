import { describe, expect, it } from 'vitest'
import { historyKey, quarantineKey, viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import { sha256 } from '../../lib/sha256.ts'
import { edited } from './sealed-day.ts'
import { tinyDay } from './small-day.ts'
import { DATE, failedIds, verifyDay } from './verify-day.ts'

const day = tinyDay()
const dataKey = day.manifest.data_key!

/** Every file of a sealed day, and the check that must name what happened to it. */
const FILES: readonly (readonly [key: string, check: string])[] = [
  [dataKey, 'manifest.parquet_sha256'],
  [historyKey(DATE, 1), 'view.newest'],
  [viewDataKey(DATE), 'view.newest'],
  [viewManifestKey(DATE), 'view.newest'],
  [quarantineKey(DATE, '03'), 'quarantine.lines'],
]

async function failuresWith(key: string, bytes: Uint8Array): Promise<string[]> {
  const verdict = await verifyDay({ ...day, out: new Map([...day.out, [key, bytes]]) }, { archive: undefined })
  expect(verdict.result === 'failed').toBe(failedIds(verdict).length > 0)
  return failedIds(verdict)
}

describe.each(FILES)('%s', (key, check) => {
  const whole = day.out.get(key)!

  it('with any byte altered fails', async () => {
    for (let at = 0; at < whole.length; at++) {
      const altered = whole.with(at, whole[at]! ^ (1 << (at % 8)))
      expect(await failuresWith(key, altered), `byte ${at}`).toContain(check)
    }
  })

  it('cut at any length fails', async () => {
    for (let length = 0; length < whole.length; length++) {
      expect(await failuresWith(key, whole.slice(0, length)), `${length} bytes`).toContain(check)
    }
  })

  it('with anything after it fails', async () => {
    for (const more of ['\n', ' ', '\0', 'PAR1']) {
      expect(await failuresWith(key, Buffer.concat([whole, Buffer.from(more)])), JSON.stringify(more)).toContain(check)
    }
  })
})

describe('a data file that was altered, and whose hash was mended', () => {
  it('never makes the verifier throw, wherever it was altered', async () => {
    const data = day.out.get(dataKey)!
    const results = { passed: 0, warned: 0, failed: 0 }
    for (let at = 0; at < data.length; at++) {
      const altered = data.with(at, data[at]! ^ (1 << (at % 8)))
      const mended = edited(day, () => ({ parquet_sha256: sha256(altered) }))
      const out = new Map([...mended.out, [dataKey, altered], [viewDataKey(DATE), altered]])
      const verdict = await verifyDay({ ...mended, out })
      expect(verdict.checks.find(({ id }) => id === 'manifest.parquet_sha256')?.result).toBe('passed')
      results[verdict.result]++
    }
    // The few that pass: offsets that nothing reads, encodings listed twice, and the name of the writer.
    expect(results.failed).toBeGreaterThan(data.length * 0.7)
  })
})

describe('sources', () => {
  const key = '20150912/03.jsonl.gz'
  const whole = day.archive.get(key)!

  it('with any byte altered, cut or longer are stale', async () => {
    const longer = Buffer.concat([whole, whole])
    const cut = Array.from({ length: whole.length }, (_, length) => whole.slice(0, length))
    const flipped = Array.from(whole, (byte, at) => whole.with(at, byte ^ (1 << (at % 8))))
    for (const [i, altered] of [longer, ...cut, ...flipped].entries()) {
      const verdict = await verifyDay({ ...day, archive: new Map([...day.archive, [key, altered]]) })
      expect(failedIds(verdict), `case ${i}`).toEqual(['sources.unchanged'])
    }
  })

  it('that are gone are only shown', async () => {
    const archive = new Map([...day.archive].filter(([source]) => source !== key))
    const verdict = await verifyDay({ ...day, archive })
    expect(verdict.result).toBe('warned')
    expect(verdict.checks.find(({ id }) => id === 'sources.there')).toMatchObject({
      result: 'warned',
      seen: `gone: ${key}`,
    })
  })
})
