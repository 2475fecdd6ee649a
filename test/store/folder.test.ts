import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder, makeScratch } from '../../lib/store/folder.ts'
import { thrownBy } from '../thrown.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-folder-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

test('makes a folder and those above it, and takes those that are there', async () => {
  const folder = join(await temporaryFolder(), 'a/b/c')
  await makeFolder(folder)
  await makeFolder(folder)
  expect((await stat(folder)).isDirectory()).toBe(true)
})

test('several at the same time make the same folders', async () => {
  const root = await temporaryFolder()
  await Promise.all(Array.from({ length: 20 }, (_, i) => makeFolder(join(root, 'a/b/c', String(i % 3)))))
  for (const i of [0, 1, 2]) expect((await stat(join(root, 'a/b/c', String(i)))).isDirectory()).toBe(true)
})

test('follows a link to a folder', async () => {
  const root = await temporaryFolder()
  await mkdir(join(root, 'real'))
  await symlink('real', join(root, 'link'))
  await makeFolder(join(root, 'link'))
  await makeFolder(join(root, 'link/below'))
  expect((await stat(join(root, 'real/below'))).isDirectory()).toBe(true)
})

test.runIf(process.platform === 'linux')('ends where a folder is missing although its parent is there', async () => {
  for (const folder of ['/proc/nope', '/proc/nope/a/b'])
    expect(await thrownBy(() => makeFolder(folder))).toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^cannot make the folder \/proc\/nope; seen: ENOENT, although \/proc is there; /),
    })
})

test.each([
  ['a file in the way', (root: string) => writeFile(join(root, 'x'), ''), 'x/a', 'a file is where a folder should be'],
  ['a file at the end', (root: string) => writeFile(join(root, 'x'), ''), 'x', 'a file is where a folder should be'],
  ['links in a circle', (root: string) => symlink('x', join(root, 'x')), 'x/a', 'symbolic links lead in a circle'],
  ['a link to nothing', (root: string) => symlink('nothing', join(root, 'x')), 'x/a', 'is a symbolic link to nothing'],
  ['a name that is too long', async () => undefined, 'n'.repeat(300), 'longer than the file system allows'],
])('refuses %s, and says what it is', async (_, prepare, below, said) => {
  const root = await temporaryFolder()
  await prepare(root)
  const error = await thrownBy(() => makeFolder(join(root, below, 'b')))
  expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining(said) })
})

test.skipIf(process.getuid?.() === 0)('refuses a parent that nobody may write to', async () => {
  const root = await temporaryFolder()
  await chmod(root, 0o500)
  const error = await thrownBy(() => makeFolder(join(root, 'a')))
  expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('EACCES') })
})

test('a scratch folder that cannot be made is a storage error', async () => {
  const parent = join(await temporaryFolder(), 'missing')
  const scratch = await makeScratch(dirname(parent), 'x-')
  expect((await stat(scratch)).isDirectory()).toBe(true)
  expect(await thrownBy(() => makeScratch(parent, 'x-'))).toMatchObject({
    code: 'storage',
    message: expect.stringContaining(`cannot make a scratch folder in ${parent}`),
  })
})
