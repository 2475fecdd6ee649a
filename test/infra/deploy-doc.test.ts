import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PERMISSIONS } from '../../infra/permissions.ts'
import { deploymentSchema } from '../../lib/deployment.ts'
import { ROOT } from './synthesize.ts'

test("docs/deploy.md has each function's permissions", () => {
  const rows = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  for (const [step, may] of Object.entries(PERMISSIONS)) {
    const places = (some: readonly string[]) => some.map((place) => `\`${place}\``).join(', ')
    const cells = [step, may.archive, places(may.read), places(may.write), places(may.delete), places(may.catalog)]
    expect(rows).toContainEqual(['', ...cells, may.announce ? 'yes' : '', ''])
  }
})

test('docs/configuration.md has every setting of a deployment', () => {
  const text = readFileSync(join(ROOT, 'docs/configuration.md'), 'utf8')
  const section = text.slice(text.indexOf('## Deployment'))
  for (const name of Object.keys(deploymentSchema.shape)) expect(section).toMatch(new RegExp(`\`${name}[\`.]`))
})
