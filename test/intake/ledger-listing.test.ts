import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commitLedger } from '../../lib/intake/commit-ledger.ts'
import { finishVersions } from '../../lib/intake/finish-versions.ts'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { nameHash } from '../../lib/intake/upload-id.ts'
import { LEDGERS, noteKey, uploadLedgerKey, versionName } from '../../lib/intake/upload-keys.ts'
import { readUploadLedger, type UploadLedger, uploadLedgerBytes } from '../../lib/intake/upload-ledger.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { idOf, partitionedUpload, refusedUpload } from './upload-ledgers.ts'

let folder: string
let archive: ObjectStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-ledgers-'))
  archive = openDirectory(folder)
})
afterEach(() => rm(folder, { recursive: true }))

const [A, B] = [idOf('a'), idOf('b')]
const sliceOf = (id: string) => `20250314/05/${id}.jsonl.gz`

async function put(key: string, text = 'content'): Promise<ObjectInfo> {
  return putObject(archive, key, Buffer.from(text))
}

const list = () => listUploads(archive, 'uploads/')

describe('what counts', () => {
  test('nothing, where there is nothing', async () => {
    const { live, retired, inFlight, refused, unexpected, isLive } = await list()
    expect([live.size, retired.size, inFlight, refused, unexpected]).toEqual([0, 0, [], [], []])
    expect(isLive(sliceOf(A))).toBe(false)
  })

  test('an upload is in flight until its present state has a ledger', async () => {
    const { key, etag } = await put('uploads/a.jsonl')
    expect((await list()).inFlight).toMatchObject([{ key, etag }])
    await commitLedger(archive, partitionedUpload({ key, etag }))
    const after = await list()
    expect(after.inFlight).toEqual([])
    expect(after.isLive(sliceOf(A))).toBe(true)
    expect(after.isLive('20250314/05/somebody-else.jsonl.gz')).toBe(false)
    await put('uploads/a.jsonl', 'other content')
    const replaced = await list()
    expect(replaced.inFlight).toMatchObject([{ key }])
    expect(replaced.isLive(sliceOf(A))).toBe(true)
  })

  test('a state that comes back counts again once it has another ledger', async () => {
    const { key, etag } = await put('uploads/a.jsonl')
    await commitLedger(archive, partitionedUpload({ key, etag }))
    await commitLedger(archive, partitionedUpload({ key, etag: 'e2', id: B, seq: 2 }))
    const before = await list()
    expect(before.inFlight).toHaveLength(1)
    expect([before.isLive(sliceOf(A)), before.isLive(sliceOf(B))]).toEqual([false, true])
    expect(before.retired).toEqual(new Map([[A, new Set([B])]]))
    await commitLedger(archive, partitionedUpload({ key, etag, seq: 3 }))
    const after = await list()
    expect(after.inFlight).toEqual([])
    expect(after.retired).toEqual(new Map([[B, new Set([A])]]))
  })

  test('one content under two names counts until both have another', async () => {
    await commitLedger(archive, partitionedUpload({ key: 'uploads/a' }))
    await commitLedger(archive, partitionedUpload({ key: 'uploads/b' }))
    expect((await list()).live.get(A)).toHaveLength(2)
    await commitLedger(archive, partitionedUpload({ key: 'uploads/a', id: B, seq: 2 }))
    expect((await list()).retired).toEqual(new Map())
    await commitLedger(archive, partitionedUpload({ key: 'uploads/b', id: B, seq: 2 }))
    expect((await list()).retired).toEqual(new Map([[A, new Set([B])]]))
  })

  test('a version that cannot be read takes nothing away, and is not in flight', async () => {
    const { key, etag } = await put('uploads/a.jsonl')
    await commitLedger(archive, partitionedUpload({ key, etag: 'before' }))
    await commitLedger(archive, refusedUpload({ key, etag, seq: 2 }))
    const { inFlight, isLive, refused, retired } = await list()
    expect([inFlight, isLive(sliceOf(A))]).toEqual([[], true])
    expect(refused).toMatchObject([{ seq: 2, outcome: 'refused' }])
    expect(retired).toEqual(new Map())
  })
})

describe('committing', () => {
  test('of two versions that take one number, one is written', async () => {
    const both = [partitionedUpload({}), partitionedUpload({ etag: 'e2', id: B })]
    const written = await Promise.all(both.map((ledger) => commitLedger(archive, ledger)))
    expect(written.toSorted()).toEqual([false, true])
    const { live } = await list()
    expect([...live.keys()]).toEqual([both[written.indexOf(true)]!.id])
  })

  test('a ledger without its note counts all the same', async () => {
    const ledger = partitionedUpload({})
    await commitLedger(archive, ledger)
    const { live } = await list()
    expect(live.get(A)).toMatchObject([{ isNoted: false }])
    await finishVersions(archive, LEDGERS)
    expect(await archive.head(noteKey(versionName(ledger.upload, ledger)))).toMatchObject({ size: 0 })
    expect((await list()).live).toEqual(new Map([[A, [{ ...live.get(A)![0]!, isNoted: true }]]]))
  })

  test('a ledger that does not add up is not written', async () => {
    const ledger = partitionedUpload({})
    const wrong: UploadLedger[] = [
      { ...ledger, events: { ...ledger.events, read: 4 } },
      { ...ledger, events: { ...ledger.events, sliced: 3, read: 4 } },
      { ...ledger, quarantine: null },
    ]
    for (const one of wrong) expect(() => uploadLedgerBytes(one)).toThrow('the ledger of uploads/a.jsonl is wrong')
  })
})

describe('what does not belong there', () => {
  test('foreign names are reported', async () => {
    const foreign = [
      '_uploads/ledgers/notes.txt',
      `_uploads/ledgers/${nameHash('a')}/00000000.json`,
      `_uploads/ledgers/${nameHash('a')}/1.json`,
    ]
    for (const key of [...foreign, 'uploads/.DS_Store']) await put(key)
    const { unexpected, inFlight } = await list()
    expect(unexpected.toSorted()).toEqual([...foreign, 'uploads/.DS_Store'].toSorted())
    expect(inFlight).toEqual([])
  })

  test.each([
    ['no JSON', 'broken'],
    ['no ledger', '{"ledger_version":2}'],
  ])('a ledger without a note that is %s stops everything', async (_, text) => {
    await put(uploadLedgerKey(nameHash('uploads/a'), 1), text)
    await expect(list()).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('so does one that was moved', async () => {
    await put(
      uploadLedgerKey(nameHash('uploads/b'), 1),
      Buffer.from(uploadLedgerBytes(partitionedUpload({}))).toString(),
    )
    await expect(list()).rejects.toThrow(/is the ledger of another upload; seen: uploads\/a.jsonl, version 1/)
  })

  test('and a note without its ledger, or two', async () => {
    const ledger = partitionedUpload({})
    await commitLedger(archive, ledger)
    await finishVersions(archive, LEDGERS)
    await put(noteKey(versionName(ledger.upload, { ...ledger, id: B })), '')
    await expect(list()).rejects.toThrow('two notes')
    await archive.delete(noteKey(versionName(ledger.upload, ledger)))
    const key = uploadLedgerKey(nameHash(ledger.upload.key), 1)
    expect(await readUploadLedger(archive, key)).toEqual(ledger)
    await archive.delete(key)
    await expect(list()).rejects.toThrow('a note without the ledger')
  })
})
