import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import { openStateCatalog } from '../../lib/catalog/state-catalog.ts'
import { DaysealError } from '../../lib/errors.ts'
import { openDirectory } from '../../lib/store/directory.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { catalogContract } from '../contract/catalog.ts'
import { arrived, converted } from '../contract/catalog-sources.ts'
import { thrownBy } from '../thrown.ts'

catalogContract('a directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-catalog-'))
  return {
    catalog: openStateCatalog(openDirectory(root, { createRoot: true }), { newId: randomUUID }),
    cleanUp: () => rm(root, { recursive: true }),
  }
})

describe('the state of a directory', () => {
  let root: string
  let store: ObjectStore
  let catalog: Catalog
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'dayseal-state-'))
    store = openDirectory(root)
    catalog = openStateCatalog(store, { newId: () => 'write 1' })
  })
  afterEach(() => rm(root, { recursive: true }))

  const PLACE = '_state/source/tier3/2025-03-14/20250314%2f05.jsonl.gz.json'

  it('is canonical JSON, one file for each record', async () => {
    await catalog.recordSource(converted('0A10', 1))
    expect((await store.list('')).map(({ key }) => key)).toEqual([PLACE])
    expect(await readFile(join(root, PLACE), 'utf8')).toBe(
      `{
  "bytes": 10,
  "dataset": "tier3",
  "date": "2025-03-14",
  "etag": "etag 0A10",
  "hour": "05",
  "key": "20250314/05.jsonl.gz",
  "part_sha256": "${'a'.repeat(64)}",
  "sequencer": "0A1",
  "state": "converted",
  "updated": "2025-03-14T06:00:01.000Z",
  "version": 1,
  "write_id": "write 1"
}
`,
    )
  })

  it.each([
    ['is no JSON', 'x'],
    ['is not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['is no record', '{}'],
    ['is of another version of the record', '{"version": 1, "write_id": "x", "state": "lost"}'],
  ])('may hold a file that %s: it is named, and never taken for a record', async (_, content) => {
    await catalog.recordSource(arrived('01'))
    await writeFile(join(root, PLACE), content)
    for (const act of [() => catalog.sources('tier3', '2025-03-14'), () => catalog.recordSource(arrived('02'))]) {
      const error = await thrownBy(act)
      expect(error.code).toBe('corrupt')
      expect(error.message).toContain(`${PLACE} in ${root}`)
    }
  })

  it('may hold a record in the place of another', async () => {
    await catalog.recordSource(arrived('01'))
    await store.copy(PLACE, `${PLACE}.json`)
    const error = await thrownBy(() => catalog.sources('tier3', '2025-03-14'))
    expect(error.code).toBe('corrupt')
    expect(error.message).toContain(`${PLACE}.json in`)
  })

  it('is read back when the answer to a write is lost', async () => {
    const losing: ObjectStore = {
      ...store,
      putIfMatch: async (...args) => {
        await store.putIfMatch(...args)
        throw new DaysealError('storage', 'the connection broke', { reason: 'outcome-unknown' })
      },
    }
    let writes = 0
    const lossy = openStateCatalog(losing, { newId: () => `write ${++writes}` })
    expect(await lossy.recordSource(arrived('01'))).toEqual({ kind: 'recorded', source: arrived('01') })
    expect(await lossy.recordSource(arrived('02'))).toEqual({ kind: 'recorded', source: arrived('02') })
    expect(writes).toBe(2)
  })
})
