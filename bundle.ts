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
 * reading 200 small files instead would take each thread 0.1 s. Not so cli-progress, yauzl and yazl, which are CommonJS.
 * What both hold, and what is imported late (the SDK for S3), are files beside them.
 */
export async function bundleCommand(outdir: string): Promise<void> {
  const { metafile } = await build({
    ...ESBUILD,
    entryPoints: { cli: 'cli/main.ts', 'convert-worker': 'lib/convert/worker.ts' },
    external: ['cli-progress', 'yauzl', 'yazl'],
    // ES modules before CommonJS, of which nothing could be left out.
    mainFields: ['module', 'main'],
    splitting: true,
    outdir,
    metafile: true,
  })
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs))
  const packages = bundled.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  writeFileSync(join(outdir, 'third-party-licences.txt'), [...new Set(packages)].sort().map(licenceOf).join('\n'))
}

/** The licence's text; of a package that ships none, what its package.json says. `folder` is seen from the root. */
function licenceOf(folder: string): string {
  const { name, version, license, homepage } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'))
  const [file] = globSync('LICEN[CS]E*', { cwd: join(ROOT, folder) })
  if (file !== undefined) return `${name} ${version}\n\n${readFileSync(join(ROOT, folder, file), 'utf8')}\n`
  if (license === undefined) throw new Error(`${name} says nothing of its licence`)
  return `${name} ${version}\n\n${license}; the package has no text of it. ${homepage ?? ''}\n`
}
