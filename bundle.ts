import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const ROOT = import.meta.dirname

/** What the JavaScript of the package has in common. */
export const ESBUILD = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  logLevel: 'warning',
} as const

/**
 * Writes the command and its worker into `outdir`, with the licences of what is bundled. They hold their dependencies:
 * reading 200 small files instead would take each thread 0.1 s. Not so piscina, which looks for its files beside itself,
 * and cli-progress, which is CommonJS.
 */
export async function bundleCommand(outdir: string): Promise<void> {
  const { metafile } = await build({
    ...ESBUILD,
    entryPoints: { cli: 'cli/main.ts', 'convert-worker': 'lib/convert/worker.ts' },
    external: ['piscina', 'cli-progress'],
    outdir,
    metafile: true,
  })
  const packages = Object.keys(metafile.inputs).flatMap(
    (file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [],
  )
  writeFileSync(join(outdir, 'third-party-licences.txt'), [...new Set(packages)].sort().map(licenceOf).join('\n'))
}

function licenceOf(name: string): string {
  const folder = join(ROOT, 'node_modules', name)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const [file] = globSync('LICEN[CS]E*', { cwd: folder })
  if (file === undefined) throw new Error(`${name} has no licence file to ship with the bundle`)
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}\n`
}
