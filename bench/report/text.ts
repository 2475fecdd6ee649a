import { bytes, count } from '../../cli/amounts.ts'
import { textTable } from '../../cli/table.ts'
import type { Equality } from '../equality/outputs.ts'
import type { ContenderId } from '../measure/in-turn.ts'
import type { Sample } from '../measure/run-child.ts'
import type { Starts } from '../measure/starts.ts'
import { type Figures, figuresOf, type WorkloadResult } from './figures.ts'
import { type Goal, goalsOf } from './goals.ts'
import type { Machine } from './machine.ts'

export const NAMES: Readonly<Record<ContenderId, string>> = {
  'dayseal-first': 'Dayseal, first seal',
  'dayseal-learnt': 'Dayseal, learnt schema',
  'duckdb-written': 'DuckDB, as written',
  'duckdb-schema': 'DuckDB, given the schema',
}

const HEAD = [
  '',
  'threads',
  'wall',
  'min–max',
  'CPU',
  '÷ first',
  '÷ learnt',
  'peak RSS',
  'output',
  'bytes ÷ DuckDB',
  'MB/s per core',
  '$ per TB',
]
const GOALS_HEAD = ['', 'seen', 'wanted', '', 'aim', '']

/** What is said once, above all tables. */
export interface About {
  readonly machine: Machine
  readonly starts: Starts | null
  readonly rounds: number
}

export function benchLines({ machine, starts, rounds }: About, results: readonly WorkloadResult[]): string[] {
  const { cores, model, memoryBytes, platform, node, loadBefore, loadAfter } = machine
  return [
    `${cores} cores of ${model}, ${bytes(memoryBytes)}, ${platform}, Node ${node}`,
    `Load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after: what else ran on the machine is in the wall times, and less so in the CPU times.`,
    ...(starts === null ? [] : [startLine(starts)]),
    ...results.flatMap((result) => ['', ...workloadLines(result, rounds)]),
  ]
}

/** Figures of a few megabytes would say nothing. */
export function equalityOnly(results: readonly WorkloadResult[]): string[] {
  return results.flatMap((result) => [headLine(result), ...equalityLines(result.equality)])
}

function startLine({ dayseal, duckdb }: Starts): string {
  const took = ({ wallMs, cpuMs, peakRssBytes }: Sample) =>
    `${seconds(wallMs)} (CPU ${seconds(cpuMs)}), ${bytes(peakRssBytes)}`
  return `Starting alone, which is in all figures: dayseal --version ${took(dayseal)}; DuckDB in Node, SELECT 1 ${took(duckdb)}.`
}

function headLine({ workload, about, rows, files, jsonBytes, gzipBytes }: WorkloadResult): string {
  return `${workload}: ${about}; ${count(rows)} rows, ${bytes(jsonBytes)} of JSON in ${files} gzip files of ${bytes(gzipBytes)}`
}

function workloadLines(result: WorkloadResult, rounds: number): string[] {
  return [
    `${headLine(result)}; median of ${rounds}`,
    '',
    ...textTable([HEAD, ...figuresOf(result).map(figuresRow)], HEAD.map((_, i) => i).slice(1)),
    '',
    ...joinLines(result),
    ...equalityLines(result.equality),
    '',
    ...textTable([GOALS_HEAD, ...goalsOf(result).map(goalRow)], [1, 3, 4]),
  ]
}

function figuresRow(line: Figures): string[] {
  return [
    NAMES[line.id],
    String(line.threads),
    seconds(line.wallMs),
    `${seconds(line.wallMinMs)}–${seconds(line.wallMaxMs)}`,
    seconds(line.cpuMs),
    line.dividedByFirst.toFixed(2),
    line.dividedByLearnt.toFixed(2),
    bytes(line.peakRssBytes),
    bytes(line.outputBytes),
    line.bytesRatio.toFixed(3),
    (line.bytesPerCpuSecond / 1e6).toFixed(1),
    line.dollarsPerTerabyte.toFixed(2),
  ]
}

function joinLines({ join }: WorkloadResult): string[] {
  if (join === null) return []
  return Object.entries(join).map(([which, { convertMs, joinMs, joinAndReadBackMs }]) => {
    const share = `${((100 * joinMs) / convertMs).toFixed(1)} %`
    return `Join (${which} seal): ${seconds(joinMs)} for parts that took ${seconds(convertMs)} to convert, ${share}; ${seconds(joinAndReadBackMs)} with reading back`
  })
}

function equalityLines(equality: readonly Equality[]): string[] {
  const different = equality.filter((compared) => compared.kind === 'different')
  if (different.length === 0) {
    const bytesAlike = equality.filter(({ kind }) => kind === 'same_bytes').length
    return [
      `Equality: all ${equality.length} outputs hold the rows of the first seal (${bytesAlike} are the same bytes)`,
    ]
  }
  return different.flatMap(({ id, threads, differences }) =>
    differences.map((difference) => `Equality: NOT THE SAME: ${NAMES[id]}, ${threads} threads: ${difference}`),
  )
}

function goalRow({ what, seen, wanted, sense, aim, reached }: Goal): string[] {
  const digits = wanted >= 10 ? 0 : sense === 'at most' ? 3 : 2
  return [
    what,
    seen.toFixed(digits),
    sense,
    String(wanted),
    aim === undefined ? '' : String(aim),
    reached ? 'reached' : 'NOT reached',
  ]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`
}
