import { copyFile, mkdir, symlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { bundleCommand, ESBUILD } from '../bundle.ts'

/** The programs that run in processes of their own, as files for `node`. */
export interface Programs {
  /** The `dayseal` command. */
  readonly dayseal: string
  readonly duckdb: string
  /** Preloaded into both; see bench/measure/at-exit.ts. */
  readonly atExit: string
}

const ROOT = resolve(import.meta.dirname, '..')

/** The TypeScript files as they are here: Node takes about 0.3 s and 40 MB to strip their types. */
export const CHECKOUT: Programs = {
  dayseal: join(ROOT, 'cli/dayseal.js'),
  duckdb: join(ROOT, 'bench/peers/duckdb.ts'),
  atExit: join(ROOT, 'bench/measure/at-exit.ts'),
}

/** The package as its users get it (build.ts makes the same), and the peer as JavaScript too, below the empty `folder`. */
export async function buildPrograms(folder: string): Promise<Programs> {
  await bundleCommand(join(folder, 'dist'))
  await build({
    ...ESBUILD,
    entryPoints: { duckdb: 'bench/peers/duckdb.ts', 'at-exit': 'bench/measure/at-exit.ts' },
    packages: 'external',
    outdir: join(folder, 'bench'),
  })
  await mkdir(join(folder, 'cli'))
  for (const file of ['cli/dayseal.js', 'package.json']) await copyFile(join(ROOT, file), join(folder, file))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  return {
    dayseal: join(folder, 'cli/dayseal.js'),
    duckdb: join(folder, 'bench/duckdb.js'),
    atExit: join(folder, 'bench/at-exit.js'),
  }
}
