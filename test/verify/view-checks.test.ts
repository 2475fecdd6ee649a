import { describe, expect, it } from 'vitest'
import { historyKey, viewDataKey, viewManifestKey } from '../../lib/keys.ts'
import { sealedDay } from './sealed-day.ts'
import { smallDay, tinyDay } from './small-day.ts'
import { DATE, verifyDay } from './verify-day.ts'

const first = tinyDay()
const firstManifest = first.out.get(historyKey(DATE, 1))!
const second = tinyDay({
  generation: 2,
  before: firstManifest,
  lines: { '03': [{ text: '{"id":9,"tags":["c"]}', row: { id: 9n, tags: ['c'] } }] },
})
const secondManifest = second.out.get(historyKey(DATE, 2))!
const firstData = first.out.get(viewDataKey(DATE))!
const secondData = second.out.get(viewDataKey(DATE))!
const strange = smallDay().out.get(viewDataKey(DATE))!

async function viewOf(manifest: Uint8Array | undefined, data: Uint8Array | undefined) {
  const out = new Map([...first.out, ...second.out])
  for (const [key, bytes] of [
    [viewManifestKey(DATE), manifest],
    [viewDataKey(DATE), data],
  ] as const) {
    out.delete(key)
    if (bytes !== undefined) out.set(key, bytes)
  }
  const verdict = await verifyDay({ out, archive: second.archive })
  expect(verdict.checks.filter(({ id, result }) => id !== 'view.newest' && result !== 'passed')).toEqual([])
  const { result, seen } = verdict.checks.find(({ id }) => id === 'view.newest')!
  expect(verdict.result).toBe(result)
  return `${result}: ${seen}`
}

describe('the view', () => {
  it('of the newest generation passes', async () => {
    expect(await viewOf(secondManifest, secondData)).toBe('passed: the newest generation')
  })

  it.each([
    ['an older generation', firstManifest, firstData, 'manifest.json of generation 1'],
    ['newer data under an older manifest', firstManifest, secondData, 'manifest.json of generation 1'],
    ['data alone', undefined, secondData, 'there is no manifest.json'],
    ['older data alone', undefined, firstData, 'there is no manifest.json'],
    ['nothing', undefined, undefined, 'there is none'],
  ])('of %s is behind', async (_, manifest, data, seen) => {
    expect(await viewOf(manifest, data)).toBe(`warned: view behind: ${seen}`)
  })

  it.each([
    ['a strange manifest', Buffer.from('{}'), secondData, 'a manifest that equals no committed generation'],
    [
      'strange data',
      secondManifest,
      strange,
      `data.parquet of ${strange.length} bytes, which is of no committed generation`,
    ],
    ['strange data alone', undefined, strange, `data.parquet of ${strange.length} bytes`],
    ['no data', secondManifest, undefined, 'no data.parquet'],
    ['an older manifest without data', firstManifest, undefined, 'manifest.json of generation 1 and no data.parquet'],
    ['older data under the newest manifest', secondManifest, firstData, 'under the newest manifest'],
    ['altered data', secondManifest, secondData.with(40, secondData[40]! ^ 1), 'which is of no committed generation'],
  ])('of %s is wrong', async (_, manifest, data, seen) => {
    const found = await viewOf(manifest, data)
    expect(found).toMatch(/^failed: /)
    expect(found).toContain(seen)
  })

  it('of a day without columns has no data', async () => {
    const empty = sealedDay({ schema: [], lines: {} })
    const out = new Map([...empty.out, [viewDataKey(DATE), firstData]])
    expect((await verifyDay({ ...empty, out })).result).toBe('failed')
    expect((await verifyDay(empty)).result).toBe('passed')
  })
})
