import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../lib/store/open-store.ts'
import { thrownBy } from '../thrown.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal open ü-'))
  await writeFile(join(root, 'a'), 'x')
})
afterAll(() => rm(root, { recursive: true }))

describe('openStore', () => {
  it('opens a path and a file URL', async () => {
    for (const location of [root, `${root}/`, pathToFileURL(root).href]) {
      const store = openStore(location)
      expect(store.location).toBe(root)
      expect(await store.list('')).toHaveLength(1)
    }
  })

  it('passes on how to treat a root that is not there', async () => {
    expect(await openStore(join(root, 'new'), { createRoot: true }).list('')).toEqual([])
    expect((await thrownBy(() => openStore(join(root, 'new')).list(''))).code).toBe('storage')
  })

  it.each([
    ['gs://bucket', 'seen: "gs://bucket"; wanted: the path of a directory, or s3://bucket/prefix'],
    ['https://example.com/x', 'wanted: the path of a directory'],
    ['file://elsewhere/path', 'wanted: file:///path'],
    ['', 'seen: ""; wanted: the path of a directory'],
  ])('refuses %j', async (location, message) => {
    const error = await thrownBy(() => openStore(location))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(message)
  })
})
