import { spawn } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { writeHours } from './hour-files.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Makes Node look as if it had no zstd, as Node 20 has none, before the bin is loaded. */
const WITHOUT_ZSTD = 'data:text/javascript,import zlib from "node:zlib"; delete zlib.createZstdCompress'

describe('the bin under a Node without zstd', () => {
  test('in a package says what it wants, and ends with 2', async () => {
    const root = await temporaryFolder()
    await copyBin(root)
    const { code, stderr } = await run(join(root, 'cli', 'dayseal.js'), ['--version'])
    expect(code).toBe(2)
    expect(stderr).toBe(
      `dayseal: this Node is too old; seen: ${process.version}; wanted: 22.15 or newer (it has native zstd); ` +
        'install a newer Node, or run `npx -p node@24 -p dayseal dayseal …`\n',
    )
  })

  test('runs itself again on the Node that npm ci installed: same arguments, same exit code', async () => {
    const root = await temporaryFolder()
    await copyBin(root)
    const node = join(root, 'node_modules', 'node', 'bin', 'node')
    await mkdir(join(node, '..'), { recursive: true })
    await writeFile(node, '#!/bin/sh\nshift\necho "$@"\nexit 5\n')
    await chmod(node, 0o755)
    const { code, stdout } = await run(join(root, 'cli', 'dayseal.js'), ['seal', '--date', '2025-03-14'])
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'seal --date 2025-03-14\n' })
  })
})

/** Says at the end how large V8's young generation has become, bytes. */
const YOUNG_AT_EXIT = `data:text/javascript,import v8 from "node:v8"; process.on("exit", () => {
  console.error("young", v8.getHeapSpaceStatistics().find((one) => one.space_name === "new_space").space_size) })`

test("V8's young generation does not grow with what is partitioned", async () => {
  const folder = await temporaryFolder()
  const rows = Array.from({ length: 100_000 }, (_, n) => `2025-03-14T05:00:00Z,${n},"text ${n}"\n`)
  await writeFile(join(folder, 'rows.csv'), `at,n,text\n${rows.join('')}`)
  const partition = ['partition', 'rows.csv', '--archive', 'archive', '--format', 'csv', '--timestamp', 'at']
  const NODE_OPTIONS = `--import=${encodeURI(YOUNG_AT_EXIT)}`
  const { code, stderr } = await dayseal(partition, { cwd: folder, env: { NODE_OPTIONS } })
  expect(code).toBe(0)
  const [, young] = /^young (\d+)$/m.exec(stderr) ?? []
  expect(Number(young)).toBeLessThanOrEqual(32 * 2 ** 20)
})

test('a reader that closes the pipe early changes neither the exit code nor stderr', async () => {
  const folder = await temporaryFolder()
  await writeHours(join(folder, 'archive'))
  const child = spawn(
    process.execPath,
    [join(ROOT, 'cli', 'dayseal.js'), 'status', '--archive', 'archive', '--out', 'out'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  child.stdout.destroy()
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const code = await new Promise<number | null>((done) => child.on('close', done))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

async function copyBin(root: string): Promise<void> {
  await mkdir(join(root, 'cli'))
  await copyFile(join(ROOT, 'cli', 'dayseal.js'), join(root, 'cli', 'dayseal.js'))
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'))
}

async function run(bin: string, args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', WITHOUT_ZSTD, bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const code = await new Promise<number | null>((done) => child.on('close', done))
  return { code, ...output }
}
