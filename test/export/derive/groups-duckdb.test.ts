import { DuckDBTimestampTZValue } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFileWriter } from '../../../lib/parquet/file-writer.ts'
import { formatMicros } from '../../../lib/time/timestamp.ts'
import { type Duck, openDuck } from '../../duckdb/compare.ts'
import { diceFrom, times } from '../../generate/seeded-text.ts'
import { CREATED_BY, memorySink } from '../../parquet/read-back.ts'
import { batchOf } from '../batch-of.ts'
import { derived, type Settings } from './derived.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
  await duck.query("SET TimeZone = 'UTC'", Buffer.alloc(0))
})
afterAll(() => duck.close())

const START = Date.UTC(2025, 2, 31, 22, 30)
const NAMES = ['a', 'B', '', 'é', '\uffff', '😀', 'a\u0000', 'longer than the others']

/** Rows of a few sessions over some hours across the end of a month. Doubles are quarters, so that sums are exact in any order. */
function linesFrom(seed: number, count: number): string[] {
  const { pick, below, hits } = diceFrom(seed)
  const maybe = (value: unknown) => (hits(0.15) ? null : value)
  return times(count, (i) => {
    const millis = START + Math.floor((i / count) * 1e7) + below(1e6)
    return JSON.stringify({
      ts: `${new Date(millis).toISOString().slice(0, -1)}${String(i % 1000).padStart(3, '0')}Z`,
      clock: maybe(new Date(millis).toISOString()),
      session: maybe(`s${below(30) + Math.floor(i / 200) * 10}`),
      type: maybe(pick(['shot', 'impact', 'move'])),
      flag: maybe(hits(0.5)),
      n: maybe(below(2_000) - 1_000),
      wide: hits(0.5) ? 'WIDE' : below(10),
      d: maybe((below(4_000) - 2_000) / 4),
      o: { name: maybe(pick(NAMES)), level: maybe(below(4)) },
    }).replace('"WIDE"', '9007199254740993')
  })
}

interface Sample {
  readonly source: Parameters<typeof derived>[0]
  readonly parquet: Buffer
}

async function sampleOf(lines: readonly string[], size = 700): Promise<Sample> {
  const chunks = times(Math.ceil(lines.length / size), (i) =>
    batchOf(lines.slice(i * size, i * size + size), { ts: 'timestamp' }),
  )
  const sink = memorySink()
  const writer = createFileWriter({ schema: chunks[0]!.columns.schema, sink, createdBy: CREATED_BY })
  for (const { columns } of chunks) await writer.writeRowGroup(columns)
  await writer.finish()
  const root = chunks[0]!.batch.root
  const source = {
    root,
    async *batches() {
      for (const { batch } of chunks) yield { ...batch, root }
    },
  }
  return { source, parquet: sink.bytes() }
}

/** Each key and column with the SQL of the same. */
interface Grouping {
  readonly keys: Readonly<Record<string, readonly [key: unknown, sql: string]>>
  readonly columns: Readonly<Record<string, readonly [aggregate: unknown, sql: string]>>
}

async function compare({ source, parquet }: Sample, { keys, columns }: Grouping): Promise<void> {
  const firsts = (of: Grouping['keys']) => Object.fromEntries(Object.entries(of).map(([name, [ours]]) => [name, ours]))
  const settings: Settings = { groupBy: { keys: firsts(keys), columns: firsts(columns) } }
  const { lines } = await derived(source, settings, 50)
  const keySql = Object.values(keys).map(([, sql]) => sql)
  const select = [...keySql, ...Object.values(columns).map(([, sql]) => sql)].join(', ')
  const from = 'FROM (SELECT *, file_row_number r FROM read_parquet(FILE, file_row_number = true))'
  const groups = keySql.length === 0 ? '' : `GROUP BY ${keySql.map((_, i) => i + 1).join(', ')} ORDER BY min(r)`
  const wanted = await duck.query(`SELECT ${select} ${from} ${groups}`, parquet)
  expect(lines.map((line) => Object.values(JSON.parse(line)))).toEqual(wanted.map((row) => row.map(plain)))
  expect(lines.length).toBeGreaterThan(0)
}

function plain(value: unknown): unknown {
  if (value instanceof DuckDBTimestampTZValue) return formatMicros(value.micros)
  if (typeof value === 'number') return expect.closeTo(value, 9)
  return typeof value === 'bigint' ? Number(value) : value
}

