import { stat } from 'node:fs/promises'
import type { FormatName } from '../../lib/export/format-options.ts'
import type { Measured } from '../measure/in-turn.ts'
import { median } from '../measure/median.ts'
import type { ExporterId } from './contenders.ts'

/** What one exporter's runs came to: medians. */
export interface ExportFigures {
  readonly id: ExporterId
  readonly wallMs: number
  readonly wallMinMs: number
  readonly wallMaxMs: number
  readonly cpuMs: number
  /** Of the highest run. */
  readonly peakRssBytes: number
  readonly rowsPerSecond: number
  readonly outputBytes: number
  /** Wall and CPU time as multiples of DuckDB's for the same format; of ours alone, and where DuckDB has it. */
  readonly wallRatio: number | undefined
  readonly cpuRatio: number | undefined
}

export interface ExportGoal {
  readonly what: string
  readonly seen: number
  readonly atMost: number
  readonly reached: boolean
}

const MAX_RSS_BYTES = 300e6
const MAX_RATIO = 2
const WITH_RATIO: readonly ExporterId[] = ['dayseal csv', 'dayseal ndjson']

export async function exportFigures(rows: number, measured: readonly Measured<ExporterId>[]): Promise<ExportFigures[]> {
  const plain = await Promise.all(
    measured.map(async ({ id, samples, file }) => {
      const walls = samples.map(({ wallMs }) => wallMs)
      const wallMs = median(walls)
      return {
        id,
        wallMs,
        wallMinMs: Math.min(...walls),
        wallMaxMs: Math.max(...walls),
        cpuMs: median(samples.map(({ cpuMs }) => cpuMs)),
        peakRssBytes: Math.max(...samples.map(({ peakRssBytes }) => peakRssBytes)),
        rowsPerSecond: rows / (wallMs / 1_000),
        outputBytes: (await stat(file)).size,
      }
    }),
  )
  return plain.map((ours) => {
    const peer = plain.find(({ id }) => id !== ours.id && formatOf(id) === formatOf(ours.id))
    const isOurs = ours.id.startsWith('dayseal')
    const ratio = (of: 'wallMs' | 'cpuMs') => (isOurs && peer !== undefined ? ours[of] / peer[of] : undefined)
    return { ...ours, wallRatio: ratio('wallMs'), cpuRatio: ratio('cpuMs') }
  })
}

export function formatOf(id: ExporterId): FormatName {
  return id.slice(id.indexOf(' ') + 1) as FormatName
}

export function exportGoals(figures: readonly ExportFigures[]): ExportGoal[] {
  return figures.flatMap(({ id, wallRatio, peakRssBytes }) => {
    if (!id.startsWith('dayseal')) return []
    const memory = atMost(`${id}: peak RSS in MB`, peakRssBytes / 1e6, MAX_RSS_BYTES / 1e6)
    if (wallRatio === undefined || !WITH_RATIO.includes(id)) return [memory]
    return [atMost(`${id}: wall time ÷ DuckDB's`, wallRatio, MAX_RATIO), memory]
  })
}

function atMost(what: string, seen: number, most: number): ExportGoal {
  return { what, seen, atMost: most, reached: seen <= most }
}
