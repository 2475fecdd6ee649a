import { expect, test } from 'vitest'
import { median } from '../../bench/measure/median.ts'
import { figuresOf, lambdaDollars, type WorkloadResult } from '../../bench/report/figures.ts'
import { goalsOf } from '../../bench/report/goals.ts'
import { selfTimes } from '../../bench/report/self-times.ts'
import { benchLines } from '../../bench/report/text.ts'

const RESULT: WorkloadResult = {
  workload: 'flat',
  about: 'flat logs',
  rows: 10,
  files: 2,
  jsonBytes: 300e6,
  gzipBytes: 50e6,
  contenders: [
    {
      id: 'dayseal-first',
      threads: 1,
      samples: [sample(2, 4, 210), sample(3, 3, 200), sample(9, 2, 190)],
      outputBytes: 105,
    },
    { id: 'dayseal-learnt', threads: 1, samples: [sample(2, 2, 260)], outputBytes: 106 },
    { id: 'duckdb-written', threads: 1, samples: [sample(6, 5, 600)], outputBytes: 90 },
    { id: 'duckdb-schema', threads: 1, samples: [sample(2.2, 2, 500)], outputBytes: 100 },
  ],
  equality: [
    { id: 'dayseal-first', threads: 1, kind: 'same_bytes' },
    { id: 'duckdb-schema', threads: 1, kind: 'different', differences: ['whole rows: …'] },
  ],
  join: {
    first: { convertMs: 1_000, joinMs: 40, joinAndReadBackMs: 50 },
    learnt: { convertMs: 500, joinMs: 40, joinAndReadBackMs: 50 },
  },
}

function sample(wallSeconds: number, cpuSeconds: number, megabytes: number) {
  return { wallMs: wallSeconds * 1e3, cpuMs: cpuSeconds * 1e3, peakRssBytes: megabytes * 1e6 }
}

test('the median is the middle, or between the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(() => median([])).toThrow(RangeError)
})

test('a line has the median wall time, the largest memory, ratios to ours, and the price', () => {
  const [first, learnt, written, schema] = figuresOf(RESULT)
  expect(first).toMatchObject({ wallMs: 3_000, wallMinMs: 2_000, wallMaxMs: 9_000, cpuMs: 3_000, peakRssBytes: 210e6 })
  expect(first).toMatchObject({ bytesRatio: 1.05, bytesPerCpuSecond: 100e6, dividedByFirst: 1 })
  expect(learnt?.bytesRatio).toBe(1.06)
  expect(written).toMatchObject({ dividedByFirst: 2, dividedByLearnt: 3 })
  expect(schema?.dividedByLearnt).toBeCloseTo(1.1)
  // 10,000 seconds of 1,769 MB.
  expect(first?.dollarsPerTerabyte).toBeCloseTo((10_000 * 1_769 * 0.0000133334) / 1_024)
  expect(lambdaDollars(1)).toBeCloseTo(0.000023034, 9)
})

test('the goals compare like with like, and say what is not reached', () => {
  const goals = goalsOf(RESULT).map(({ what, seen, wanted, reached }) => ({ what, seen, wanted, reached }))
  expect(goals).toEqual([
    { what: 'DuckDB as written ÷ first seal, wall time, 1 against 1', seen: 2, wanted: 1.5, reached: true },
    { what: 'DuckDB given the schema ÷ learnt seal, wall time, 1 against 1', seen: 1.1, wanted: 0.8, reached: true },
    { what: 'first seal, peak RSS in MB, 1 worker', seen: 210, wanted: 256, reached: true },
    { what: "first seal, bytes ÷ DuckDB's given the schema", seen: 1.05, wanted: 1.05, reached: true },
    { what: 'learnt seal, peak RSS in MB, 1 worker', seen: 260, wanted: 256, reached: false },
    { what: "learnt seal, bytes ÷ DuckDB's given the schema", seen: 1.06, wanted: 1.05, reached: false },
    { what: 'first seal, joining ÷ converting', seen: 0.04, wanted: 0.05, reached: true },
    { what: 'learnt seal, joining ÷ converting', seen: 0.08, wanted: 0.05, reached: false },
  ])
})

test('the text names the machine, what differs, and every goal', () => {
  const machine = {
    cores: 2,
    model: 'a core',
    memoryBytes: 8e9,
    platform: 'linux x64',
    node: 'v24',
    loadBefore: 3,
    loadAfter: 4,
  }
  const text = benchLines({ machine, starts: null, rounds: 3 }, [RESULT]).join('\n')
  expect(text).toContain('2 cores of a core, 8.0 GB')
  expect(text).toContain('Load 3.0 before and 4.0 after')
  expect(text).toContain('NOT THE SAME: DuckDB, given the schema, 1 threads: whole rows: …')
  expect(text).toMatch(/learnt seal, peak RSS in MB, 1 worker +260 +at most +256 +NOT reached/)
  expect(text).toMatch(/Dayseal, first seal +1 +3\.00 s +2\.00 s–9\.00 s/)
})

test('self times are summed over threads, without idling, most first', () => {
  const nodes = [
    { id: 1, callFrame: { functionName: '(idle)', url: '', lineNumber: -1 } },
    { id: 2, callFrame: { functionName: 'scan', url: 'file:///a.ts', lineNumber: 9 } },
    { id: 3, callFrame: { functionName: '', url: 'file:///a.ts', lineNumber: 0 } },
  ]
  const thread = { nodes, samples: [1, 2, 3, 2], timeDeltas: [9_000, 1_000, 1_500, 2_000] }
  expect(selfTimes([thread, thread])).toEqual([
    { name: 'scan', place: 'file:///a.ts:10', ms: 6 },
    { name: '(anonymous)', place: 'file:///a.ts:1', ms: 3 },
  ])
})
