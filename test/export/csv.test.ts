import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { duckType, identifier } from '../../bench/peers/duckdb-sql.ts'
import type { FormatOptions } from '../../lib/export/format-options.ts'
import { csv } from '../../lib/export/formats/csv.ts'
import { parsePath } from '../../lib/path-pattern.ts'
import { typeJson } from '../../lib/shred/schema-json.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { fileOf } from '../parquet/read-back.ts'
import { type Row, shred, type Value } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { batchOf, rowBatch } from './batch-of.ts'
import { type DuckFiles, openDuckFiles } from './duck-files.ts'
import { hostilelyNamed, modelScalar, modelText } from './json-model.ts'
import { written } from './written.ts'

type Options = FormatOptions<'csv'>

const PLAIN: Options = { format: 'csv', delimiter: ',', header: true, nested: 'columns', formulaGuard: false }

/** What a spreadsheet would take for a formula, or for a guarded one. */
const FORMULA = /^'*[=+\-@\t\r]/

interface ModelColumn {
  readonly path: readonly string[]
  readonly type: Type
  readonly of: (row: Value) => Value
}

function columnsOf(schema: Schema, flat: boolean): ModelColumn[] {
  return schema.flatMap(({ key, name, type }): ModelColumn[] => {
    const of = (row: Value) => (row as Row | null | undefined)?.[key]
    if (!flat || type.kind !== 'struct') return [{ path: [name], type, of }]
    return columnsOf(type.fields, flat).map((inner) => ({
      ...inner,
      path: [name, ...inner.path],
      of: (row) => inner.of(of(row)),
    }))
  })
}

function cellOf({ type, of }: ModelColumn, row: Row, { formulaGuard }: Options): string | null {
  const value = of(row)
  if (value === null || value === undefined) return null
  const nested = type.kind === 'struct' || type.kind === 'list' || type.kind === 'map'
  const text = nested ? modelText(type, value) : modelScalar(type, value)
  const isText = nested || type.kind === 'string' || type.kind === 'json'
  return isText ? guarded(text, formulaGuard) : text
}

function guarded(text: string, formulaGuard: boolean): string {
  return formulaGuard && FORMULA.test(text) ? `'${text}` : text
}

/** Records as csv-parse reads them; a cell without anything, not even quotes, is null. */
function read(bytes: Buffer, delimiter: string): (string | null)[][] {
  const options = { delimiter, record_delimiter: '\r\n', bom: true, skip_empty_lines: false }
  const cast = (value: string, { quoting }: { quoting: boolean }) => (value === '' && !quoting ? null : value)
  return parse(bytes, { ...options, cast }) as (string | null)[][]
}

const options: fc.Arbitrary<Options> = fc.record({
  format: fc.constant('csv'),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  header: fc.boolean(),
  nested: fc.constantFrom('columns', 'json'),
  formulaGuard: fc.boolean(),
})

/** Texts that mean something to a reader of CSV or to a spreadsheet take the place of some. */
const HOSTILE = [
  ...['"', '""', ',', ';', '|', '\t', '\r', '\n', '\r\n', '\n\n', '', ' ', ' a ', "'", "'=", '=1+1', '+1', '-1', '@a'],
  ...['\ufeff', '\ufeffa', '\uff0c', 'a\0b', '\0', '#', 'NULL', 'null', '\\', '\\N', 'a"b', '"a', "''\t", '名,前'],
]

function withHostileTexts(type: Type, value: Value, pick: () => string): Value {
  if (value === null || value === undefined) return value
  switch (type.kind) {
    case 'string':
      return pick()
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => [field.key, withHostileTexts(field.type, (value as Row)[field.key], pick)]),
      )
    case 'list':
      return (value as Value[]).map((item) => withHostileTexts(type.element, item, pick))
    default:
      return value
  }
}

const tables = fc
  .tuple(schemas(2).chain(hostilelyNamed), fc.infiniteStream(fc.constantFrom(...HOSTILE)))
  .chain(([schema, texts]) => {
    const pick = () => texts.next().value
    const rows = rowsOf(schema).map((made) =>
      made.map((row) => withHostileTexts({ kind: 'struct', fields: schema }, row, pick) as Row),
    )
    return fc.tuple(fc.constant(schema), rows)
  })

describe('read by csv-parse', () => {
  test('has the cells of a plain model, whatever the options, the names and the texts', async () => {
    await fc.assert(
      fc.asyncProperty(tables, options, async ([schema, rows], chosen) => {
        const batch = rowBatch(shred(schema, rows), undefined)
        const { bytes, rows: counted } = await written(csv, chosen, [batch])
        const columns = columnsOf(schema, chosen.nested === 'columns')
        const [names, records] = chosen.header
          ? [read(bytes, chosen.delimiter)[0], read(bytes, chosen.delimiter).slice(1)]
          : [undefined, read(bytes, chosen.delimiter)]
        expect(records).toEqual(rows.map((row) => columns.map((column) => cellOf(column, row, chosen))))
        expect(counted).toEqual({ rows: rows.length, leftOut: {} })
        if (names === undefined) return
        const paths = names.map((name) => pathOf(name!, chosen.formulaGuard))
        expect(paths).toEqual(columns.map(({ path }) => path))
        expect(new Set(names).size).toBe(names.length)
      }),
      runs(300),
    )
  })

  /** A name in the header, read as configurations write paths. */
  function pathOf(name: string, formulaGuard: boolean): string[] {
    const path = formulaGuard && FORMULA.test(name) ? name.slice(1) : name
    return parsePath(path).map((step) => (step.kind === 'name' ? step.name : step.kind))
  }
})

