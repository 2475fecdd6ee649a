import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * Makes lib/shred/generated/scanner-wasm.ts of lib/shred/assembly: what `npm ci` does at its end. The module is text, so
 * that it goes into every bundle like any other file.
 */
process.chdir(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'dayseal-scanner-'))
try {
  const file = join(folder, 'scanner.wasm')
  const options = ['-O3', '--debug', '--noAssert', '--enable', 'simd', '--runtime', 'minimal', '--outFile', file]
  const asc = ['node_modules/assemblyscript/bin/asc.js', 'lib/shred/assembly/index.ts', ...options]
  const { status } = spawnSync(process.execPath, asc, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`asc ended with ${status}: there is no scanner`)
  mkdirSync('lib/shred/generated', { recursive: true })
  const text = readFileSync(file).toString('base64')
  writeFileSync('lib/shred/generated/scanner-wasm.ts', `export const SCANNER_WASM = '${text}'\n`)
} finally {
  rmSync(folder, { recursive: true })
}
