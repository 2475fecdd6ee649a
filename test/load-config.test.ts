import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../lib/load-config.ts'
import { thrownBy } from './thrown.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dayseal config ü-'))
})
afterEach(() => rm(root, { recursive: true }))

async function write(name: string, text: string): Promise<string> {
  const path = join(root, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

const DATASETS = `{ "datasets": { "d": { "archive": { "location": "logs/in" }, "out": "../out" } } }`

describe('loadConfig', () => {
  it.each([
    ['dayseal.config.ts', `const config: object = ${DATASETS}\nexport default config\n`],
    ['dayseal.config.mts', `export default ${DATASETS} as const`],
    ['dayseal.config.js', `module.exports = ${DATASETS}`],
    ['dayseal.config.mjs', `export default await Promise.resolve(${DATASETS})`],
    ['dayseal.config.json', `\ufeff${DATASETS}`],
  ])('reads %s, and its locations from where it is', async (name, text) => {
    const path = await write(`etc/${name}`, text)
    for (const [file, cwd] of [
      [path, '/'],
      [name, join(root, 'etc')],
      [`etc/${name}`, root],
    ] as const) {
      const datasets = await loadConfig(file, cwd)
      expect([...datasets.keys()]).toEqual(['d'])
      expect(datasets.get('d')).toMatchObject({
        name: 'd',
        archive: { location: join(root, 'etc/logs/in') },
        out: join(root, 'out'),
      })
    }
  })

  it('reads the keys of a JSON file as they are written', async () => {
    const dataset = (key: string) => ({
      archive: { location: 'in' },
      out: `out of ${key}`,
      schema: { mode: 'strict', columns: { 'only here': 'string', [key]: 'string' } },
    })
    await write('c.json', JSON.stringify({ datasets: { a: dataset('\\'), b: dataset('\n') } }))
    const datasets = await loadConfig('c.json', root)
    expect(datasets.get('a')?.schema).toEqual({ mode: 'strict', columns: { 'only here': 'string', '\\': 'string' } })
    expect(datasets.get('b')?.schema).toEqual({ mode: 'strict', columns: { 'only here': 'string', '\n': 'string' } })
  })

  it('leaves absolute locations and URLs as they are', async () => {
    const dataset = { archive: { location: 's3://bucket/logs' }, out: '/data/out' }
    await write('c.json', JSON.stringify({ datasets: { d: dataset } }))
    expect((await loadConfig('c.json', root)).get('d')).toMatchObject(dataset)
  })

  it('refuses two datasets whose outputs are one place only as seen from the file', async () => {
    const dataset = (out: string) => ({ archive: { location: 'in' }, out })
    await write('c.json', JSON.stringify({ datasets: { a: dataset('out'), b: dataset(join(root, 'out')) } }))
    const error = await thrownBy(() => loadConfig('c.json', root))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(`datasets a and b: seen one out, ${join(root, 'out')}`)
  })

  it.each([
    ['no.ts', undefined, /cannot be read; seen: Error: ENOENT/],
    ['folder.ts/x', '', /cannot be read; seen: Error: EISDIR/],
    ['syntax.json', '{ "datasets": ', /cannot be loaded; seen: SyntaxError: .*JSON/],
    [
      'syntax.mjs',
      'export default {\n  datasets: \n}}',
      /cannot be loaded; seen: (Syntax|Rolldown|Rollup|Parse)?Error/,
    ],
    [
      'throws.mjs',
      '\n\nthrow new TypeError("no such luck")',
      /cannot be loaded; seen: TypeError: no such luck \(line 3\)/,
    ],
    ['imports.mjs', 'import "no-such-package"', /cannot be loaded; seen: Error: .*no-such-package/],
    ['throws-text.mjs', 'throw "just text"', /cannot be loaded; seen: just text/],
    ['named.mjs', 'export const config = {}', /has no default export; wanted: `export default defineConfig/],
    ['empty.mjs', '', /has no default export/],
    ['config.yaml', 'datasets:', /of no kind that can be read; seen: \.yaml; wanted: \.ts, .*\.json/],
    ['config', '{}', /of no kind that can be read; seen: no ending/],
    [
      'wrong.mjs',
      'export default { datasets: { d: {} } }',
      /wrong\.mjs cannot be used:\n {2}datasets\.d\.archive: seen nothing/,
    ],
    ['function.mjs', 'export default () => ({})', /all of it: seen a function, wanted an object/],
  ])('refuses %s, and names it', async (name, text, message) => {
    if (text !== undefined) await write(name, text)
    const file = join(root, name.split('/')[0]!)
    const error = await thrownBy(() => loadConfig(file, '/'))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(file)
    expect(error.message).toMatch(message)
  })
})
