import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/*
 * Makes the WebAssembly of lib/shred/assembly, lib/parquet/assembly and lib/export/assembly: what `npm ci` does at its end.
 * A module is text, so that it goes into every bundle like any other file. `--names` leaves the functions their names, for
 * profiles: a quarter more bytes.
 */
const names = process.argv.includes('--names') ? ['--debug'] : []
process.chdir(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'dayseal-assembly-'))
try {
  buildModule('lib/shred', 'scanner', 'minimal')
  buildModule('lib/parquet', 'encoder', 'stub')
  buildModule('lib/export', 'text', 'stub')
} finally {
  rmSync(folder, { recursive: true })
}

function buildModule(room: string, name: string, runtime: 'minimal' | 'stub'): void {
  const file = join(folder, `${name}.wasm`)
  const options = ['-O3', ...names, '--noAssert', '--enable', 'simd', '--runtime', runtime, '--outFile', file]
  const asc = ['node_modules/assemblyscript/bin/asc.js', `${room}/assembly/index.ts`, ...options]
  const { status } = spawnSync(process.execPath, asc, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`asc ended with ${status}: there is no ${name}`)
  mkdirSync(`${room}/generated`, { recursive: true })
  const text = readFileSync(file).toString('base64')
  writeFileSync(`${room}/generated/${name}-wasm.ts`, `export const ${name.toUpperCase()}_WASM = '${text}'\n`)
}
