import type { PathLike } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { openDirectory } from '../../lib/store/directory.ts'
import { thrownBy } from '../thrown.ts'

const system = vi.hoisted(() => ({ link: 'as it is' as 'as it is' | 'over what is there' | 'never' }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  return {
    ...real,
    async link(from: PathLike, to: PathLike) {
      if (system.link === 'as it is') return real.link(from, to)
      if (system.link === 'over what is there') return real.copyFile(from, to)
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM', errno: -1 })
    },
  }
})

let root: string
beforeEach(async () => {
  system.link = 'as it is'
  root = await mkdtemp(join(tmpdir(), 'dayseal-conditions-'))
  return () => rm(root, { recursive: true })
})

it('a directory is asked, and nothing is left there', async () => {
  await openDirectory(root).checkConditions('hourly/')
  expect(await readdir(root, { recursive: true })).toEqual(['hourly'])
})

it('a file system whose links take the place of files is refused by name', async () => {
  system.link = 'over what is there'
  const error = await thrownBy(() => openDirectory(root).checkConditions('hourly/'))
  expect(error.code).toBe('storage')
  expect(error.message).toContain(`${join(root, 'hourly/')} is no place for Dayseal`)
  expect(await readdir(root, { recursive: true })).toEqual(['hourly'])
})

it('a file system without hard links is refused before anything is converted', async () => {
  system.link = 'never'
  const error = await thrownBy(() => openDirectory(root).checkConditions('hourly/'))
  expect(error.code).toBe('storage')
  expect(error.message).toContain('needs a file system with hard links')
  expect(await readdir(root, { recursive: true })).toEqual(['hourly'])
})
