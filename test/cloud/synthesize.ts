import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'
import { readStacks, type Stacks } from './template.ts'

const ROOT = join(import.meta.dirname, '..', '..')

const assembly = z.object({
  artifacts: z.record(
    z.string(),
    z.object({ type: z.string(), properties: z.object({ templateFile: z.string() }).partial().optional() }),
  ),
})

/** Runs `cdk synth` for a configuration, into `outdir`, as a person would, and reads the templates. */
export async function synthesize(configFile: string, outdir: string): Promise<Stacks> {
  const cdk = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const args = [cdk, 'synth', '--quiet', '--output', outdir, '-c', `config=${configFile}`]
  const offline = ['--no-notices', '--no-version-reporting', '--no-asset-metadata']
  await promisify(execFile)(process.execPath, [...args, ...offline], { cwd: ROOT })
  const { artifacts } = assembly.parse(JSON.parse(await readFile(join(outdir, 'manifest.json'), 'utf8')))
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const templates = stacks.map(async ([name, { properties }]) => {
    const file = join(outdir, properties?.templateFile ?? '')
    return [name, JSON.parse(await readFile(file, 'utf8'))] as const
  })
  return readStacks(new Map(await Promise.all(templates)))
}
