import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { parse } from 'csv-parse/sync'
import { expect, it } from 'vitest'
import { FEW_HOURS, SEAL_DAY, SEALED, uploadDay } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo, LONG_AGO } from './sealed-days.ts'

const GIVEN = 'test-exports'
/** The day after the one that is sealed, at a time of day: long ago, so that the clock tells something else. */
const afterwards = (time: string) => new Date(`${daysAgo(4)}T${time}:00Z`)

/** Exports after a seal, by schedule, and by hand; and what fails. */
export function exporting(cloud: () => Cloud): void {
  const keys = async (bucket: string, prefix: string) => {
    const { Contents = [] } = await cloud().client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))
    return Contents.map(({ Key = '' }) => Key)
  }
  const bytesOf = async (bucket: string, Key: string) => {
    const { Body } = await cloud().client.send(new GetObjectCommand({ Bucket: bucket, Key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const ask = (event: object) => cloud().invoke('Export', { dataset: 'app', ...event })
  const told = () => cloud().announced.filter((event) => event['detail-type'].startsWith('Export'))

  it('exports a day after its seal and by schedule, and gives a URL of a file', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    expect(await cloud().execute(SEAL_DAY, { dataset: 'app', date: LONG_AGO })).toMatchObject({ kind: 'succeeded' })
    expect(await cloud().relay()).toMatchObject([{ kind: 'answered' }])
    const { detail } = told()[0]!
    expect(detail).toMatchObject({ dataset: 'app', export: 'table', firstDay: LONG_AGO, days: 1, rows: 80 })
    expect(detail).not.toHaveProperty('date')
    const [csv = '', sqlite = ''] = detail.keys as string[]
    expect(detail.location).toBe(`s3://${SEALED}/app`)
    const metas = [csv, sqlite].map((key) => `app/${key}.meta.json`)
    expect(await keys(SEALED, 'app/exports/')).toEqual(
      [
        ...[csv, sqlite].map((key) => `app/${key}`),
        ...metas,
        ...['latest.csv', 'latest.csv.json', 'latest.sqlite', 'latest.sqlite.json'].map(
          (name) => `app/exports/table/${name}`,
        ),
      ].sort(),
    )
    const table = await bytesOf(SEALED, `app/${csv}`)
    expect(parse(table, { columns: true })).toHaveLength(80)
    expect((await bytesOf(SEALED, `app/${sqlite}`)).subarray(0, 15).toString()).toBe('SQLite format 3')
    const meta = JSON.parse((await bytesOf(SEALED, metas[0]!)).toString())
    expect(meta).toMatchObject({
      status: 'complete',
      event_count: 80,
      source_days: [{ date: LONG_AGO, generation: 1 }],
    })

    const again = await ask({ export: 'table' })
    expect(again.kind === 'answered' && JSON.parse(again.payload)).toMatchObject({ outcome: 'nothing-new' })

    for (const _ of [1, 2]) {
      expect(await cloud().tick(afterwards('04:30'))).toMatchObject([
        { kind: 'succeeded', output: { first_day: LONG_AGO } },
      ])
    }
    const [hours = '', ...more] = (await keys(GIVEN, '')).filter((key) => !key.endsWith('.meta.json'))
    // The second run removed what the first one wrote.
    expect(more).toEqual([])
    const lines = gunzipSync(await bytesOf(GIVEN, hours))
      .toString()
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(FEW_HOURS.map((hour) => ({ hour: Number(hour), rows: 20 })))
    expect(told().map(({ detail }) => detail.export)).toEqual(['table', 'hours', 'hours'])

    for (const [key, bytes] of [
      [csv, table],
      [hours.replace('given/', ''), await bytesOf(GIVEN, hours)],
    ] as const) {
      const answer = await ask({ key, expiresSeconds: 60 })
      const { url, ...rest } = JSON.parse(answer.kind === 'answered' ? answer.payload : answer.cause)
      expect(rest).toEqual({ bytes: bytes.length, expires_seconds: 60 })
      expect(url).toMatch(/[?&]X-Amz-Expires=60&/)
      const response = await fetch(url)
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
    }
    expect(cloud().deadLetters).toEqual([])
  })

  it('tries again what fails, says so each time, and gives no URL of what is no export', async () => {
    await uploadDay(cloud(), LONG_AGO, FEW_HOURS)
    const seal = { dataset: 'app', date: LONG_AGO, minHours: 4, owner: 'test' }
    expect(await cloud().invoke('Seal', seal)).toMatchObject({ kind: 'answered' })
    expect(await cloud().tick(afterwards('04:45'))).toMatchObject([{ kind: 'failed', error: 'Dayseal.usage' }])
    expect(told().map(({ detail }) => [detail.export, detail.error])).toEqual(
      Array(3).fill(['broken', 'Dayseal.usage']),
    )
    expect(told()[0]?.detail.cause).toContain('out of order')
    const [dead, ...more] = cloud().deadLetters.map((body) => JSON.parse(body))
    expect(more).toEqual([])
    expect(dead).toMatchObject({
      requestPayload: { dataset: 'app', export: 'broken', scheduledTime: `${daysAgo(4)}T04:45:00Z` },
      responsePayload: { errorType: 'Dayseal.usage', errorMessage: expect.stringContaining('out of order') },
    })
    expect(await keys(SEALED, 'app/exports/')).toEqual([])
    const manifest = `history/${LONG_AGO}/manifest.g0001.json`
    for (const key of [
      manifest,
      `exports/../${manifest}`,
      `/exports/x`,
      'exports',
      'hours/../../x',
      'exports/gone.csv',
    ]) {
      expect(await ask({ key })).toMatchObject({
        kind: 'failed',
        error: expect.stringMatching(/^Dayseal\.(usage|storage)$/),
      })
    }
    expect(await ask({ export: 'table', dates: [daysAgo(2)] })).toMatchObject({
      kind: 'failed',
      error: 'Dayseal.guard',
    })
    expect(await ask({ export: 'tabel' })).toMatchObject({ kind: 'failed', error: 'Dayseal.usage' })
  })
}
