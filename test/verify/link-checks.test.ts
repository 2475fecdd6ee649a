import { describe, expect, it } from 'vitest'
import { historyKey, symlinkKey } from '../../lib/keys.ts'
import { readHistory } from '../../lib/verify/history.ts'
import { checkLink } from '../../lib/verify/link-checks.ts'
import { memoryStore } from './memory-store.ts'
import { tinyDay } from './small-day.ts'
import { DATE } from './verify-day.ts'

const first = tinyDay()
const second = tinyDay({
  generation: 2,
  before: first.out.get(historyKey(DATE, 1))!,
  lines: { '03': [{ text: '{"id":9,"tags":["c"]}', row: { id: 9n, tags: ['c'] } }] },
})

async function checksIn(location: string, link: string | undefined) {
  const objects = new Map([...first.out, ...second.out])
  if (link !== undefined) objects.set(symlinkKey(DATE), Buffer.from(link))
  const out = { ...memoryStore(objects), location }
  const checks = await checkLink(out, DATE, await readHistory(out, DATE))
  return checks.map(({ id, result, seen }) => [id, result, seen])
}

const linkTo = (key: string | null) => `s3://bucket/logs/${key}`

describe('the link for Athena', () => {
  it('names the newest generation', async () => {
    const link = linkTo(second.manifest.data_key)
    expect(await checksIn('s3://bucket/logs', `${link}\n`)).toEqual([['view.link', 'passed', link]])
  })

  it('may be behind: missing, or of an older generation', async () => {
    const old = linkTo(first.manifest.data_key)
    expect(await checksIn('s3://bucket/logs', `${old}\n`)).toEqual([['view.link', 'warned', `view behind: ${old}`]])
    expect(await checksIn('s3://bucket/logs', undefined)).toEqual([
      ['view.link', 'warned', `view behind: no ${symlinkKey(DATE)}`],
    ])
  })

  it.each([
    's3://elsewhere/data.parquet\n',
    `${linkTo(second.manifest.data_key)}\ns3://bucket/more\n`,
    '',
    'x'.repeat(5000),
  ])('fails as %j', async (link) => {
    expect(await checksIn('s3://bucket/logs', link)).toMatchObject([['view.link', 'failed', expect.anything()]])
  })

  it('is nothing that a directory has', async () => {
    expect(await checksIn('/some/where', undefined)).toEqual([])
  })
})
