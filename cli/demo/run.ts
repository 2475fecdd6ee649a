import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { styleText } from 'node:util'
import { makeFolder } from '../../lib/store/folder.ts'
import { piecesOf, styled } from '../line.ts'
import { outputTo } from '../output.ts'
import { table } from '../table.ts'
import { DEMO_DATE, writeDemoDay } from './generate.ts'
import { query } from './query.ts'

/*
 * `npm run demo [-- FOLDER]`: a day of logs is made, sealed, verified, looked at and damaged, with every command as a
 * user would type it. Ends with 1 when a command does not end as the text says.
 */

const DAYSEAL = join(import.meta.dirname, '..', 'dayseal.js')

const folder = resolve(process.argv[2] ?? (await mkdtemp(join(tmpdir(), 'dayseal-demo-'))))
const archive = join(folder, 'archive')
const sealed = join(folder, 'sealed')
const damaged = join(folder, 'damaged')
const surprises: string[] = []

await main()

async function main(): Promise<void> {
  await makeFolder(folder)
  if ((await readdir(folder)).length > 0) {
    console.error(`${folder} is not empty: name a folder for the demo alone`)
    process.exitCode = 1
    return
  }

  title('A day of application logs')
  const day = await writeDemoDay(archive)
  say(`24 hour files with 20,000 rows were made in ${day}/`)
  say('They have what real ones have: nested objects and lists, an object whose keys are data, a field that only')
  say('appears at noon, numbers with and without a fraction in one field, lines that are broken, a file with CRLF')
  say('line ends, one of two gzip members, and rows of the evening before.')

  title('Seal it')
  dayseal(['seal', '--archive', archive, '--out', sealed, '--date', DEMO_DATE])
  say('Sealing it again does nothing:', '')
  dayseal(['seal', '--archive', archive, '--out', sealed, '--date', DEMO_DATE])

  title('Verify it: everything is read back, and the sources are read again')
  dayseal(['verify', '--archive', archive, '--out', sealed, '--date', DEMO_DATE, '--source'])

  title('Look at it')
  dayseal(['status', '--archive', archive, '--out', sealed])
  dayseal(['schema', '--out', sealed, '--date', DEMO_DATE])

  title('Query it with DuckDB')
  const data = join(sealed, 'daily', DEMO_DATE, 'data.parquet')
  await show(hourlySql(data))
  await show(itemsSql(data))

  title('Damage a copy by one byte')
  await damage()
  dayseal(['verify', '--out', damaged, '--date', DEMO_DATE], 1)

  await ending()
}

/** Around noon, when `geo` appears: the hours before have it as NULL. */
function hourlySql(data: string): string {
  return `SELECT date_trunc('hour', ts::TIMESTAMP) AS hour, count(*) AS rows,
       round(avg(request.duration_ms), 1) AS avg_ms,
       count(request.client.geo.lat) AS with_geo
FROM '${data}' GROUP BY ALL ORDER BY hour LIMIT 4 OFFSET 11`
}

/** The object whose keys are data is a MAP: its keys can be grouped by. */
function itemsSql(data: string): string {
  return `SELECT entry.key AS item, sum(entry.value) AS sold
FROM (SELECT unnest(map_entries(items)) AS entry FROM '${data}')
GROUP BY item ORDER BY sold DESC, item LIMIT 3`
}

function title(text: string): void {
  console.log(`\n${styleText(['bold', 'underline'], text)}\n`)
}

function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(line)
}

function dayseal(args: readonly string[], wanted = 0): void {
  console.log(styleText('cyan', `$ npx dayseal ${args.join(' ')}`))
  const { status } = spawnSync(process.execPath, [DAYSEAL, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) console.log(`(exit code ${status})`)
  if (status !== wanted) surprises.push(`dayseal ${args[0]} ended with ${status} and not with ${wanted}`)
  console.log()
}

async function show(sql: string): Promise<void> {
  console.log(styleText('cyan', sql))
  const [head, ...rows] = await query(sql)
  const lines = table([head!.map((name) => styled('bold', name)), ...rows])
  outputTo(process.stdout).print(lines.map((line) => ['  ', ...piecesOf(line)]))
  console.log()
}

/** A copy of the output with one bit of its data turned round. */
async function damage(): Promise<void> {
  await cp(sealed, damaged, { recursive: true })
  const generations = join(damaged, 'generations', DEMO_DATE)
  const [name] = await readdir(generations)
  const file = join(generations, name!)
  const bytes = await readFile(file)
  const at = Math.floor(bytes.length / 2)
  bytes[at]! ^= 1
  await writeFile(file, bytes)
  say(`One bit of byte ${at} was turned round in ${file}`, '')
}

async function ending(): Promise<void> {
  if (surprises.length > 0) {
    console.error(`The demo did not go as it should: ${surprises.join('; ')}`)
    process.exitCode = 1
    return
  }
  title('What to try next')
  say(
    'Everything is still there; remove it with',
    styleText('cyan', `$ rm -r ${folder}`),
    'Add a line to an hour file, or remove one, and look again:',
    styleText('cyan', `$ npx dayseal status --archive ${archive} --out ${sealed}`),
    'Seal your own day of hour files (YYYYMMDD/HH.jsonl.gz, or say how they are named with --layout):',
    styleText('cyan', '$ npx dayseal seal --archive ./your-logs --out ./sealed --date 2025-03-14'),
    'All of it is in README.md; the commands explain themselves with --help.',
  )
}
