import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'

let root: string
let store: ObjectStore

beforeEach(async () => {
  const base = await mkdtemp(join(tmpdir(), 'dayseal-directory-'))
  root = join(base, 'root')
  await mkdir(root)
  store = openDirectory(root)
})
afterEach(() => rm(join(root, '..'), { recursive: true }))

describe('an etag', () => {
  it('is the size and the modification time in nanoseconds', async () => {
    await writeFile(join(root, 'a'), '12345')
    const { mtimeNs } = await stat(join(root, 'a'), { bigint: true })
    expect(await store.head('a')).toEqual({
      key: 'a',
      size: 5,
      etag: `5-${mtimeNs}`,
      modified: Number(mtimeNs / 1_000_000n),
    })
  })

  it('moves on even from a time to come', async () => {
    await writeFile(join(root, 'a'), 'old')
    await utimes(join(root, 'a'), new Date('2099-01-01T00:00:00.123Z'), new Date('2099-01-01T00:00:00.123Z'))
    const old = await store.head('a')
    const outcome = await store.putIfMatch('a', Buffer.from('new'), old!.etag)
    expect(outcome.kind === 'written' && outcome.info.modified).toBeGreaterThan(old!.modified)
    expect((await store.head('a'))?.etag).not.toBe(old?.etag)
  })
})

describe('an alias', () => {
  it('is a symbolic link that may be moved with its folder, and leaves no other name behind', async () => {
    await store.putIfAbsent('exports/errors/a.csv', Buffer.from('data'))
    await store.alias('exports/errors/a.csv', 'exports/errors/latest.csv')
    await store.alias('exports/errors/a.csv', 'exports/latest.csv')
    expect(await readlink(join(root, 'exports/errors/latest.csv'))).toBe('a.csv')
    expect(await readlink(join(root, 'exports/latest.csv'))).toBe('errors/a.csv')
    expect(await readdir(join(root, 'exports/errors'))).toEqual(['a.csv', 'latest.csv'])
  })
})

describe('a copy', () => {
  it('is a hard link, and leaves no name behind when it is made twice', async () => {
    await store.putIfAbsent('generations/g1', Buffer.from('data'))
    await store.copy('generations/g1', 'daily/data')
    await store.copy('generations/g1', 'daily/data')
    const [from, to] = await Promise.all([stat(join(root, 'generations/g1')), stat(join(root, 'daily/data'))])
    expect(to.ino).toBe(from.ino)
    expect(await readdir(join(root, 'daily'))).toEqual(['data'])
  })

  it('changes the etag even where size and time are the same', async () => {
    const time = new Date('2020-01-01T00:00:00Z')
    for (const [name, content] of [
      ['g1', 'one'],
      ['g2', 'two'],
    ] as const) {
      await writeFile(join(root, name), content)
      await utimes(join(root, name), time, time)
    }
    await store.copy('g1', 'view')
    const before = await store.head('view')
    await store.copy('g2', 'view')
    expect((await store.head('view'))?.etag).not.toBe(before?.etag)
    expect(await readFile(join(root, 'view'), 'utf8')).toBe('two')
  })
})

describe('a place that cannot be written', () => {
  const writes: [string, (to: ObjectStore) => Promise<unknown>][] = [
    ['write', (to) => to.write('new/a')],
    ['putIfAbsent', (to) => to.putIfAbsent('new/a', Buffer.from('x'))],
    ['copy', (to) => to.copy('old', 'new/a')],
  ]

  it.each(writes)('below a file: %s says so', async (_, write) => {
    await writeFile(join(root, 'new'), 'a file')
    await writeFile(join(root, 'old'), 'x')
    const error = await thrownBy(() => write(store))
    expect(error.code).toBe('storage')
    expect(error.message).toContain(join(root, 'new'))
    expect(error.message).toContain('a file is where a folder should be')
    expect(await readdir(root)).toEqual(['new', 'old'])
  })

  it.each(writes)('without permission: %s says so', async (_, write) => {
    await writeFile(join(root, 'old'), 'x')
    const error = await withoutPermission(() => thrownBy(() => write(store)))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/EACCES.*give the user that runs Dayseal access/)
    expect(await readdir(root)).toEqual(['old'])
  })

  it('nor replaced, nor deleted, without permission', async () => {
    await writeFile(join(root, 'old'), 'x')
    const etag = (await store.head('old'))!.etag
    const replacing = await withoutPermission(() => thrownBy(() => store.putIfMatch('old', Buffer.from('y'), etag)))
    expect(replacing.message).toContain('EACCES')
    const deleting = await withoutPermission(() => thrownBy(() => store.delete('old')))
    expect(deleting.message).toContain(`cannot delete ${join(root, 'old')}`)
    expect(await readFile(join(root, 'old'), 'utf8')).toBe('x')
  })

  it('under a name that is too long', async () => {
    const error = await thrownBy(() => store.write('n'.repeat(300)).then((sink) => sink.commit()))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/ENAMETOOLONG.*longer than the file system allows/)
    expect(await readdir(root)).toEqual([])
  })
})

/** Runs `act` as somebody who may read the root and not write it; the superuser, who may everything, becomes nobody. */
async function withoutPermission<T>(act: () => Promise<T>): Promise<T> {
  const superuser = process.geteuid?.() === 0
  await chmod(join(root, '..'), 0o755)
  await chmod(root, 0o555)
  if (superuser) process.seteuid?.(65_534)
  try {
    return await act()
  } finally {
    if (superuser) process.seteuid?.(0)
    await chmod(root, 0o755)
  }
}
