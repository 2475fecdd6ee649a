import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import * as api from '../lib/index.ts'
import { manifestSchema } from '../lib/seal/manifest.ts'
import { dayseal, temporaryFolder } from './cli/dayseal.ts'
import { DATE, writeHours } from './cli/hour-files.ts'

const DOCS = resolve(import.meta.dirname, '../docs')

test('the configuration in docs/configuration.md can be used as it stands there', async () => {
  const cwd = await temporaryFolder()
  const example = /```ts\n(.*?)```/s.exec(await readFile(join(DOCS, 'configuration.md'), 'utf8'))![1]!
  await writeFile(join(cwd, 'dayseal.config.ts'), example)
  await mkdir(join(cwd, 'logs'))
  await writeHours(join(cwd, 'logs'), { lines: { '00': [`{"ts":"${DATE}T00:30:00Z","user":{"id":7},"debug":1}`] } })
  const sealed = await dayseal(['seal', '--date', DATE, '--json'], { cwd })
  expect(sealed.code).toBe(0)
  const { manifest } = JSON.parse(sealed.stdout).days[0]
  expect(manifest.dataset).toBe('app')
  expect(manifest.event_time).toMatchObject({ column: 'ts', unparsed: 0 })
  expect(manifest.schema).toContainEqual({ name: 'ts', type: 'timestamp' })
  expect(manifest.schema).toContainEqual({
    name: 'user',
    type: { struct: [{ name: 'user_id', key: 'id', type: 'int64' }] },
  })
  expect(manifest.dropped_columns).toContainEqual({ path: 'debug', reason: 'configured', saw: expect.any(Array) })
})

test('docs/exit-codes.md has every exit code that the help names', async () => {
  const { stdout } = await dayseal(['--help'])
  const codes = [...stdout.slice(stdout.indexOf('Exit codes:')).matchAll(/ (\d+) [a-z]/g)].map((match) => match[1])
  const table = await readFile(join(DOCS, 'exit-codes.md'), 'utf8')
  expect(codes).toHaveLength(8)
  for (const code of codes) expect(table).toMatch(new RegExp(`^\\|\\s*${code}\\b`, 'm'))
})

test('the README explains every member of a manifest', async () => {
  const readme = await readFile(resolve(DOCS, '../README.md'), 'utf8')
  const section = readme.slice(readme.indexOf('## The manifest'), readme.indexOf('It is canonical JSON'))
  const explained = [...section.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(
    ([, cell]) => cell!.match(/(?<=`)\w+(?=`)/g) ?? [],
  )
  expect(explained.toSorted()).toEqual(Object.keys(manifestSchema.shape).toSorted())
})

test('docs/library.md has every function of the public API, and no other', async () => {
  const page = await readFile(join(DOCS, 'library.md'), 'utf8')
  const rows = page.match(/^\| `.*$/gm) ?? []
  const documented = rows.flatMap((row) => row.match(/(?<=`)\w+(?=\()/g) ?? [])
  expect([...documented, 'DaysealError'].toSorted()).toEqual(Object.keys(api).toSorted())
})
