import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { CreateMultipartUploadCommand, DeleteObjectCommand } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { ARCHIVE, FEW_HOURS, hourFile, hourKey, SEAL_DAY, SEALED, uploadDay, uploadHour } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { generations, keysUnder, LONG_AGO } from './sealed-days.ts'

const DATE = LONG_AGO
const BLANK = gzipSync('\n\n')

/** What the functions seldom do, and their permissions must grant all the same. */
export function seldom(cloud: () => Cloud): void {
  const seal = () => cloud().execute(SEAL_DAY, { dataset: 'app', date: DATE })
  const keys = (folder: string) => keysUnder(cloud().client, `app/${folder}/${DATE}/`)
  const remove = (key: string) => cloud().client.send(new DeleteObjectCommand({ Bucket: SEALED, Key: `app/${key}` }))
  const arrive = async (hour: string, body: Buffer) => {
    cloud().deliver([await uploadHour(cloud(), DATE, hour, body)])
    await cloud().drain()
    expect(cloud().deadLetters).toEqual([])
  }
  const verified = async (source: boolean) => {
    const answer = await cloud().invoke('Verify', { dataset: 'app', date: DATE, source })
    return answer.kind === 'answered' ? JSON.parse(answer.payload) : answer
  }

  it('mends a view that lags, and makes a part anew that is gone', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    const view = await keys('daily')
    expect(view).toHaveLength(3)
    for (const key of view) await cloud().client.send(new DeleteObjectCommand({ Bucket: SEALED, Key: key }))
    await remove(`hourly/${DATE}/03.parquet`)
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await keys('daily')).toEqual(view)
    await arrive('05', hourFile('05', 21, 'late'))
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect((await generations(cloud(), DATE)).map(({ row_count }) => row_count)).toEqual([80, 81])
    expect(await keys('hourly')).toHaveLength(8)
    expect(await verified(true)).toMatchObject(warned('manifest.complete'))
  })

  it('seals again when a column appears, and not when an hour loses rows', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    await seal()
    await arrive('05', gzipSync('{"n":1,"more":{"deep":[1,2]}}\n'.repeat(20)))
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    await arrive('06', BLANK)
    expect(await keys('hourly')).not.toContain(`app/hourly/${DATE}/06.parquet`)
    expect(await seal()).toMatchObject({ kind: 'failed', error: 'Dayseal.guard' })
    expect((await generations(cloud(), DATE)).map(({ row_count }) => row_count)).toEqual([80, 80])
  })

  it('keeps rejected lines, and forgets them when the hour is another', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    const rows = Array.from({ length: 99 }, (_, n) => `{"n":${n}}\n`).join('')
    await arrive('05', gzipSync(`${rows}{"n":\n`))
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await keys('quarantine')).toEqual([`app/quarantine/${DATE}/05.jsonl.gz`])
    expect(await verified(true)).toMatchObject(warned('manifest.complete'))
    await arrive('05', gzipSync(rows))
    expect(await keys('quarantine')).toEqual([])
    expect(await verified(false)).toMatchObject(warned('manifest.complete', 'quarantine.newer'))
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await verified(true)).toMatchObject(warned('manifest.complete'))
  })

  it('seals a day without rows', async () => {
    for (const hour of FEW_HOURS) await uploadHour(cloud(), DATE, hour, BLANK)
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await generations(cloud(), DATE)).toMatchObject([{ row_count: 0, data_key: null }])
    expect(await keys('daily')).toEqual([`app/daily/${DATE}/manifest.json`])
  })

  it('writes what is larger than one part of an upload, and takes it back when that fails', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    cloud().s3.put(ARCHIVE, hourKey(DATE, '00'), largeHour())
    const denied = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const
    for (const folder of ['hourly', 'generations']) {
      cloud().s3.fail({
        fault: denied,
        when: ({ method, key, query }) => method === 'PUT' && key.includes(folder) && query.partNumber === '2',
        times: 1,
      })
    }
    // A fault of storage is tried again.
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    const aborted = cloud().calls.filter(({ action }) => action === 's3:AbortMultipartUpload')
    expect(aborted.map(({ caller }) => caller)).toEqual(['AKIACONVERT', 'AKIASEAL'])
    expect(cloud().s3.unfinished(SEALED)).toEqual([])
    expect(await generations(cloud(), DATE)).toMatchObject([{ row_count: FEW_HOURS.length * 20 + LARGE_ROWS }])
  })

  it('removes what a broken run left more than a week ago', async () => {
    await uploadDay(cloud(), DATE, FEW_HOURS)
    const left = `app/generations/${DATE}/g0001-left.parquet`
    cloud().s3.put(SEALED, left, Buffer.from('left'))
    const upload = { Bucket: SEALED, Key: `app/hourly/${DATE}/05.parquet` }
    const { UploadId = '' } = await cloud().client.send(new CreateMultipartUploadCommand(upload))
    const old = new Date(Date.now() - 8 * 86_400_000).toISOString()
    cloud().s3.fail({
      fault: answer(
        `<ListMultipartUploadsResult><Upload><Key>${upload.Key}</Key><UploadId>${UploadId}</UploadId><Initiated>${old}</Initiated></Upload></ListMultipartUploadsResult>`,
      ),
      when: ({ query }) => 'uploads' in query && query.prefix === `app/hourly/${DATE}/`,
    })
    cloud().s3.fail({
      fault: answer(
        `<ListBucketResult><Contents><Key>${left}</Key><Size>4</Size><ETag>"e"</ETag><LastModified>${old}</LastModified></Contents></ListBucketResult>`,
      ),
      when: ({ query }) => query['list-type'] === '2' && query.prefix === `app/generations/${DATE}/`,
    })
    expect(await seal()).toMatchObject({ kind: 'succeeded' })
    expect(await keys('generations')).toHaveLength(1)
    expect(await keys('generations')).not.toContain(left)
    expect(cloud().s3.unfinished(SEALED)).toEqual([])
  })
}

const LARGE_ROWS = 1000

/** Text that does not get smaller: its part is of 10 MB. */
function largeHour(): Buffer {
  const row = (n: number) => `${JSON.stringify({ n, text: randomBytes(10_000).toString('base64') })}\n`
  return gzipSync(Array.from({ length: LARGE_ROWS }, (_, n) => row(n)).join(''), { level: 1 })
}

/** A verdict that is nothing but these warnings. */
function warned(...checks: readonly string[]) {
  return { result: 'warned', days: [{ failed_checks: [], warned_checks: checks }] }
}

function answer(body: string) {
  return { kind: 'answer', status: 200, body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}` } as const
}
