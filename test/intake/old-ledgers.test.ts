import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { readUploadLedger, uploadLedgerBytes } from '../../lib/intake/upload-ledger.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { eventAt, intakePlace, linesIn, partitionKey, put, sliceKeys } from './intake-place.ts'

/*
 * Archives whose ledgers are of version 1: of an upload they know the stored bytes, and what counts follows from the names.
 */

let place: Awaited<ReturnType<typeof intakePlace>>
beforeEach(async () => {
  place = await intakePlace()
})
afterEach(() => place.remove())

const OLD = eventAt('2025-03-14T05:00:00Z') + eventAt('2025-03-14T06:00:00Z')

/** An archive as it was left by a version before there was a content index. */
async function oldArchive(stored: string | Uint8Array, key = 'uploads/app.log'): Promise<string> {
  await put(place.archive, key, stored)
  const outcome = await partitionKey(place, key)
  if (outcome.kind !== 'partitioned') throw new Error(outcome.kind)
  const { content: _, relation: __, ...ledger } = outcome.ledger
  const [ledgerKey = ''] = (await place.archive.list('_uploads/ledgers/')).map((info) => info.key).filter(isLedger)
  await putObject(place.archive, ledgerKey, uploadLedgerBytes({ ...ledger, ledger_version: 1 }))
  for (const folder of ['_uploads/contents/', '_uploads/retired/'])
    for (const info of await place.archive.list(folder)) await place.archive.delete(info.key)
  return ledger.id
}

const isLedger = (key: string) => key.endsWith('.json')
const live = async () => [...(await listUploads(place.archive, 'uploads/')).live.keys()]
const rows = async () => {
  const { isLive } = await listUploads(place.archive, 'uploads/')
  return (
    await Promise.all((await sliceKeys(place.archive)).filter(isLive).map((key) => linesIn(place.archive, key)))
  ).flat()
}

test.each([
  ['as it was', OLD, OLD],
  ['compressed since', OLD, gzipSync(OLD)],
  ['compressed as it was', gzipSync(OLD), gzipSync(OLD)],
])('an upload under another name, %s, counts once', async (_, before, after) => {
  const id = await oldArchive(before)
  await put(place.archive, 'uploads/app.log.1', after)
  expect(await partitionKey(place, 'uploads/app.log.1')).toMatchObject({
    kind: 'partitioned',
    ledger: { id, relation: 'same' },
  })
  expect([await live(), (await rows()).length]).toEqual([[id], 2])
})

test('one that has grown under another name takes the place of what it was', async () => {
  await oldArchive(OLD)
  await put(place.archive, 'uploads/app.log.1', OLD + eventAt('2025-03-14T07:00:00Z'))
  const grown = await partitionKey(place, 'uploads/app.log.1')
  expect(grown).toMatchObject({ kind: 'partitioned', ledger: { relation: 'again' }, retired: [{ seq: 1 }] })
  await put(place.archive, 'uploads/app.log', eventAt('2025-03-14T08:00:00Z'))
  expect(await partitionKey(place, 'uploads/app.log')).toMatchObject({ ledger: { relation: 'new' } })
  expect(await rows()).toHaveLength(4)
})

test('what was replaced before stays so', async () => {
  const first = await oldArchive(OLD)
  const [key = ''] = (await place.archive.list('_uploads/ledgers/')).map((info) => info.key).filter(isLedger)
  const ledger = (await readUploadLedger(place.archive, key))!
  const slice = `20250314/09/${'b'.repeat(32)}.jsonl.gz`
  await put(place.archive, slice, gzipSync(eventAt('2025-03-14T09:00:00Z')))
  if (ledger.outcome !== 'partitioned') throw new Error(ledger.outcome)
  const slices = [{ ...ledger.slices[0]!, key: slice, hour: '09' }]
  const events = { ...ledger.events, read: 1, sliced: 1 }
  const second = { ...ledger, id: 'b'.repeat(32), seq: 2, slices, events }
  await putObject(place.archive, key.replace('00000001', '00000002'), uploadLedgerBytes(second))
  const before = await live()
  expect(before).toEqual([second.id])
  // The first upload that is partitioned files the contents; nothing counts otherwise than before.
  await put(place.archive, 'uploads/other.log', eventAt('2025-03-14T10:00:00Z'))
  await partitionKey(place, 'uploads/other.log')
  expect((await live()).filter((id) => before.includes(id))).toEqual(before)
  expect((await listUploads(place.archive, 'uploads/')).retired).toEqual(new Map([[first, new Set([second.id])]]))
  expect(await rows()).toHaveLength(2)
})
