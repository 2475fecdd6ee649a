import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../cli/dayseal.ts'
import { DATASETS, EXAMPLE, flags, ROOT, stacksOf } from './synthesize.ts'

describe('the app', () => {
  test('synthesizes the example with no network, breaks no rule of AWS Solutions, and its bundles are small', async () => {
    const outdir = await temporaryFolder()
    // As `cdk synth` starts it. It fails when a rule is broken and nobody has said why.
    const env = {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...flags(), config: EXAMPLE }),
    }
    execFileSync(process.execPath, ['infra/app.ts'], { cwd: ROOT, env, stdio: 'pipe' })
    const templates = readdirSync(outdir).filter((name) => name.endsWith('.template.json'))
    expect(templates.sort()).toEqual(['dayseal-pipeline.template.json', 'dayseal-storage.template.json'])
    const bundles = readdirSync(outdir).filter((name) => name.startsWith('asset.'))
    expect(bundles).toHaveLength(8)
    const sizes = bundles.map((bundle) => statSync(join(outdir, bundle, 'index.mjs')).size).sort((a, b) => a - b)
    // Most of it is the SDK. It was 1,000,000 until a store that is away was waited for, and one that ignores conditions refused.
    for (const size of sizes.slice(0, -2)) expect(size).toBeLessThan(1_050_000)
    // That of uploads: every format, zip, and regular expressions in linear time.
    expect(sizes.at(-2)).toBeLessThan(1_150_000)
    // That of the exports: every format, encryption, and rows that functions make.
    expect(sizes.at(-1)).toBeLessThan(1_400_000)
    for (const bundle of bundles) {
      expect(readdirSync(join(outdir, bundle))).toEqual(['index.mjs'])
      const file = join(outdir, bundle, 'index.mjs')
      expect(readFileSync(file, 'utf8')).toContain('s3://example-sealed/app')
    }
  })

  test('is refused when a rule is broken', async () => {
    const app = new App({ outdir: await temporaryFolder(), context: { ...flags(), 'aws:cdk:bundling-stacks': [] } })
    const { pipeline } = stacksOf({ datasets: DATASETS }, app)
    new Bucket(pipeline, 'Open')
    expect(() => app.synth()).toThrow()
  })
})
