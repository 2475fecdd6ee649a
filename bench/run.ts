import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../lib/errors.ts'
import { prepareArchive } from './generate/archive.ts'
import { workload } from './generate/workloads.ts'
import { CONTENDER_IDS } from './measure/in-turn.ts'
import { measureStarts } from './measure/starts.ts'
import { measureWorkload } from './measure-workload.ts'
import { type BenchOptions, parseOptions, USAGE } from './options.ts'
import { buildPrograms, CHECKOUT, type Programs } from './programs.ts'
import { figuresOf, type WorkloadResult } from './report/figures.ts'
import { goalsOf } from './report/goals.ts'
import { describeMachine, load } from './report/machine.ts'
import { benchLines, equalityOnly } from './report/text.ts'

/*
 * `npm run bench`: seals generated days beside DuckDB, checks that all outputs hold the same rows, and prints what each
 * took. Exit code 1 when rows differ; a figure that is not reached changes nothing.
 */

const FULLY = { ids: CONTENDER_IDS, joins: 11 } as const
/** What has to be there for the equality alone: a seal with nothing learnt is made in any case. */
const QUICKLY = { ids: ['dayseal-learnt', 'duckdb-written', 'duckdb-schema'], joins: 0 } as const

const options = readOptions()
if (options !== undefined) {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-bench-run-'))
  try {
    await main(options, folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readOptions(): BenchOptions | undefined {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`)
    process.exitCode = 2
    return undefined
  }
}

async function main(options: BenchOptions, folder: string): Promise<void> {
  const { quick, json, rounds } = options
  const loadBefore = load()
  const programs = options.checkout ? CHECKOUT : await buildPrograms(await made(join(folder, 'programs')))
  const starts = quick ? null : await measureStarts(programs)
  const results: WorkloadResult[] = []
  for (const name of options.workloads) {
    results.push(await runWorkload(name, options, programs, await made(join(folder, name))))
  }
  const about = { machine: describeMachine(loadBefore), starts, rounds }
  if (json) console.log(JSON.stringify({ ...about, workloads: quick ? results : results.map(withFigures) }, null, 2))
  else console.log((quick ? equalityOnly(results) : benchLines(about, results)).join('\n'))
  const isDifferent = results.some(({ equality }) => equality.some(({ kind }) => kind === 'different'))
  if (isDifferent) process.exitCode = 1
}

async function runWorkload(
  name: BenchOptions['workloads'][number],
  { quick, rounds, threads, scale, seed, cache }: BenchOptions,
  programs: Programs,
  folder: string,
): Promise<WorkloadResult> {
  const planned = workload(name, quick ? { kind: 'quick' } : { kind: 'full', scale })
  say(`${name}: generating, unless it is in ${cache}`)
  const archive = await prepareArchive(cache, planned, seed)
  const measuring = { programs, folder, rounds, threads, say, ...(quick ? QUICKLY : FULLY) }
  const result = await measureWorkload(planned, archive, measuring)
  await rm(folder, { recursive: true })
  return result
}

function withFigures(result: WorkloadResult) {
  return { ...result, figures: figuresOf(result), goals: goalsOf(result) }
}

async function made(folder: string): Promise<string> {
  await mkdir(folder)
  return folder
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
