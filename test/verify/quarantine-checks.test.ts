import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/canonical-json.ts'
import { ledgerKey, quarantineKey } from '../../lib/keys.ts'
import { sha256 } from '../../lib/sha256.ts'
import { smallDay } from './small-day.ts'
import { DATE, notPassed, verifyDay } from './verify-day.ts'

const day = smallDay()
const key = quarantineKey(DATE, '00')
const ledger = JSON.parse(Buffer.from(day.out.get(ledgerKey(DATE, '00'))!).toString())
const record = JSON.parse(gunzipSync(day.out.get(key)!).toString())

/** Verifies the day with these records in the quarantine of hour 00, of which the ledger knows or is gone. */
async function verifyWith(records: readonly unknown[], ledgerIs: 'equal' | 'gone'): Promise<string[]> {
  const text = records.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join('')
  const stored = gzipSync(text)
  const quarantine = { key, sha256: sha256(stored), bytes: stored.length, lines: 1 }
  const out = new Map([...day.out, [key, stored], [ledgerKey(DATE, '00'), canonicalJson({ ...ledger, quarantine })]])
  if (ledgerIs === 'gone') out.delete(ledgerKey(DATE, '00'))
  return notPassed(await verifyDay({ ...day, out }))
}

describe('quarantine', () => {
  it('counts a line that is kept in parts once', async () => {
    const part = { ...record, reason: 'too_long' }
    const parts = [
      { ...part, part: 1 },
      { ...part, part: 2 },
      { ...part, part: 3, last: true },
    ]
    expect(await verifyWith(parts, 'equal')).toEqual([])
    expect(await verifyWith(parts, 'gone')).toEqual([])
  })

  it('takes base64 for lines that are not UTF-8', async () => {
    const base64 = Buffer.from(record.text).toString('base64')
    expect(await verifyWith([{ ...record, text: undefined, base64 }], 'equal')).toEqual([])
  })

  it.each<[string, readonly unknown[], string]>([
    ['no record', [], '0 of 1 lines of 20150912/00.jsonl.gz'],
    ['a record too many', [record, { ...record, line: 3 }], '2 of 1 lines'],
    ['a line twice', [record, record], 'has a line twice'],
    ['a line beyond the source', [{ ...record, line: 5 }], 'beyond its 4'],
    ['a source that is none', [{ ...record, key: 'x' }], 'lines of x, which is no source'],
    ['a text of another length', [{ ...record, text: 'short' }], 'bytes: must have as many bytes as it says'],
    ['a text that is missing', [{ ...record, text: undefined }], 'must have one of text and base64'],
    ['an unknown reason', [{ ...record, reason: 'mood' }], 'reason: '],
    ['something else', ['{]\n'], 'JSON'],
  ])('with %s fails', async (_, records, seen) => {
    for (const ledgerIs of ['equal', 'gone'] as const) {
      const problems = await verifyWith(records, ledgerIs)
      expect(problems[0]).toMatch(/^failed quarantine.lines: hour 00: /)
      expect(problems[0]).toContain(seen)
    }
  })

  it('that is missing, or not gzip, fails; its rows are not compared', async () => {
    for (const bytes of [undefined, Buffer.from('plain')]) {
      const out = new Map(day.out)
      if (bytes === undefined) out.delete(key)
      else out.set(key, bytes)
      const verdict = await verifyDay({ ...day, out })
      expect(notPassed(verdict)).toEqual([expect.stringMatching(/^failed quarantine.lines: hour 00: /)])
      expect(verdict.checks.find(({ id }) => id === 'sources.rows')?.seen).toBe('2 rows equal')
    }
  })

  it('of other bytes than its ledger says fails', async () => {
    const again = gzipSync(`${JSON.stringify({ ...record, detail: 'another' })}\n`)
    const problems = notPassed(await verifyDay({ ...day, out: new Map([...day.out, [key, again]]) }))
    expect(problems).toEqual([expect.stringContaining('is not what its ledger says')])
  })

  it('of which its ledger knows nothing fails', async () => {
    const out = new Map([...day.out, [ledgerKey(DATE, '00'), canonicalJson({ ...ledger, quarantine: null })]])
    expect(notPassed(await verifyDay({ ...day, out }))).toEqual([expect.stringContaining('knows of no quarantine')])
  })

  it('of an hour that was converted again since with another configuration is only shown', async () => {
    const [source] = ledger.sources
    const sources = [{ ...source, rows_quarantined: 0, rows_written: source.lines_read }]
    const out = new Map([...day.out, [ledgerKey(DATE, '00'), canonicalJson({ ...ledger, sources, quarantine: null })]])
    out.delete(key)
    const verdict = await verifyDay({ ...day, out })
    expect(notPassed(verdict)).toEqual(['warned quarantine.newer: converted again since the seal: hour 00'])
  })

  it('of an hour that was converted again since is only shown', async () => {
    const sources = [{ ...ledger.sources[0], sha256: 'a'.repeat(64) }]
    const out = new Map([...day.out, [ledgerKey(DATE, '00'), canonicalJson({ ...ledger, sources, quarantine: null })]])
    out.delete(key)
    const verdict = await verifyDay({ ...day, out })
    expect(notPassed(verdict)).toEqual(['warned quarantine.newer: converted again since the seal: hour 00'])
    expect(verdict.checks.find(({ id }) => id === 'sources.rows')?.seen).toBe('2 rows equal')
  })

  it('of another text than the source line is found beside the source', async () => {
    expect(await verifyWith([{ ...record, text: '{BROKEN' }], 'equal')).toEqual([
      'failed sources.quarantine: 20150912/00.jsonl.gz, line 2',
    ])
  })

  it('is not judged by a ledger that is none', async () => {
    const out = new Map([...day.out, [ledgerKey(DATE, '00'), Buffer.from('{')]])
    expect(notPassed(await verifyDay({ ...day, out }))).toEqual([])
  })
})