const COLUMNS: Grouping['columns'] = {
  rows: [{ count: 'rows' }, 'count(*)'],
  shots: [{ count: 'rows', where: { type: 'shot' } }, "count(*) FILTER (type = 'shot')"],
  some: [
    { count: 'n', where: { type: ['shot', null], 'o.level': [1, 2] } },
    "count(n) FILTER ((type = 'shot' OR type IS NULL) AND o.level IN (1, 2))",
  ],
  present: [{ count: 'o.name' }, 'count(o.name)'],
  structs: [{ count: 'o' }, 'count(o)'],
  sum: [{ sum: 'n' }, 'sum(n)'],
  sumd: [{ sum: 'd', where: { flag: true } }, 'sum(d) FILTER (flag)'],
  meann: [{ mean: 'n' }, 'avg(n)'],
  meand: [{ mean: 'd', where: { flag: false } }, 'avg(d) FILTER (NOT flag)'],
  minn: [{ min: 'n' }, 'min(n)'],
  maxd: [{ max: 'd' }, 'max(d)'],
  mint: [{ min: 'ts' }, 'min(ts)'],
  maxs: [{ max: 'o.name' }, 'max(o.name)'],
  mins: [{ min: 'o.name' }, 'min(o.name)'],
  maxb: [{ max: 'flag' }, 'bool_or(flag)'],
  first: [{ first: 'd' }, 'arg_min(d, r) FILTER (d IS NOT NULL)'],
  last: [{ last: 'o.name' }, 'arg_max(o.name, r) FILTER (o.name IS NOT NULL)'],
  firstBy: [{ first: 'n', by: 'ts' }, 'arg_min(n, ts) FILTER (n IS NOT NULL)'],
  lastBy: [{ last: 'type', by: 'ts' }, 'arg_max(type, ts) FILTER (type IS NOT NULL)'],
  texts: [{ distinct: 'o.name' }, 'count(DISTINCT o.name)'],
  numbers: [{ distinct: 'd' }, 'count(DISTINCT d)'],
  wides: [{ distinct: 'wide' }, 'count(DISTINCT wide)'],
  median: [{ quantile: 'd', q: 0.5 }, 'quantile_cont(d, 0.5)'],
  p95: [{ quantile: 'n', q: 0.95 }, 'quantile_cont(n, 0.95)'],
  lowest: [{ quantile: 'n', q: 0 }, 'quantile_cont(n, 0)'],
  highest: [{ quantile: 'n', q: 1 }, 'quantile_cont(n, 1)'],
  seconds: [{ duration: 'ts' }, '(epoch_us(max(ts)) - epoch_us(min(ts))) / 1e6'],
  texted: [{ duration: 'clock' }, '(epoch_us(max(clock::TIMESTAMPTZ)) - epoch_us(min(clock::TIMESTAMPTZ))) / 1e6'],
  rate: [{ ratio: ['shots', 'rows'] }, "count(*) FILTER (type = 'shot') / count(*)"],
  none: [
    { ratio: ['sum', 'some'] },
    "sum(n) / nullif(count(n) FILTER ((type = 'shot' OR type IS NULL) AND o.level IN (1, 2)), 0)",
  ],
}

describe.each([1, 2])('beside DuckDB, seed %i', (seed) => {
  const keyed = (keys: Grouping['keys']) => async () => {
    await compare(await sampleOf(linesFrom(seed, 1_500)), { keys, columns: COLUMNS })
  }
  test('everything, by session', keyed({ id: ['session', 'session'] }))
  test('everything, of all rows', keyed({}))
  test(
    'everything, by hour, level and category',
    keyed({
      hour: [{ hour: 'ts' }, "date_trunc('hour', ts)"],
      level: ['o.level', 'o.level'],
      category: ['type', 'type'],
    }),
  )
  test(
    'by a number, a boolean and a text',
    keyed({ d: ['d', 'd'], flag: ['flag', 'flag'], name: ['o.name', 'o.name'] }),
  )
  test(
    'by times, of timestamps and of texts',
    keyed({
      minute: [{ minute: 'clock' }, "date_trunc('minute', clock::TIMESTAMPTZ)"],
      day: [{ day: 'ts' }, "date_trunc('day', ts)"],
      month: [{ month: 'ts' }, "date_trunc('month', ts)"],
    }),
  )
})

test('one row per run: start, end, duration, shots, impacts, success rate', async () => {
  await compare(await sampleOf(linesFrom(3, 1_500)), {
    keys: { run: ['session', 'session'] },
    columns: {
      start: [{ first: 'ts', by: 'ts' }, 'min(ts)'],
      end: [{ last: 'ts', by: 'ts' }, 'max(ts)'],
      duration_sec: [{ duration: 'ts' }, '(epoch_us(max(ts)) - epoch_us(min(ts))) / 1e6'],
      shots: [{ count: 'rows', where: { type: 'shot' } }, "count(*) FILTER (type = 'shot')"],
      impacts: [{ count: 'rows', where: { type: 'impact' } }, "count(*) FILTER (type = 'impact')"],
      success_rate: [
        { ratio: ['impacts', 'shots'] },
        "count(*) FILTER (type = 'impact') / nullif(count(*) FILTER (type = 'shot'), 0)",
      ],
    },
  })
})
