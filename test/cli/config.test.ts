import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dayseal, temporaryFolder } from './dayseal.ts'
import { DATE, writeHours } from './hour-files.ts'

const TWO = {
  datasets: {
    web: { archive: { location: 'web' }, out: 'sealed/web', schema: { overrides: { ts: 'timestamp' } } },
    app: { archive: { location: 'app' }, out: 'sealed/app', verify: { required: ['nowhere'] } },
  },
}

describe('a configuration in the current folder', () => {
  test('is used, for all of its datasets', async () => {
    const cwd = await folderWith('dayseal.config.json', JSON.stringify(TWO))
    const sealed = await dayseal(['seal', '--date', DATE], { cwd })
    expect(sealed).toMatchObject({ code: 0 })
    expect(sealed.stdout).toContain(`web ${DATE}  sealed as generation 1`)
    expect(sealed.stdout).toContain(`app ${DATE}  sealed as generation 1`)
    const schema = JSON.parse((await dayseal(['schema', '--date', DATE, '--dataset', 'web', '--json'], { cwd })).stdout)
    expect(schema.days[0].columns[0]).toEqual({ path: 'ts', type: 'timestamp', null_share: 0 })
    const verified = await dayseal(['verify', '--date', DATE, '--json'], { cwd })
    const days: { dataset: string; result: string }[] = JSON.parse(verified.stdout).days
    expect(days.map((day) => [day.dataset, day.result])).toEqual([
      ['web', 'passed'],
      ['app', 'failed'],
    ])
    expect(verified.code).toBe(1)
    const status = JSON.parse((await dayseal(['status', '--json'], { cwd })).stdout)
    expect(status.datasets.map((one: { dataset: string }) => one.dataset)).toEqual(['web', 'app'])
  })

  test('may be TypeScript that imports dayseal, installed or not', async () => {
    const text = `import { defineConfig } from 'dayseal'\nexport default defineConfig(${JSON.stringify(TWO)})\n`
    const cwd = await folderWith('dayseal.config.ts', text)
    expect(await dayseal(['seal', '--date', DATE, '--dataset', 'app'], { cwd })).toMatchObject({ code: 0 })
  })

  test('yields to flags for one dataset, and to none for several', async () => {
    const cwd = await folderWith('dayseal.config.json', JSON.stringify(TWO))
    const several = await dayseal(['seal', '--date', DATE, '--out', 'other'], { cwd })
    expect(several.code).toBe(2)
    expect(several.stderr).toContain('--out is about one dataset; seen: web, app in dayseal.config.json')
    const one = await dayseal(['seal', '--date', DATE, '--out', 'other', '--dataset', 'web'], { cwd })
    expect(one.code).toBe(0)
    expect(JSON.parse(await readFile(join(cwd, 'other', 'daily', DATE, 'manifest.json'), 'utf8'))).toMatchObject({
      dataset: 'web',
      schema: expect.arrayContaining([{ name: 'ts', type: 'timestamp' }]),
    })
  })

  test('that is wrong is 2, with every problem in it', async () => {
    const wrong = { datasets: { web: { archive: { location: 'web', layout: '{yyyy}' }, out: 'o', limit: {} } } }
    const cwd = await folderWith('dayseal.config.json', JSON.stringify(wrong))
    const { code, stderr } = await dayseal(['seal', '--date', DATE], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain('datasets.web.archive.layout')
    expect(stderr).toContain('did you mean limits?')
  })
})

test('--config names another file; a dataset that it does not have is 2, with the nearest name', async () => {
  const cwd = await folderWith('other.json', JSON.stringify(TWO))
  const args = ['seal', '--date', DATE, '--config', 'other.json', '--dataset']
  expect(await dayseal([...args, 'web'], { cwd })).toMatchObject({ code: 0 })
  const wrong = await dayseal([...args, 'wbe'], { cwd })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toContain('other.json has no dataset "wbe"; wanted: web or app; did you mean web?')
  expect(await dayseal(['seal', '--config', 'none.json'], { cwd })).toMatchObject({ code: 2 })
})

test('without a configuration, what is missing is named', async () => {
  const cwd = await temporaryFolder()
  const both = await dayseal(['seal', '--date', DATE], { cwd })
  expect(both.code).toBe(2)
  expect(both.stderr).toContain('--archive and --out are missing')
  const one = await dayseal(['status', '--archive', '.'], { cwd })
  expect(one.stderr).toContain('--out is missing')
  const source = await dayseal(['verify', '--out', '.', '--source'], { cwd })
  expect(source.code).toBe(2)
  expect(source.stderr).toContain('--archive is missing')
})

async function folderWith(name: string, text: string): Promise<string> {
  const cwd = await temporaryFolder()
  await writeHours(join(cwd, 'web'))
  await writeHours(join(cwd, 'app'))
  await writeFile(join(cwd, name), text)
  return cwd
}
