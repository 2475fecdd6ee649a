import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { VERSION } from '../lib/version.ts'

const ROOT = resolve(import.meta.dirname, '..')

const versions = z.record(z.string(), z.string())
const packageJson = z.object({
  version: z.string(),
  bin: z.object({ dayseal: z.string() }),
  dependencies: versions,
  devDependencies: versions,
})
const lockFile = z.object({
  version: z.string(),
  packages: z.record(
    z.string(),
    z.object({ version: z.string(), inBundle: z.boolean().default(false), optionalDependencies: versions.optional() }),
  ),
})

test('the version is the same everywhere', async () => {
  const { version } = await read('package.json', packageJson)
  expect(VERSION).toBe(version)
  expect((await read('package-lock.json', lockFile)).version).toBe(version)
})

test('the bin is there and can be run', async () => {
  const { bin } = await read('package.json', packageJson)
  await access(resolve(ROOT, bin.dayseal), constants.X_OK)
  expect(await readFile(resolve(ROOT, bin.dayseal), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

test('every dependency is pinned to one version', async () => {
  const { dependencies, devDependencies } = await read('package.json', packageJson)
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(`${name} ${version}`).toMatch(/ \d+\.\d+\.\d+(-[\w.]+)?$/)
  }
})

test('the lock file has the optional packages of every platform, which npm ci asks for', async () => {
  const { packages } = await read('package-lock.json', lockFile)
  // What lies inside of another package has what it needs there.
  const installed = Object.values(packages).filter(({ inBundle }) => !inBundle)
  const wanted = installed.flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
  expect(wanted.length).toBeGreaterThan(0)
  expect(wanted.filter((name) => packages[`node_modules/${name}`] === undefined)).toEqual([])
})

async function read<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  return schema.parse(JSON.parse(await readFile(resolve(ROOT, file), 'utf8')))
}
