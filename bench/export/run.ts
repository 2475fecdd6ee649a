import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../../lib/errors.ts'
import { manifestSchema } from '../../lib/seal/manifest.ts'
import type { FieldJson } from '../../lib/shred/schema-json.ts'
import { prepareArchive } from '../generate/archive.ts'
import { BENCH_DATE, workload } from '../generate/workloads.ts'
import { inTurn, type Measured } from '../measure/in-turn.ts'
import { runChild } from '../measure/run-child.ts'
import { sealFirst } from '../peers/contenders.ts'
import { buildPrograms, CHECKOUT, type Programs } from '../programs.ts'
import { describeMachine, load } from '../report/machine.ts'
import { type ExporterId, exporters, hasPeer, type SealedDay } from './contenders.ts'
import { exportFigures, exportGoals, formatOf } from './figures.ts'
import { type ExportBenchOptions, parseExportOptions, USAGE } from './options.ts'
import { compareExport } from './same-rows.ts'
import { exportLines } from './text.ts'

/*
 * `npm run bench:export`: seals a generated day once, and exports it in every format beside DuckDB's COPY. Exit code 1 when
 * a file does not hold the day's rows; a figure that is not reached changes nothing.
 */

const options = readOptions()
if (options !== undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-bench-export-'))
  try {
    await main(options, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readOptions(): ExportBenchOptions | undefined {
  try {
    return parseExportOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return undefined
  }
}

async function main(options: ExportBenchOptions, folder: string): Promise<void> {
  const { quick, json, rounds, formats, scale, seed, cache } = options
  const loadBefore = load()
  const programs = options.checkout ? CHECKOUT : await buildPrograms(await empty(join(folder, 'programs')))
  const planned = workload('flat', quick ? { kind: 'quick' } : { kind: 'full', scale })
  say(`generating, unless it is in ${cache}`)
  const archive = await prepareArchive(cache, planned, seed)
  const out = await empty(join(folder, 'sealed'))
  const day = { out, file: (await sealFirst(programs, archive, out, 1)).file }
  const measured = await inTurn(exporters(programs, day, formats), {
    rounds,
    emptyFolder: ({ id }) => empty(join(folder, id)),
    onRun: ({ id }, round, { wallMs }) => say(`round ${round} of ${rounds}, ${id}: ${(wallMs / 1_000).toFixed(2)} s`),
  })
  const equality = await compareAll(programs, day, measured)
  const figures = await exportFigures(archive.rows, measured)
  const report = {
    machine: describeMachine(loadBefore),
    rows: archive.rows,
    rounds,
    figures,
    goals: exportGoals(figures),
  }
  if (json) console.log(JSON.stringify({ ...(quick ? { rows: archive.rows } : report), equality }, null, 2))
  else console.log([...(quick ? [] : [...exportLines(report), '']), ...equality.map(equalityLine)].join('\n'))
  if (equality.some(({ differences }) => differences.length > 0)) process.exitCode = 1
}

/** How an exported file was read, and how its rows differ from the sealed day's. */
interface ExportEquality {
  readonly id: ExporterId
  readonly reader: 'DuckDB' | 'dayseal export --check'
  readonly differences: readonly string[]
}

async function compareAll(programs: Programs, day: SealedDay, measured: readonly Measured<ExporterId>[]) {
  const manifest = await readFile(join(day.out, 'daily', BENCH_DATE, 'manifest.json'), 'utf8')
  const { schema } = manifestSchema.parse(JSON.parse(manifest))
  const equality: ExportEquality[] = []
  for (const one of measured) {
    say(`reading back what ${one.id} wrote`)
    equality.push(await compareOne(programs, day, schema, one))
  }
  return equality
}

async function compareOne(
  { dayseal, atExit }: Programs,
  day: SealedDay,
  schema: readonly FieldJson[],
  { id, file }: Measured<ExporterId>,
): Promise<ExportEquality> {
  const format = formatOf(id)
  if (hasPeer(format)) {
    return { id, reader: 'DuckDB', differences: await compareExport({ format, file, sealed: day.file, schema }) }
  }
  const differences = await runChild(atExit, [dayseal, 'export', '--check', file]).then(
    () => [],
    (error: unknown) => [String(error)],
  )
  return { id, reader: 'dayseal export --check', differences }
}

function equalityLine({ id, reader, differences }: ExportEquality): string {
  if (differences.length === 0) return `${id}: the rows of the sealed day, as ${reader} reads it`
  return `${id}: NOT THE SAME, as ${reader} reads it: ${differences.join('; ')}`
}

async function empty(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
