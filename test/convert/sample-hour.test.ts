import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { sampleHour } from '../../lib/convert/sample-hour.ts'
import { convertSettings } from '../../lib/convert/settings.ts'
import type { Profile } from '../../lib/shred/profile.ts'
import { thrownBy } from '../thrown.ts'
import { memoryStore } from '../verify/memory-store.ts'
import { testDataset } from '../verify/sealed-day.ts'

const DATE = '2025-03-14'
const KEY = '20250314/05.jsonl.gz'

async function sampled(...files: readonly string[]) {
  return sampleBytes(files.map((text) => gzipSync(text)))
}

/** `chunk`: bytes that the store gives at once. */
async function sampleBytes(files: readonly Uint8Array[], chunk = 1_000) {
  const objects = new Map(files.map((bytes, i) => [`${KEY}.${i}.jsonl.gz`, bytes]))
  const memory = memoryStore(objects)
  const archive = { ...memory, read: (key: string) => inChunks(objects.get(key)!, chunk) }
  const sources = await Promise.all([...objects.keys()].map(async (key) => (await archive.head(key))!))
  const settings = convertSettings(testDataset())
  return sampleHour({ date: DATE, hour: '05', sources, settings, base: [], day: null }, { archive, out: archive })
}

async function* inChunks(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

/** Lines of about a kilobyte. */
function wideLines(from: number, to: number, row: (n: number) => object): string {
  return Array.from({ length: to - from }, (_, i) => {
    return `${JSON.stringify({ ...row(from + i), pad: 'x'.repeat(1_000) })}\n`
  }).join('')
}

/** The lines of `wideLines` that were seen. */
const rowsOf = (profile: Profile) => new Map(profile.fields).get('pad')?.strings ?? 0

describe('a sample of an hour', () => {
  it('is all of a small one, every object of it', async () => {
    const profile = await sampled('{"a":1}\n{"a":2.5}\n', '{"b":"x"}')
    expect(profile).toEqual({
      fields: [
        ['a', { ints: 1, doubles: 1 }],
        ['b', { strings: 1 }],
      ],
    })
  })

  it('ends where a mebibyte of lines brought nothing new', async () => {
    const profile = await sampled(wideLines(0, 10_000, (n) => (n < 9_000 ? { n } : { n, late: true })))
    expect(profile.fields?.map(([key]) => key)).toEqual(['n', 'pad'])
    expect(rowsOf(profile)).toBeGreaterThan(1_000)
    expect(rowsOf(profile)).toBeLessThan(1_500)
  })

  it('ends at the same line however the store gives the bytes', async () => {
    const file = gzipSync(wideLines(0, 3_000, (n) => (n === 700 ? { n, more: [n] } : { n })))
    const [few, ...others] = await Promise.all([2 ** 20, 4_097, 11].map((chunk) => sampleBytes([file], chunk)))
    expect(rowsOf(few!)).toBe(1_731)
    for (const other of others) expect(other).toEqual(few)
  })

  it('goes on while paths come, up to 16 MiB', async () => {
    const profile = await sampled(wideLines(0, 20_000, (n) => ({ [`k${Math.floor(n / 900)}`]: n })))
    expect(rowsOf(profile)).toBeGreaterThan(16_000)
    expect(rowsOf(profile)).toBeLessThan(17_000)
  })

  it('sees that keys are data when they come slowly', async () => {
    const profile = await sampled(wideLines(0, 3_000, (n) => ({ by: { [`id-${n % 300}`]: n } })))
    const by = new Map(profile.fields).get('by')
    expect(by?.keys_are_data).toBe(true)
    expect(by?.fields).toBeUndefined()
  })

  it('learns nothing from lines that are no rows', async () => {
    const profile = await sampleBytes([
      gzipSync(Buffer.concat([Buffer.from('\n{"a":1}\nnot json\n[1]\n'), Buffer.from([0x22, 0xff, 0x0a])])),
    ])
    expect(profile).toEqual({ fields: [['a', { ints: 1 }]] })
  })

  it('is refused where the object cannot be read', async () => {
    const cut = gzipSync('{"a":1}\n'.repeat(1_000)).subarray(0, 30)
    const error = await thrownBy(() => sampleBytes([cut]))
    expect(error).toMatchObject({ code: 'source' })
  })
})
