import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { demoDay } from '../../cli/demo/generate.ts'
import { temporaryFolder } from './dayseal.ts'

const DEMO = resolve(import.meta.dirname, '../../cli/demo/run.ts')

test('the demo goes as its text says', async () => {
  const folder = join(await temporaryFolder(), 'demo')
  const { code, stdout, stderr } = await run([DEMO, folder])
  expect(stderr).not.toContain('did not go as it should')
  expect(code).toBe(0)
  expect(stdout).toContain('sealed as generation 1: 20,000 rows')
  expect(stdout).toContain('quarantined 4 lines')
  expect(stdout).toContain('36 checks: 36 passed, 0 warned, 0 failed')
  // Around noon, when `geo` appears.
  expect(stdout).toMatch(/2025-03-14 11:00:00 +1160 +[\d.]+ +0\n/)
  expect(stdout).toMatch(/2025-03-14 12:00:00 +1240 +[\d.]+ +1240\n/)
  expect(stdout).toMatch(/item-000 +\d+\n/)
  expect(stdout).toContain('manifest.parquet_sha256\n      seen ')
  expect(stdout).toContain('(exit code 1)')
  expect(stdout).toContain('What to try next')
  const again = await run([DEMO, folder])
  expect(again.code).toBe(1)
  expect(again.stderr).toContain('is not empty')
})

test('its day is the same on every machine, and another one for another seed', () => {
  const digest = (seed: number) => {
    const hash = createHash('sha256')
    for (const { key, bytes } of demoDay(1_000, seed)) hash.update(key).update(gunzipSync(bytes))
    return hash.digest('hex')
  }
  expect(digest(1)).toBe('938c0f9806f5843fbf5ebc422cff6180cac770ba6fe2d237b935e7cae57ee27f')
  expect(digest(2)).not.toBe(digest(1))
})

async function run(args: readonly string[]) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const code = await new Promise<number | null>((done) => child.on('close', done))
  return { code, ...output }
}
