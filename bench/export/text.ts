import { bytes, count } from '../../cli/amounts.ts'
import { textTable } from '../../cli/table.ts'
import type { Machine } from '../report/machine.ts'
import type { ExportFigures, ExportGoal } from './figures.ts'

const HEAD = ['', 'wall', 'min–max', 'CPU', 'wall ÷ DuckDB', 'CPU ÷ DuckDB', 'rows/s', 'peak RSS', 'output']
const GOALS_HEAD = ['', 'seen', 'at most', '']

export interface ExportReport {
  readonly machine: Machine
  readonly rows: number
  readonly rounds: number
  readonly figures: readonly ExportFigures[]
  readonly goals: readonly ExportGoal[]
}

export function exportLines({ machine, rows, rounds, figures, goals }: ExportReport): string[] {
  const { cores, model, memoryBytes, platform, node, loadBefore, loadAfter } = machine
  return [
    `${cores} cores of ${model}, ${bytes(memoryBytes)}, ${platform}, Node ${node}; load ${loadBefore.toFixed(1)} before and ${loadAfter.toFixed(1)} after`,
    `A sealed day of ${count(rows)} flat rows to one file per format: whole processes, DuckDB with one thread; median of ${rounds}`,
    '',
    ...textTable([HEAD, ...figures.map(figuresRow)], HEAD.map((_, i) => i).slice(1)),
    '',
    ...textTable([GOALS_HEAD, ...goals.map(goalRow)], [1, 2]),
  ]
}

function figuresRow(line: ExportFigures): string[] {
  return [
    line.id,
    seconds(line.wallMs),
    `${seconds(line.wallMinMs)}–${seconds(line.wallMaxMs)}`,
    seconds(line.cpuMs),
    line.wallRatio?.toFixed(2) ?? '',
    line.cpuRatio?.toFixed(2) ?? '',
    count(Math.round(line.rowsPerSecond)),
    bytes(line.peakRssBytes),
    bytes(line.outputBytes),
  ]
}

function goalRow({ what, seen, atMost, reached }: ExportGoal): string[] {
  return [what, seen.toFixed(atMost >= 10 ? 0 : 2), String(atMost), reached ? 'reached' : 'NOT reached']
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`
}
