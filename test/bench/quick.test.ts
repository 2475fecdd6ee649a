import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { temporaryFolder } from '../cli/dayseal.ts'

const RUN = resolve(import.meta.dirname, '../../bench/run.ts')

const output = z.object({
  workloads: z.array(
    z.object({
      workload: z.string(),
      rows: z.int(),
      jsonBytes: z.int(),
      equality: z.array(z.object({ id: z.string(), threads: z.int(), kind: z.string() })),
    }),
  ),
})

test('the benchmark in its quick form: ours and DuckDB make the same rows of both workloads', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    RUN,
    '--quick',
    '--json',
    '--cache',
    await temporaryFolder(),
  ])
  const { workloads } = output.parse(JSON.parse(stdout))
  expect(workloads.map(({ workload }) => workload)).toEqual(['flat', 'nested'])
  for (const { equality, rows, jsonBytes } of workloads) {
    expect(rows).toBeGreaterThan(20)
    expect(jsonBytes).toBeGreaterThan(1e6)
    expect(equality).toEqual([
      { id: 'dayseal-learnt', threads: 2, kind: expect.stringMatching(/^same_(bytes|rows)$/) },
      { id: 'duckdb-written', threads: 2, kind: 'same_rows' },
      { id: 'duckdb-schema', threads: 2, kind: 'same_rows' },
    ])
  }
})
