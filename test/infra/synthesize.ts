import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import * as z from 'zod'
import { daysealStacks } from '../../infra/dayseal-stacks.ts'
import { type Config, parseConfig, parseDeployment } from '../../lib/config.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
export const EXAMPLE = resolve(ROOT, 'docs/examples/aws.config.ts')

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) })

export interface Synthesized {
  readonly storage: Template
  readonly pipeline: Template
}

/** The datasets that most tests are about: one learns its columns, one declares them. */
export const DATASETS: Config['datasets'] = {
  app: {
    archive: { location: 's3://logs/app' },
    out: 's3://sealed/app',
  },
  audit: {
    archive: { location: 's3://logs/audit', layout: '{yyyy}/{MM}/{dd}/{HH}/*' },
    out: 's3://sealed/audit',
    schema: { mode: 'strict', columns: { at: 'timestamp', 'odd-name': 'string', n: 'int64' } },
  },
}

/** The templates of a configuration, with cdk.json's flags; without bundling, which takes its time. */
export function synthesize(config: Config): Synthesized {
  const { storage, pipeline } = stacksOf(config, new App({ context: { ...flags(), 'aws:cdk:bundling-stacks': [] } }))
  return { storage: Template.fromStack(storage), pipeline: Template.fromStack(pipeline) }
}

export function stacksOf(config: Config, app: App) {
  const datasets = parseConfig(config, 'the test').values()
  return daysealStacks(app, { deployment: parseDeployment(config, 'the test'), datasets, configFile: EXAMPLE })
}

export function flags(): Record<string, unknown> {
  return cdkJson.parse(JSON.parse(readFileSync(resolve(ROOT, 'cdk.json'), 'utf8'))).context
}
