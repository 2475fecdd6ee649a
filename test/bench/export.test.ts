import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { exportFigures, exportGoals } from '../../bench/export/figures.ts'
import { parseExportOptions } from '../../bench/export/options.ts'
import { compareExport } from '../../bench/export/same-rows.ts'
import { temporaryFolder } from '../cli/dayseal.ts'

const RUN = resolve(import.meta.dirname, '../../bench/export/run.ts')

const output = z.object({
  rows: z.int(),
  equality: z.array(z.object({ id: z.string(), reader: z.string(), differences: z.array(z.string()) })),
})

test('the benchmark in its quick form: ours and DuckDB export the same rows', async () => {
  const formats = ['--format', 'csv', '--format', 'xml']
  const args = [RUN, '--quick', '--json', '--checkout', ...formats, '--cache', await temporaryFolder()]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { rows, equality } = output.parse(JSON.parse(stdout))
  expect(rows).toBeGreaterThan(1_000)
  expect(equality).toEqual([
    { id: 'dayseal csv', reader: 'DuckDB', differences: [] },
    { id: 'duckdb csv', reader: 'DuckDB', differences: [] },
    { id: 'dayseal xml', reader: 'dayseal export --check', differences: [] },
  ])
})

test('another row in a file is found', async () => {
  const folder = await temporaryFolder()

  const sealed = join(folder, 'sealed.parquet')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(
    `COPY (SELECT 1::BIGINT AS a, '' AS b UNION ALL SELECT NULL, NULL) TO '${sealed}' (FORMAT parquet)`,
  )
  connection.closeSync()
  const schema = [
    { name: 'a', type: 'int64' },
    { name: 'b', type: 'string' },
  ] as const
  const differences = async (csv: string) => {
    const file = join(folder, 'day.csv')
    await writeFile(file, csv)
    return compareExport({ format: 'csv', file, sealed, schema })
  }
  expect(await differences('a,b\r\n1,""\r\n,\r\n')).toEqual([])
  expect(await differences('a,b\r\n1,\r\n,\r\n')).not.toEqual([])
  expect(await differences('a,b\r\n1,""\r\n')).not.toEqual([])
})

test('figures are medians, ratios are of the same format, and goals are for ours', async () => {
  const file = join(await temporaryFolder(), 'f')
  await writeFile(file, 'twelve bytes')
  const sample = (wallMs: number, peakRssBytes: number) => ({ wallMs, cpuMs: wallMs / 2, peakRssBytes })
  const figures = await exportFigures(1_000, [
    { id: 'dayseal csv', threads: 1, file, samples: [sample(3_000, 1e6), sample(5_000, 301e6), sample(4_000, 2e6)] },
    { id: 'duckdb csv', threads: 1, file, samples: [sample(1_000, 400e6)] },
    { id: 'dayseal xml', threads: 1, file, samples: [sample(1_000, 300e6)] },
  ])
  expect(figures[0]).toEqual({
    id: 'dayseal csv',
    wallMs: 4_000,
    wallMinMs: 3_000,
    wallMaxMs: 5_000,
    cpuMs: 2_000,
    peakRssBytes: 301e6,
    rowsPerSecond: 250,
    outputBytes: 12,
    wallRatio: 4,
    cpuRatio: 4,
  })
  expect(figures.slice(1).map(({ wallRatio }) => wallRatio)).toEqual([undefined, undefined])
  expect(exportGoals(figures).map(({ what, reached }) => [what, reached])).toEqual([
    ["dayseal csv: wall time ÷ DuckDB's", false],
    ['dayseal csv: peak RSS in MB', false],
    ['dayseal xml: peak RSS in MB', true],
  ])
})

test('options: all formats but geojson, five rounds; quick has one', () => {
  expect(parseExportOptions([])).toMatchObject({ quick: false, rounds: 5, scale: 1, seed: 1 })
  expect(parseExportOptions([]).formats).toContain('sqlite')
  expect(parseExportOptions([]).formats).not.toContain('geojson')
  expect(parseExportOptions(['--quick', '--format', 'csv'])).toMatchObject({ rounds: 1, formats: ['csv'] })
  expect(() => parseExportOptions(['--format', 'doc'])).toThrow('format')
})
