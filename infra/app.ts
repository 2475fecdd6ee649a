import { resolve } from 'node:path'
import { App } from 'aws-cdk-lib'
import * as z from 'zod'
import { reportError } from '../cli/error-report.ts'
import { outputTo } from '../cli/output.ts'
import { resolveOwnPackage } from '../cli/own-package.ts'
import { DaysealError, exitCodeOf } from '../lib/errors.ts'
import { findConfig, loadConfig, loadDeployment } from '../lib/load-config.ts'
import { daysealStacks } from './dayseal-stacks.ts'

/*
 * The CDK app: `npx cdk synth`, with `-c config=FILE` for another configuration than the dayseal.config.* that is here.
 */

resolveOwnPackage()
try {
  await build(new App(), process.cwd())
} catch (error) {
  if (!(error instanceof DaysealError)) throw error
  reportError(outputTo(process.stderr), error, false)
  process.exit(exitCodeOf(error))
}

async function build(app: App, cwd: string): Promise<void> {
  const asked = z.string().optional().parse(app.node.tryGetContext('config'))
  const file = asked ?? findConfig(cwd)
  if (file === undefined) {
    throw new DaysealError('usage', 'there is nothing to deploy', {
      seen: `no configuration in ${cwd}`,
      wanted: 'a dayseal.config.ts, or -c config=FILE',
    })
  }
  const datasets = await loadConfig(file, cwd)
  const deployment = await loadDeployment(file, cwd)
  daysealStacks(app, { deployment, datasets: datasets.values(), configFile: resolve(cwd, file) })
}