describe('read by DuckDB', () => {
  let duck: DuckFiles
  beforeAll(async () => {
    duck = await openDuckFiles()
  })
  afterAll(() => duck.close())

  const typeOf = ({ type }: ModelColumn) => {
    const name = typeJson.safeParse(type.kind)
    return name.success && type.kind !== 'json' ? duckType(name.data) : 'VARCHAR'
  }
  const readCsv = async (bytes: Buffer, columns: readonly ModelColumn[]) => {
    const types = columns.map((column, i) => `c${i}: '${typeOf(column)}'`).join(', ')
    const dialect = `delim = ',', quote = '"', escape = '"', header = true, strict_mode = true`
    const nulls = `nullstr = '', allow_quoted_nulls = false, null_padding = false`
    const limits = 'auto_detect = false, parallel = false, max_line_size = 40000000'
    return `read_csv(${await duck.file(bytes)}, ${dialect}, ${nulls}, ${limits}, columns = {${types}})`
  }

  test('scalars, also in structs, are those of a Parquet file of the same columns', async () => {
    const plain = schemas(2).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema)))
    await fc.assert(
      fc.asyncProperty(plain, async ([schema, rows]) => {
        const columns = columnsOf(schema, true)
        // A record of one empty cell is an empty line: see below.
        fc.pre(rows.length > 0 && columns.length > 1)
        const { bytes } = await written(csv, PLAIN, [rowBatch(shred(schema, rows), undefined)])
        const parquet = await duck.file(await fileOf(schema, [shred(schema, rows)]))
        const scalars = columns.flatMap((column, i) => (isNested(column.type) ? [] : [{ ...column, i }]))
        const selected = scalars.map(({ path, i }) => `${path.map(identifier).join('.')} AS c${i}`)
        fc.pre(scalars.length > 0)
        const wanted = `(SELECT ${selected.join(', ')} FROM read_parquet(${parquet}) AS t)`
        const names = scalars.map(({ i }) => `c${i}`)
        expect(await duck.differences(await readCsv(bytes, columns), wanted, names)).toEqual([0, 0])
      }),
      runs(100),
    )
  })

  function isNested({ kind }: Type): boolean {
    return kind === 'struct' || kind === 'list' || kind === 'map'
  }

  test('a text of 10 MB is whole', async () => {
    const long = '"é,\r\n'.repeat(1_700_000)
    const { batch, columns } = batchOf([JSON.stringify({ a: 1, text: long }), JSON.stringify({ a: 2, text: '' })])
    const { bytes } = await written(csv, PLAIN, [batch])
    const from = await readCsv(bytes, columnsOf(columns.schema, true))
    const [first, second] = await duck.query(`SELECT c0, c1 FROM ${from} ORDER BY c0`)
    expect(first![1] === long).toBe(true)
    expect(second).toEqual([2n, ''])
  })
})

describe('csv', () => {
  const lines = [
    '{"n":-9223372036854775808,"d":-0.0,"s":"","l":[1,null],"o":{"x":{"y":"a"},"z":null},"a.b":"=1"}',
    '{"n":null,"d":5.0,"s":"-2","l":[],"o":null,"m":[2,"x"],"t":true}',
    '{"o":{"x":null,"z":"\\u0000"},"m":-3}',
  ]
  const { batch } = batchOf(lines)
  const text = async (chosen: Partial<Options>) =>
    (await written(csv, { ...PLAIN, ...chosen }, [batch])).bytes.toString('utf8').split('\r\n')

  test('as it is by default', async () => {
    expect(await text({})).toEqual([
      'n,d,s,l,o.x.y,o.z,a\\.b,m,t',
      '-9223372036854775808,-0.0,"","[1,null]",a,,=1,,',
      ',5.0,-2,[],,,,"[2,""x""]",true',
      ',,,,,"\0",,-3,',
      '',
    ])
  })

  test('with structs as JSON and formulas guarded', async () => {
    expect(await text({ nested: 'json', formulaGuard: true, delimiter: ';' })).toEqual([
      'n;d;s;l;o;a\\.b;m;t',
      `-9223372036854775808;-0.0;"";[1,null];"{""x"":{""y"":""a""},""z"":null}";'=1;;`,
      `;5.0;'-2;[];;;"[2,""x""]";true`,
      // The mixed column m is text: exact JSON.
      `;;;;"{""x"":null,""z"":""\\u0000""}";;'-3;`,
      '',
    ])
  })

  test('one column of nulls is an empty line for each', async () => {
    const one = batchOf(['{"a":null}', '{"a":"x"}', '{}', '{"a":""}']).batch
    const { bytes } = await written(csv, PLAIN, [one])
    expect(bytes.toString('utf8')).toBe('a\r\n\r\nx\r\n\r\n""\r\n')
  })

  test('without rows is its header alone', async () => {
    const { bytes, rows } = await written(csv, PLAIN, [{ ...batch, rows: 0 }])
    expect(bytes.toString('utf8')).toBe('n,d,s,l,o.x.y,o.z,a\\.b,m,t\r\n')
    expect(rows.rows).toBe(0)
  })
})
