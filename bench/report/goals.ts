import type { ContenderId } from '../measure/in-turn.ts'
import { type Figures, figuresOf, type WorkloadResult } from './figures.ts'

/** A figure to reach, and what was seen. */
export interface Goal {
  readonly what: string
  readonly seen: number
  readonly wanted: number
  readonly sense: 'at least' | 'at most'
  readonly aim?: number
  readonly reached: boolean
}

/** By threads: what DuckDB's wall time ÷ ours has to be at least, and what it should be. */
const AS_WRITTEN = new Map([
  [1, { wanted: 1.5, aim: 2 }],
  [2, { wanted: 1.3, aim: 2 }],
])
const GIVEN_SCHEMA = new Map([
  [1, { wanted: 0.8, aim: 1.1 }],
  [2, { wanted: 0.9, aim: 1.2 }],
])
const MAX_RSS_BYTES = 256e6
const MAX_BYTES_RATIO = 1.05
const MAX_JOIN_SHARE = 0.05

export function goalsOf(result: WorkloadResult): Goal[] {
  const figures = figuresOf(result)
  return [...figures.flatMap(ratioGoals), ...figures.flatMap(sizeGoals), ...joinGoals(result)]
}

/** Like with like: who has to find the columns against who has to, who knows them against who does. */
function ratioGoals({ id, threads, dividedByFirst, dividedByLearnt }: Figures): Goal[] {
  const goal = id === 'duckdb-written' ? AS_WRITTEN.get(threads) : GIVEN_SCHEMA.get(threads)
  const what = `wall time, ${threads} against ${threads}`
  if (goal === undefined) return []
  if (id === 'duckdb-written') return [atLeast(`DuckDB as written ÷ first seal, ${what}`, dividedByFirst, goal)]
  if (id === 'duckdb-schema') return [atLeast(`DuckDB given the schema ÷ learnt seal, ${what}`, dividedByLearnt, goal)]
  return []
}

function sizeGoals({ id, threads, peakRssBytes, bytesRatio }: Figures): Goal[] {
  if (!isOurs(id) || threads !== 1) return []
  const which = id === 'dayseal-first' ? 'first' : 'learnt'
  return [
    atMost(`${which} seal, peak RSS in MB, 1 worker`, peakRssBytes / 1e6, MAX_RSS_BYTES / 1e6),
    atMost(`${which} seal, bytes ÷ DuckDB's given the schema`, bytesRatio, MAX_BYTES_RATIO),
  ]
}

function joinGoals({ join }: WorkloadResult): Goal[] {
  if (join === null) return []
  return [
    atMost('first seal, joining ÷ converting', join.first.joinMs / join.first.convertMs, MAX_JOIN_SHARE),
    atMost('learnt seal, joining ÷ converting', join.learnt.joinMs / join.learnt.convertMs, MAX_JOIN_SHARE),
  ]
}

function isOurs(id: ContenderId): boolean {
  return id === 'dayseal-first' || id === 'dayseal-learnt'
}

function atLeast(what: string, seen: number, { wanted, aim }: { readonly wanted: number; readonly aim: number }): Goal {
  return { what, seen, wanted, sense: 'at least', aim, reached: seen >= wanted }
}

function atMost(what: string, seen: number, wanted: number): Goal {
  return { what, seen, wanted, sense: 'at most', reached: seen <= wanted }
}
