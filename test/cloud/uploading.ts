import { gunzipSync, gzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { ARCHIVE, SEAL_DAY } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo, generations, keysUnder, LONG_AGO, todayAt } from './sealed-days.ts'

const DAY_BEFORE = daysAgo(6)
/** Tomorrow: whatever was put just now was put long before. */
const LATER = new Date(todayAt('05:40').getTime() + 86_400_000)

/** Uploads of `web`: partitioned when they arrive, or by schedule, and sealed as days. */
export function uploading(cloud: () => Cloud): void {
  const put = (name: string, body: Buffer) => cloud().upload(ARCHIVE, `web/uploads/${name}`, body)
  const tell = async (...events: Parameters<Cloud['deliver']>[0]) => {
    expect(cloud().deliver(events)).toBe(events.length)
    await cloud().drain()
    expect(cloud().deadLetters).toEqual([])
  }
  const keys = async (prefix: string) => {
    const list = new ListObjectsV2Command({ Bucket: ARCHIVE, Prefix: `web/${prefix}` })
    return ((await cloud().client.send(list)).Contents ?? []).map(({ Key = '' }) => Key)
  }
  const slices = (date: string) => keys(`${date.replaceAll('-', '')}/`)
  const bytesOf = async (Key: string) => {
    const { Body } = await cloud().client.send(new GetObjectCommand({ Bucket: ARCHIVE, Key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const sealed = async (date: string) => {
    expect(await cloud().execute(SEAL_DAY, { dataset: 'web', date })).toMatchObject({ kind: 'succeeded' })
    const answer = await cloud().invoke('Verify', { dataset: 'web', date, source: true })
    expect(answer.kind === 'answered' && JSON.parse(answer.payload)).toMatchObject({ result: 'passed' })
    return (await generations(cloud(), date, 'web')).map(({ row_count }) => row_count)
  }
  const told = (kind: string) => cloud().announced.filter((event) => event['detail-type'] === kind)
  const logOf = (name: string) =>
    cloud()
      .functions.find((one) => one.name === name)
      ?.log.join('') ?? ''

  it('are split when they arrive, however often that is told, and their days sealed', async () => {
    const body = gzipSync(`${lines(LONG_AGO, 30)}${lines(DAY_BEFORE, 10)}not JSON\n`)
    const event = await put('a.log', body)
    await tell(event, event, event, await put('of the same content', body))
    const of = await slices(LONG_AGO)
    expect(of).toHaveLength(3)
    const slice = await bytesOf(of[0]!)
    expect(gunzipSync(slice).toString()).toBe(lines(LONG_AGO, 30, '00'))
    expect(await keys('_uploads/quarantine/')).toHaveLength(1)
    expect(logOf('Partition')).toContain('"EventsSliced":40')
    // S3 tells of a slice as of any object: it counts by its ledger, and the seal converts its hour.
    await tell(await cloud().upload(ARCHIVE, of[0]!, slice))
    expect(await keysUnder(cloud().client, 'web/hourly/')).toEqual([])
    expect(logOf('Convert')).not.toContain('KeysIgnored')
    expect(await sealed(LONG_AGO)).toEqual([30])
    expect(await sealed(DAY_BEFORE)).toEqual([10])
    const [manifest] = await generations(cloud(), LONG_AGO, 'web')
    expect(manifest?.uploads).toMatchObject({ rule: 'silent', in_flight: 0 })
  })

  it('make sealed days stale when they come late, take nothing away, and are held where somebody has to decide', async () => {
    await tell(await put('a.log', Buffer.from(lines(LONG_AGO, 30))))
    expect(await sealed(LONG_AGO)).toEqual([30])
    await tell(await put('late.log', Buffer.from(`${lines(LONG_AGO, 3)}${lines(DAY_BEFORE, 3)}`)))
    expect(told('Day Stale')).toMatchObject([{ detail: { dataset: 'web', date: LONG_AGO, generation: 1 } }])
    expect(await sealed(LONG_AGO)).toEqual([30, 33])
    expect(await sealed(DAY_BEFORE)).toEqual([3])
    const before = await slices(LONG_AGO)
    // Of a name that gets another content, what it was counts on.
    await tell(await put('a.log', Buffer.from(lines(DAY_BEFORE, 9, '07'))))
    expect(await slices(LONG_AGO)).toEqual(before)
    expect(told('Day Stale').map(({ detail }) => detail.date)).toEqual([LONG_AGO, DAY_BEFORE])
    expect(await sealed(LONG_AGO)).toEqual([30, 33])
    expect(await sealed(DAY_BEFORE)).toEqual([3, 6])
    // Where it has lines in common, somebody has to decide.
    await tell(await put('a.log', Buffer.from(`${lines(DAY_BEFORE, 6, '07')}${lines(DAY_BEFORE, 2, '00')}`)))
    expect(told('Upload Held')).toMatchObject([{ detail: { dataset: 'web', key: 'uploads/a.log' } }])
    expect(logOf('Partition')).toContain('"UploadsHeld":1')
    expect(await sealed(DAY_BEFORE)).toEqual([3, 6])
  })

  it('hold no day up when they cannot be read, and are found by schedule when nobody told of them', async () => {
    await tell(await put('picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 0xff])))
    expect(told('Upload Refused')).toMatchObject([{ detail: { dataset: 'web', key: 'uploads/picture.png' } }])
    expect(logOf('Partition')).toContain('"UploadsRefused":1')
    await put('lost.log', Buffer.from(lines(LONG_AGO, 6)))
    const waiting = await cloud().execute(SEAL_DAY, { dataset: 'web', date: LONG_AGO })
    expect(waiting).toMatchObject({ kind: 'failed', error: 'Dayseal.incomplete' })
    expect(told('Day Incomplete')[0]?.detail.uploads).toBe('an upload is not partitioned yet: uploads/lost.log')
    expect(await cloud().tick(LATER)).toMatchObject([{ kind: 'succeeded', output: { dataset: 'web', in_flight: 1 } }])
    expect(told('Upload In Flight')).toMatchObject([{ detail: { dataset: 'web', key: 'uploads/lost.log' } }])
    await cloud().relay()
    await cloud().drain()
    expect(cloud().deadLetters).toEqual([])
    expect(await slices(LONG_AGO)).toHaveLength(3)
    expect(await sealed(LONG_AGO)).toEqual([6])
    // The hour that an object of the archive tells of is converted, beside slices.
    const key = `web/${DAY_BEFORE.replaceAll('-', '')}/05/app.jsonl.gz`
    await tell(await cloud().upload(ARCHIVE, key, gzipSync(lines(DAY_BEFORE, 2))))
    expect(await keysUnder(cloud().client, `web/hourly/${DAY_BEFORE}/`)).toHaveLength(2)
  })
}

/** So many events of a day, a third in each of three hours, or only those of one. */
function lines(date: string, count: number, hour?: string): string {
  const hours = ['00', '07', '23']
  const at = (n: number) => `${date}T${hours[n % 3]}:30:00Z`
  return Array.from({ length: count }, (_, n) => ({ at: at(n), n, text: `event ${n}` }))
    .filter((event) => hour === undefined || event.at.startsWith(`${date}T${hour}`))
    .map((event) => `${JSON.stringify(event)}\n`)
    .join('')
}
