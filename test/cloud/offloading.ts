import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { checkArchive } from '../../lib/export/archive/check-archive.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { ARCHIVE, FEW_HOURS, hourFile, hourKey, SEALED } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo, LONG_AGO, todayAt } from './sealed-days.ts'

const DUE = todayAt('05:10')
const YOUNG = daysAgo(2)

/** Old source files by schedule: of `app` they go, of `kept` they stay. */
export function offloading(cloud: () => Cloud): void {
  const keyOf = (dataset: string, date: string, hour: string) => hourKey(date, hour).replace(/^app/, dataset)
  const keysOf = (dataset: string, date: string) => FEW_HOURS.map((hour) => keyOf(dataset, date, hour))
  const sealed = async (dataset: string, date: string) => {
    for (const hour of FEW_HOURS) await cloud().upload(ARCHIVE, keyOf(dataset, date, hour), hourFile(hour))
    const seal = { dataset, date, minHours: 4, owner: 'test' }
    expect(await cloud().invoke('Seal', seal)).toMatchObject({ kind: 'answered' })
  }
  const keys = async (bucket: string, prefix: string) => {
    const { Contents = [] } = await cloud().client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }))
    return Contents.map(({ Key = '' }) => Key)
  }
  const told = () => cloud().announced.filter((event) => event['detail-type'].startsWith('Offload'))

  /** What a zip in the bucket is, read as anybody would who has fetched it. */
  async function checked(key: string) {
    const folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
    try {
      const { Body } = await cloud().client.send(new GetObjectCommand({ Bucket: SEALED, Key: key }))
      await writeFile(join(folder, 'a.zip'), (await Body?.transformToByteArray()) ?? '')
      return await checkArchive({ store: openStore(folder), key: 'a.zip' })
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  it('puts the sources of old days into zips, and deletes them where the policy says so', async () => {
    await sealed('app', LONG_AGO)
    await sealed('app', YOUNG)
    await sealed('kept', LONG_AGO)
    const done = { first_day: LONG_AGO, last_day: LONG_AGO, days: 1, files: 4, left: 0 }
    expect(await cloud().tick(DUE)).toMatchObject([
      { kind: 'succeeded', output: { dataset: 'app', ...done, deleted: 4 } },
      { kind: 'succeeded', output: { dataset: 'kept', ...done, deleted: 0 } },
    ])
    for (const dataset of ['app', 'kept']) {
      expect(await keys(SEALED, `${dataset}/offloads/`)).toEqual([`${dataset}/offloads/${LONG_AGO}.zip`])
      const check = await checked(`${dataset}/offloads/${LONG_AGO}.zip`)
      const days = check.kind === 'valid' ? check.days : []
      expect(days.map(({ date, sources }) => [date, [...sources.keys()].map((key) => `${dataset}/${key}`)])).toEqual([
        [LONG_AGO, keysOf(dataset, LONG_AGO)],
      ])
    }
    expect(await keys(ARCHIVE, '')).toEqual([...keysOf('app', YOUNG), ...keysOf('kept', LONG_AGO)])
    const facts = { firstDay: LONG_AGO, lastDay: LONG_AGO, days: 1, files: 4 }
    expect(told()).toMatchObject([
      { 'detail-type': 'Offload Done', detail: { dataset: 'app', ...facts, deleted: 4 } },
      { 'detail-type': 'Offload Done', detail: { dataset: 'kept', ...facts, deleted: 0 } },
    ])
    expect(await cloud().tick(DUE)).toMatchObject([{ output: { days: 0 } }, { output: { days: 0 } }])
    expect(told()).toHaveLength(2)
    expect(cloud().deadLetters).toEqual([])
    const deletes = cloud().calls.filter(({ action }) => action === 's3:DeleteObject')
    const offloaded = deletes.filter(({ caller }) => caller === 'AKIAOFFLOAD').map(({ resource }) => resource)
    expect(offloaded).toEqual(keysOf('app', LONG_AGO).map((key) => `arn:aws:s3:::${ARCHIVE}/${key}`))
  })

  it('leaves a day alone that does not verify, says so, and tries again', async () => {
    await sealed('app', LONG_AGO)
    await cloud().upload(ARCHIVE, keyOf('app', LONG_AGO, '05'), hourFile('05', 21, 'late'))
    expect((await cloud().tick(DUE))[0]).toMatchObject({ kind: 'failed', error: 'Dayseal.source' })
    expect(told()).toMatchObject(
      Array(3).fill({ 'detail-type': 'Offload Failed', detail: { dataset: 'app', date: LONG_AGO } }),
    )
    expect(told()[0]?.detail.cause).toContain(`${LONG_AGO} does not verify`)
    const [dead, ...more] = cloud().deadLetters.map((body) => JSON.parse(body))
    expect(more).toEqual([])
    expect(dead).toMatchObject({
      requestPayload: { dataset: 'app', scheduledTime: DUE.toISOString().replace('.000', '') },
      responsePayload: { errorType: 'Dayseal.source' },
    })
    expect(await keys(ARCHIVE, 'app/')).toEqual(keysOf('app', LONG_AGO))
    expect(await keys(SEALED, 'app/offloads/')).toEqual([])
  })
}
