import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { isMethod, s3Bucket } from '../store/s3-bucket.ts'
import { thrownBy } from '../thrown.ts'
import { eventAt, linesIn, partitionKey, put, sliceKeys } from './intake-place.ts'

const bucket = s3Bucket()
const KEY = 'uploads/a.jsonl.gz'

async function place() {
  const scratch = await mkdtemp(join(tmpdir(), 'dayseal-bucket-'))
  onTestFinished(() => rm(scratch, { recursive: true }))
  return { archive: bucket.open(), scratch }
}

test('in a bucket, a content that comes back has the etag that it had, and counts once', async () => {
  const here = await place()
  const contents = ['05', '06', '05'].map((hour) => gzipSync(eventAt(`2025-03-14T${hour}:00:00Z`)))
  const etags: string[] = []
  for (const [index, content] of contents.entries()) {
    etags.push((await put(here.archive, KEY, content)).etag)
    expect((await listUploads(here.archive, 'uploads/')).inFlight).toMatchObject([{ key: KEY }])
    const relation = ['new', 'beside', 'same'][index]
    expect(await partitionKey(here, KEY)).toMatchObject({ kind: 'partitioned', ledger: { seq: index + 1, relation } })
    expect((await listUploads(here.archive, 'uploads/')).inFlight).toEqual([])
    const lines = await Promise.all((await sliceKeys(here.archive)).map((key) => linesIn(here.archive, key)))
    expect(lines.flat()).toEqual(
      ['05', '06'].slice(0, index + 1).map((hour) => eventAt(`2025-03-14T${hour}:00:00Z`).trim()),
    )
  }
  expect(etags[2]).toBe(etags[0])
})

test('to a store that does not check conditions, nothing is read of it, and nothing written', async () => {
  const here = await place()
  await put(here.archive, KEY, gzipSync(eventAt('2025-03-14T05:00:00Z')))
  bucket.server().fail({ fault: { kind: 'unconditional' }, when: isMethod('PUT'), times: 99 })
  const before = bucket.requests().length
  const error = await thrownBy(() => partitionKey(here, KEY))
  expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('is no place for Dayseal') })
  expect((await here.archive.list('')).map(({ key }) => key)).toEqual([KEY])
  expect(
    bucket
      .requests()
      .slice(before)
      .filter(isMethod('GET'))
      .filter(({ key }) => key.endsWith(KEY)),
  ).toEqual([])
})

test('delivered again, nothing is read of it, and nothing written', async () => {
  const here = await place()
  await put(here.archive, KEY, gzipSync(eventAt('2025-03-14T05:00:00Z')))
  const first = await partitionKey(here, KEY)
  const before = bucket.requests().length
  const again = await partitionKey(here, KEY)
  expect(again).toEqual({
    kind: 'already-partitioned',
    ledger: first.kind === 'partitioned' && first.ledger,
    retired: [],
  })
  const requests = bucket.requests().slice(before)
  expect(requests.filter(isMethod('PUT', 'DELETE'))).toEqual([])
  // With the HEAD of the test itself, what looks for unfinished versions, and for what is retired.
  expect(requests.length).toBeLessThanOrEqual(5)
})
