import { mkdtemp, type open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'

/*
 * Faults that a test cannot bring about without being the superuser. A full disk is /dev/full's own ENOSPC, met while
 * writing a real temporary file; the others are made up at the call that would meet them.
 */

const faults = vi.hoisted(() => ({ full: false, sync: '', datasync: '', link: '', open: '' }))

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made up by the test`), { code, errno: -1 })
}

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    link: async (from: string, to: string) => {
      if (faults.link !== '') throw errno(faults.link)
      return real.link(from, to)
    },
    open: async (path: string, flags: string | number) => {
      if (faults.open !== '') throw errno(faults.open)
      const handle = await real.open(path, flags)
      if (flags !== 'wx') return handle
      const write = handle.write.bind(handle)
      const sync = handle.sync.bind(handle)
      const datasync = handle.datasync.bind(handle)
      return Object.assign(handle, {
        write: async (bytes: Uint8Array, at: number) => (faults.full ? writeToFullDisk(real, bytes) : write(bytes, at)),
        sync: async () => {
          if (faults.sync !== '') throw errno(faults.sync)
          return sync()
        },
        datasync: async () => {
          if (faults.datasync === '') return datasync()
          const fault = errno(faults.datasync)
          faults.datasync = ''
          throw fault
        },
      })
    },
  }
})

async function writeToFullDisk(real: { open: typeof open }, bytes: Uint8Array): Promise<never> {
  const full = await real.open('/dev/full', 'w')
  try {
    await full.write(bytes)
  } finally {
    await full.close()
  }
  throw new Error('/dev/full took the bytes')
}

let root: string
let store: ObjectStore

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal-faults-'))
  store = openDirectory(root)
  await writeFile(join(root, 'old'), 'old')
})
afterEach(async () => {
  Object.assign(faults, { full: false, sync: '', datasync: '', link: '', open: '' })
  await rm(root, { recursive: true })
})

const writes: [string, (store: ObjectStore) => Promise<unknown>][] = [
  ['write', async (to) => (await to.write('old')).write(Buffer.from('x'))],
  [
    'commit',
    async (to) => {
      const sink = await to.write('old')
      await sink.write(Buffer.from('x'))
      await sink.commit()
    },
  ],
  ['putIfAbsent', (to) => to.putIfAbsent('new', Buffer.from('x'))],
  ['putIfMatch', async (to) => to.putIfMatch('old', Buffer.from('x'), (await to.head('old'))!.etag)],
]

async function nothingChanged(): Promise<void> {
  expect(await readdir(root)).toEqual(['old'])
  expect(await readFile(join(root, 'old'), 'utf8')).toBe('old')
}

describe('a full disk', () => {
  it.each(writes)('fails %s with what to do, and leaves nothing behind', async (_, write) => {
    faults.full = true
    const error = await thrownBy(() => write(store))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/cannot write .*ENOSPC.*free some space, then run again/)
    await nothingChanged()
  })

  it.each(writes.slice(1))('found out only by the sync fails %s too', async (_, write) => {
    faults.sync = 'EDQUOT'
    expect((await thrownBy(() => write(store))).message).toMatch(/EDQUOT.*free some space/)
    await nothingChanged()
  })

  it.each([9, 60])('found out once, when the disk took the beginning of %i MiB, fails them', async (mebibytes) => {
    faults.datasync = 'ENOSPC'
    const sink = await store.write('new')
    const error = await thrownBy(async () => {
      for (let i = 0; i < mebibytes; i++) await sink.write(new Uint8Array(2 ** 20))
      await sink.commit()
    })
    expect(faults.datasync).toBe('')
    expect(error.message).toMatch(/ENOSPC.*free some space/)
    await sink.abort()
    await nothingChanged()
  })

  it('in the middle of a write ends it: no commit afterwards', async () => {
    const sink = await store.write('new')
    await sink.write(Buffer.from('first'))
    faults.full = true
    await thrownBy(() => sink.write(Buffer.from('second')))
    faults.full = false
    expect((await thrownBy(() => sink.commit())).message).toContain('is written to after its end')
    await sink.abort()
    await nothingChanged()
  })
})

describe('a file system without hard links', () => {
  it.each(['EPERM', 'ENOTSUP'])('(%s) fails the create-only write, and says why', async (code) => {
    faults.link = code
    const error = await thrownBy(() => store.putIfAbsent('new', Buffer.from('x')))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/needs a file system with hard links/)
    await nothingChanged()
  })

  it.each(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'])('(%s) makes a copy one of bytes', async (code) => {
    faults.link = code
    const content = Buffer.alloc(3 * 2 ** 20 + 5, 'content ')
    await writeFile(join(root, 'old'), content)
    await store.copy('old', 'deep/copy')
    await store.copy('old', 'deep/copy')
    expect((await readFile(join(root, 'deep/copy'))).equals(content)).toBe(true)
    expect((await stat(join(root, 'deep/copy'))).ino).not.toBe((await stat(join(root, 'old'))).ino)
    expect(await readdir(join(root, 'deep'))).toEqual(['copy'])
  })

  it('and any other fault fails the copy', async () => {
    faults.link = 'EIO'
    expect((await thrownBy(() => store.copy('old', 'copy'))).message).toMatch(/cannot copy .*EIO.*the disk/)
    await nothingChanged()
  })
})

describe('an open that fails', () => {
  it.each([
    ['EMFILE', /ulimit -n/],
    ['EROFS', /read-only/],
    ['EACCES', /give the user that runs Dayseal access/],
    ['EIO', /the disk reports an error/],
    ['EXFULL', /EXFULL: made up/],
  ])('with %s says what to do', async (code, hint) => {
    faults.open = code
    for (const use of [
      () => store.get('old'),
      () => store.write('new'),
      () => store.read('old')[Symbol.asyncIterator]().next(),
    ]) {
      const error = await thrownBy(use)
      expect(error.code).toBe('storage')
      expect(error.message).toMatch(hint)
      expect(error.message).toContain(root)
    }
  })
})
