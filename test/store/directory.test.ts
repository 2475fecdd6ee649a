import { execFileSync } from 'node:child_process'
import { appendFile, lstat, mkdir, mkdtemp, readdir, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'
import { isObjectChanged, isObjectMissing, type ObjectStore } from '../../lib/store/object-store.ts'
import { objectStoreContract } from '../contract/object-store.ts'
import { thrownBy } from '../thrown.ts'

objectStoreContract('a directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-store-'))
  return {
    store: openDirectory(root),
    missing: openDirectory(join(root, 'no', 'such')),
    cleanUp: () => rm(root, { recursive: true }),
  }
})

let root: string
let outside: string
let store: ObjectStore

beforeEach(async () => {
  const base = await mkdtemp(join(tmpdir(), 'dayseal-directory-'))
  root = join(base, 'root')
  outside = join(base, 'outside')
  await mkdir(root)
  await mkdir(outside)
  store = openDirectory(root)
})
afterEach(() => rm(join(root, '..'), { recursive: true }))

const keysOf = async (prefix = '') => (await store.list(prefix)).map(({ key }) => key)

describe('a listing', () => {
  it('has dot-files, but not what unfinished writes and locks leave', async () => {
    await mkdir(join(root, '.config'))
    for (const name of [
      '.env',
      '.config/x',
      '.dayseal-tmp-1-2',
      '.dayseal-lock-1',
      '.dayseal',
      '.config/.dayseal-tmp-9',
    ]) {
      await writeFile(join(root, name), name)
    }
    expect(await keysOf()).toEqual(['.config/x', '.dayseal', '.env'])
    expect((await thrownBy(() => store.get('.dayseal-tmp-1-2'))).code).toBe('usage')
    expect((await thrownBy(() => store.write('a/.dayseal-lock-1'))).code).toBe('usage')
  })

  it('follows links to what is outside', async () => {
    await mkdir(join(outside, 'day'))
    await writeFile(join(outside, 'day', '05.jsonl'), '{}')
    await symlink(join(outside, 'day'), join(root, '20150912'))
    await symlink('20150912/05.jsonl', join(root, 'alias'))
    expect(await keysOf()).toEqual(['20150912/05.jsonl', 'alias'])
    expect((await store.get('alias'))?.info).toMatchObject({ size: 2 })
    await store.copy('alias', 'deep/copy')
    expect((await lstat(join(root, 'deep/copy'))).isFile()).toBe(true)
    expect((await store.get('deep/copy'))?.bytes).toHaveLength(2)
  })

  it.each([
    ['a link to nothing', () => symlink('nowhere', join(root, '05.jsonl')), 'a symbolic link to nothing'],
    ['a link to itself', () => symlink('05.jsonl', join(root, '05.jsonl')), 'ELOOP'],
    ['a folder that is in itself', () => symlink('..', join(root, 'a')), 'a link to a folder that it is in'],
    ['a pipe', async () => execFileSync('mkfifo', [join(root, '05.jsonl')]), 'neither a file nor a folder'],
    ['a name that is not UTF-8', () => writeFile(Buffer.from(`${root}/\xff5`, 'latin1'), ''), 'not UTF-8; seen: "ÿ5"'],
  ])('fails rather than leaving out %s', async (_, make, message) => {
    await writeFile(join(root, 'good'), 'x')
    await make()
    const error = await thrownBy(() => store.list(''))
    expect(error.code).toBe('storage')
    expect(error.message).toContain(message)
    expect(error.message).toContain(root)
    expect(await keysOf('good')).toEqual(['good'])
  })

  it('of a file is an error', async () => {
    await writeFile(join(root, 'file'), 'x')
    const error = await thrownBy(() => openDirectory(join(root, 'file')).list(''))
    expect(error.message).toContain(`there is no directory ${join(root, 'file')}; create it`)
  })

  it('of a root that is still to be created is empty when so opened', async () => {
    const created = openDirectory(join(root, 'new', 'out'), { createRoot: true })
    expect(await created.list('history/')).toEqual([])
    expect(await readdir(root)).toEqual([])
    await created.putIfAbsent('history/a', Buffer.from('x'))
    expect(await created.list('history/')).toHaveLength(1)
  })
})

describe('a file that changes while it is read', () => {
  const SIZE = 2 ** 20
  const LONG_AGO = new Date('2020-01-01T00:00:00Z')

  it.each([
    ['grows', () => appendFile(join(root, 'a'), 'more')],
    ['shrinks', () => truncate(join(root, 'a'), SIZE - 1000)],
    ['is emptied', () => truncate(join(root, 'a'), 0)],
    ['is rewritten in place', () => writeFile(join(root, 'a'), Buffer.alloc(SIZE, 'y'))],
  ])('is noticed when it %s', async (_, change) => {
    await writeFile(join(root, 'a'), Buffer.alloc(SIZE, 'x'))
    await utimes(join(root, 'a'), LONG_AGO, LONG_AGO)
    const error = await thrownBy(async () => {
      for await (const _chunk of store.read('a')) await change()
    })
    expect(isObjectChanged(error)).toBe(true)
  })

  it('does no harm when another takes its place: the old one is read to its end', async () => {
    await writeFile(join(root, 'a'), Buffer.alloc(SIZE, 'x'))
    let read = 0
    for await (const chunk of store.read('a')) {
      if (read === 0) await store.putIfMatch('a', Buffer.from('new'), (await store.head('a'))!.etag)
      expect(chunk.every((byte) => byte === 0x78)).toBe(true)
      read += chunk.length
    }
    expect(read).toBe(SIZE)
  })

  it('is closed when the reader stops early', async () => {
    await writeFile(join(root, 'a'), Buffer.alloc(SIZE, 'x'))
    const before = (await readdir('/dev/fd')).length
    for (let round = 0; round < 50; round++) for await (const _chunk of store.read('a')) break
    expect((await readdir('/dev/fd')).length).toBeLessThan(before + 10)
  })
})

describe('a pipe', () => {
  it('is no object, and is not waited for', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')])
    expect(await store.head('pipe')).toBeUndefined()
    expect(await store.get('pipe')).toBeUndefined()
    expect(isObjectMissing(await thrownBy(() => store.read('pipe')[Symbol.asyncIterator]().next()))).toBe(true)
  })
})
