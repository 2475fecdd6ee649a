import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundleCommand, ESBUILD } from './bundle.ts'

/*
 * Makes `dist/`, which is what the package ships: Node refuses TypeScript under node_modules. The library's dependencies
 * stay imports; the command's are bundled.
 */
process.chdir(import.meta.dirname)
rmSync('dist', { recursive: true, force: true })

await bundleCommand('dist')
await build({ ...ESBUILD, entryPoints: { index: 'lib/index.ts' }, packages: 'external', outdir: 'dist' })

// `typescript` exports neither its command nor its package's folder, but its package.json.
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], { stdio: 'inherit' })
if (status !== 0) throw new Error(`tsc ended with ${status}: no types were built`)

// tsc leaves `./x.ts` in declarations. It reads them so itself, but editors and bundlers do not find the file.
for (const file of globSync('dist/types/**/*.d.ts')) {
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/((?:from|import)\s*\(?\s*['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
}
