import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DaysealError } from '../../lib/errors.ts'
import type { ObjectSink, ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'

let folder: string
let store: ObjectStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  store = openStore(folder)
})

afterEach(() => rm(folder, { recursive: true }))

const full = async () => {
  throw new DaysealError('storage', 'the disk is full')
}

test('puts an object in the place of another', async () => {
  await putObject(store, 'a/b.json', Buffer.from('one'))
  const info = await putObject(store, 'a/b.json', Buffer.from('other'))
  expect(await store.get('a/b.json')).toEqual({ bytes: Buffer.from('other'), info })
})

test.each<[string, Partial<ObjectSink>]>([
  ['write', { write: full }],
  ['commit', { commit: full }],
])('a %s that fails leaves nothing', async (_, failing) => {
  const broken = { write: async (key: string) => ({ ...(await store.write(key)), ...failing }) }
  await expect(putObject(broken, 'b.json', Buffer.from('one'))).rejects.toThrow('the disk is full')
  expect(await readdir(folder)).toEqual([])
})
