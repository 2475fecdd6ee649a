import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

/*
 * Under /proc the system says that a folder is missing whose parent is there: as a file system gone wrong may. Node's
 * recursive mkdir never returns from it, and not even SIGTERM ends it: then these tests do not end.
 */

test.runIf(process.platform === 'linux')('a place where no folder can be made ends a command at once', async () => {
  const root = await temporaryFolder()
  const [archive, out] = [join(root, 'archive'), join(root, 'out')]
  await writeHours(archive)
  const sealed = await dayseal(['seal', '--archive', archive, '--out', out, '--date', DATE])
  expect(sealed.code).toBe(0)
  const commands = [
    ['seal', '--archive', archive, '--out', '/proc/nope', '--date', DATE],
    ['seal', '--archive', archive, '--out', out, '--date', DATE, '--upload', '/proc/nope'],
    ['export', '--out', out, '--date', DATE, '--format', 'csv', '--destination', '/proc/nope'],
    ['archive', '--out', out, '--date', DATE, '--name', 'a', '--destination', '/proc/nope/deeper'],
    ['offload', '--archive', archive, '--out', out, '--older-than', '1d', '--destination', '/proc/nope'],
    [
      'partition',
      join(archive, '20250314/00.jsonl.gz'),
      '--archive',
      '/proc/nope',
      '--format',
      'jsonl',
      '--timestamp',
      'ts',
    ],
  ]
  for (const args of commands) {
    const { code, stderr } = await dayseal(args)
    expect({ args, code }).toEqual({ args, code: 5 })
    expect(stderr).toContain('cannot make the folder /proc/nope')
  }
})

test.runIf(process.platform === 'linux')('a home where no folder can be made does not keep the command', async () => {
  const home = { XDG_CACHE_HOME: '/proc/nope', HOME: '/proc/nope', NODE_COMPILE_CACHE: undefined }
  expect(await dayseal(['--version'], { env: home })).toMatchObject({ code: 0, stderr: '' })
})

test.runIf(process.platform === 'linux')('a temporary directory where no folder can be made is said', async () => {
  const root = await temporaryFolder()
  await writeHours(root)
  const args = ['seal', '--archive', root, '--out', join(root, 'out'), '--date', DATE, '--dry-run']
  const { code, stderr } = await dayseal(args, { env: { TMPDIR: '/proc/nope' } })
  expect({ code, stderr }).toEqual({
    code: 5,
    stderr: expect.stringContaining('cannot make a scratch folder in /proc/nope'),
  })
})
