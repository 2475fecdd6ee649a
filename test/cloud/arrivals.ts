import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { ARCHIVE, FEW_HOURS, hourFile, hourKey, SEAL_DAY, uploadDay, uploadHour } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo, generations, keysUnder, LONG_AGO, todayAt } from './sealed-days.ts'

const YESTERDAY = daysAgo(1)
const DATE = LONG_AGO

/** Events that come twice, late, out of order, or about what is gone. */
export function arrivals(cloud: () => Cloud): void {
  const parts = (date = DATE) => keysUnder(cloud().client, `app/hourly/${date}/`)
  const seal = () => cloud().execute(SEAL_DAY, { dataset: 'app', date: DATE })
  const logged = (text: string) =>
    cloud()
      .functions.find(({ name }) => name === 'Convert')!
      .log.join('')
      .split(text).length - 1
  const work = async (events: Parameters<Cloud['deliver']>[0]) => {
    const matched = cloud().deliver(events)
    await cloud().drain()
    return matched
  }

  it('converts each hour as it arrives, and seals the day at 00:05', async () => {
    await work(await uploadDay(cloud(), YESTERDAY))
    expect(await parts(YESTERDAY)).toHaveLength(48)
    const [end] = await cloud().tick(todayAt('00:05'))
    expect(end?.kind).toBe('succeeded')
    const [manifest, ...more] = await generations(cloud(), YESTERDAY)
    expect(more).toEqual([])
    expect(manifest).toMatchObject({ date_utc: YESTERDAY, row_count: 480, hours_found: 24, is_partial: false })
    expect(cloud().announced.filter(({ detail }) => detail.dataset === 'app')).toEqual([
      expect.objectContaining({
        'detail-type': 'Day Sealed',
        detail: expect.objectContaining({ dataset: 'app', date: YESTERDAY, generation: 1, rowCount: 480 }),
      }),
    ])
    expect(cloud().deadLetters).toEqual([])
  })

  it('converts once for an event that comes ten times', async () => {
    const event = await uploadHour(cloud(), DATE, '05')
    expect(await work(Array.from({ length: 10 }, () => event))).toBe(10)
    expect(logged('an object has arrived: converted')).toBe(1)
    expect(logged('an object has arrived: unchanged')).toBe(9)
  })

  it('ends with the newest object, whatever the order of the events', async () => {
    const first = await uploadHour(cloud(), DATE, '05')
    const second = await uploadHour(cloud(), DATE, '05', hourFile('05', 3, 'second'))
    await work([second, first, second])
    expect(logged('an object has arrived: older')).toBe(1)
    const [end] = await sealFewer()
    expect(end).toMatchObject({ rowCount: 3 })
  })

  it('takes an object that was written again with the same content as the same', async () => {
    await work([await uploadHour(cloud(), DATE, '05')])
    await work([await uploadHour(cloud(), DATE, '05')])
    expect(logged('an object has arrived: converted')).toBe(1)
    expect(logged('an object has arrived: unchanged')).toBe(1)
  })

  it('has no use for the event of an object that is gone', async () => {
    const event = await uploadHour(cloud(), DATE, '05')
    await cloud().client.send(new DeleteObjectCommand({ Bucket: ARCHIVE, Key: hourKey(DATE, '05') }))
    await work([event])
    expect(logged('an object has arrived: empty')).toBe(1)
    expect(await parts()).toEqual([])
    expect(cloud().deadLetters).toEqual([])
  })

  it('ignores, and counts, keys that the layout does not explain', async () => {
    const keys = [
      'app/a b+c%20d/ü/05.jsonl.gz',
      `app/${DATE}/05.jsonl.gz`,
      `${hourKey(DATE, '05')}.tmp`,
      'app/%2e%2e/x',
    ]
    const events = []
    for (const key of keys) events.push(await cloud().upload(ARCHIVE, key, hourFile('05')))
    const elsewhere = await cloud().upload(ARCHIVE, 'other/20250101/05.jsonl.gz', hourFile('05'))
    expect(await work([...events, elsewhere])).toBe(4)
    expect(logged('"KeysIgnored":1')).toBe(4)
    expect(cloud().deadLetters).toEqual([])
  })

  it('lets an hour that is corrupt go to the dead letters, and says which key and why', async () => {
    await work(await uploadDay(cloud(), DATE, FEW_HOURS))
    const bad = await uploadHour(cloud(), DATE, '05', Buffer.from('neither gzip nor JSON'))
    await work([bad])
    expect(cloud().deadLetters.map((body) => JSON.parse(body).detail.object.key)).toEqual([hourKey(DATE, '05')])
    expect(logged('a message could not be worked on')).toBe(5)
    const failed = cloud().announced.filter((event) => event['detail-type'] === 'Hour Failed')
    expect(failed.map(({ detail }) => [detail.key, detail.hour])).toEqual([[hourKey(DATE, '05').slice(4), '05']])
    const end = await seal()
    expect(end).toMatchObject({ kind: 'failed', error: 'Dayseal.source' })
    expect(await generations(cloud(), DATE)).toEqual([])
    const last = cloud().announced.at(-1)
    expect(last).toMatchObject({ 'detail-type': 'Day Failed', detail: { date: DATE, error: 'Dayseal.source' } })
    expect(last?.detail.cause).toContain('05.jsonl.gz')
  })

  it('marks a sealed day stale when other content arrives, and seals it again', async () => {
    await work(await uploadDay(cloud(), DATE, FEW_HOURS))
    await seal()
    await work([await uploadHour(cloud(), DATE, '05')])
    expect(cloud().announced).toHaveLength(1)
    await work([await uploadHour(cloud(), DATE, '05', hourFile('05', 21, 'late'))])
    expect(cloud().announced.at(-1)).toMatchObject({
      'detail-type': 'Day Stale',
      detail: { date: DATE, generation: 1 },
    })
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect((await generations(cloud(), DATE)).map(({ row_count }) => row_count)).toEqual([80, 81])
    expect(cloud().announced.at(-1)).toMatchObject({ 'detail-type': 'Day Sealed', detail: { generation: 2 } })
  })

  it('announces that a sealed day could not be sealed again', async () => {
    await work(await uploadDay(cloud(), DATE, FEW_HOURS))
    await seal()
    await uploadHour(cloud(), DATE, '05', Buffer.from('neither gzip nor JSON'))
    expect(await seal()).toMatchObject({ kind: 'failed' })
    expect(cloud().announced.map((event) => event['detail-type'])).toEqual(['Day Sealed', 'Day Failed'])
    expect(await generations(cloud(), DATE)).toHaveLength(1)
  })

  /** What the seal of the one hour announces: it is enough for this. */
  async function sealFewer() {
    const result = await cloud().invoke('Seal', { dataset: 'app', date: DATE, minHours: 1, owner: 'test' })
    if (result.kind === 'failed') throw new Error(result.cause)
    const { row_count } = JSON.parse(result.payload) as { row_count: number }
    return [{ rowCount: row_count }]
  }
}
