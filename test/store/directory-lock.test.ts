import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'
import { withLock } from '../../lib/store/directory-lock.ts'
import { isGone, type ProcessIdentity, thisProcess } from '../../lib/store/process-identity.ts'
import { thrownBy } from '../thrown.ts'

let root: string
let target: string
let lockFile: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal-lock-'))
  target = join(root, 'manifest.json')
  lockFile = join(root, await withLock(target, FAST, async () => (await readdir(root))[0]!))
})
afterEach(() => rm(root, { recursive: true }))

const FAST = { now: Date.now, waitMs: 150 }
const NONCES = ['3e0a24f5-0b7f-4e0c-9a59-1a2b3c4d5e6f', '1b4e28ba-2fa1-41d2-883f-0016d3cca427'] as const

async function deadProcess(): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  return { ...thisProcess(), pid: child.pid!, started: null }
}

function rightOf(nonce: string): string {
  return lockFile.replace(/[0-9a-f]{24}$/, nonce)
}

async function leaveLock(path: string, holder: ProcessIdentity, nonce: string): Promise<void> {
  await writeFile(path, JSON.stringify({ nonce, file: 'manifest.json', holder }))
}

describe('withLock', () => {
  it('holds a lock that says whose it is, and leaves nothing behind', async () => {
    const held = await withLock(target, FAST, async () => JSON.parse(await readFile(lockFile, 'utf8')))
    expect(held).toMatchObject({ file: 'manifest.json', holder: thisProcess() })
    expect(await readdir(root)).toEqual([])
  })

  it('is released when the work fails', async () => {
    await expect(withLock(target, FAST, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await readdir(root)).toEqual([])
  })

  it('lets in one at a time', async () => {
    let inside = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, 5))
      inside--
    }
    await Promise.all(Array.from({ length: 10 }, () => withLock(target, { now: Date.now, waitMs: 10_000 }, work)))
    expect(most).toBe(1)
  })

  it.each([
    ['itself', [NONCES[0]]],
    ['another that names it', NONCES],
  ])('ends where a dead lock names %s', async (_, nonces) => {
    const dead = await deadProcess()
    await leaveLock(lockFile, dead, nonces[0]!)
    // The right to remove a dead lock is a lock of its own, named after its nonce.
    for (const [i, nonce] of nonces.entries()) {
      await leaveLock(rightOf(nonce), dead, nonces[(i + 1) % nonces.length]!)
    }
    const error = await thrownBy(() => withLock(target, FAST, async () => undefined))
    expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('name each other or themselves') })
  })

  it('takes over from a dead process', async () => {
    await leaveLock(lockFile, await deadProcess(), NONCES[0])
    expect(await withLock(target, FAST, async () => 'in')).toBe('in')
    expect(await readdir(root)).toEqual([])
  })

  it('goes with what was left unfinished when its process is dead, and stays while it lives', async () => {
    const store = openDirectory(root)
    const [dead, living] = [join(root, 'a', '.dayseal-lock-dead'), join(root, 'a', '.dayseal-lock-living')]
    const beside = join(root, '.dayseal-lock-beside')
    await mkdir(join(root, 'a', 'b'), { recursive: true })
    await leaveLock(dead, await deadProcess(), NONCES[0])
    await leaveLock(living, thisProcess(), NONCES[1])
    await leaveLock(beside, await deadProcess(), NONCES[0])
    await symlink('nowhere', join(root, 'a', 'b', '.dayseal-tmp-link'))
    expect(await store.removeUnfinished('a', 0)).toBe(0)
    expect(await store.removeUnfinished('a', Number.MAX_SAFE_INTEGER)).toBe(2)
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      '.dayseal-lock-beside',
      'a',
      'a/.dayseal-lock-living',
      'a/b',
    ])
    await leaveLock(dead, await deadProcess(), NONCES[0])
    expect(await store.removeUnfinished('schema.json', Number.MAX_SAFE_INTEGER)).toBe(1)
    expect((await readdir(root, { recursive: true })).sort()).toContain('a/.dayseal-lock-dead')
    expect(await readdir(root)).toEqual(['a'])
  })

  it('takes over from a process that died while it took over', async () => {
    await leaveLock(lockFile, await deadProcess(), NONCES[0])
    await leaveLock(join(root, `.dayseal-lock-${NONCES[0]}`), await deadProcess(), NONCES[1])
    expect(await withLock(target, FAST, async () => 'in')).toBe('in')
    expect(await readdir(root)).toEqual([])
  })

  it('leaves a dead lock to the living process that is taking it over', async () => {
    await leaveLock(lockFile, await deadProcess(), NONCES[0])
    await leaveLock(join(root, `.dayseal-lock-${NONCES[0]}`), thisProcess(), NONCES[1])
    const error = await thrownBy(() => withLock(target, FAST, async () => 'in'))
    expect(error.message).toContain(`.dayseal-lock-${NONCES[0]} is held`)
    expect(await readdir(root)).toHaveLength(2)
  })

  it.each([
    ['a living process', (me: ProcessIdentity) => me],
    ['a process of another machine', (me: ProcessIdentity) => ({ ...me, place: 'elsewhere pid:[1]', pid: 999_999 })],
    ['a process whose start is unknown', (me: ProcessIdentity) => ({ ...me, started: null })],
  ])('waits for %s, then gives up and names the lock', async (_, holder) => {
    await leaveLock(lockFile, holder(thisProcess()), NONCES[0])
    const error = await thrownBy(() => withLock(target, FAST, async () => 'in'))
    expect(error.code).toBe('storage')
    expect(error.message).toContain(`the lock ${lockFile} is held by another process`)
    expect(error.message).toContain(`process ${holder(thisProcess()).pid} on`)
    expect(await readdir(root)).toHaveLength(1)
  })

  it('does not take a lock that it cannot read', async () => {
    await writeFile(lockFile, '{"nonce": "../../etc/passwd"')
    const error = await thrownBy(() => withLock(target, FAST, async () => 'in'))
    expect(error.message).toContain('a lock that cannot be read')
    expect(await readFile(lockFile, 'utf8')).toContain('passwd')
  })

  it('waits as long as its clock says', async () => {
    await leaveLock(lockFile, thisProcess(), NONCES[0])
    let time = 0
    const now = () => {
      time += 400
      return time
    }
    const started = Date.now()
    await thrownBy(() => withLock(target, { now, waitMs: 1000 }, async () => 'in'))
    expect(Date.now() - started).toBeLessThan(1000)
    expect(time).toBeGreaterThan(1000)
  })
})

describe('isGone', () => {
  it('is true of a process that ended, and of another that has its number now', async () => {
    expect(isGone(await deadProcess())).toBe(true)
    expect(isGone({ ...thisProcess(), started: 'another boot 1' })).toBe(true)
  })

  it('is false of this one, and of what cannot be known', () => {
    expect(isGone(thisProcess())).toBe(false)
    expect(isGone({ ...thisProcess(), started: null })).toBe(false)
    expect(isGone({ pid: 999_999_999, started: null, place: 'elsewhere' })).toBe(false)
  })
})
