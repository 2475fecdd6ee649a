import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { duckType } from '../../bench/peers/duckdb-sql.ts'
import { json } from '../../lib/export/formats/json.ts'
import { ndjson } from '../../lib/export/formats/ndjson.ts'
import { parseJson } from '../../lib/parse-json.ts'
import { schemaToJson } from '../../lib/shred/schema-json.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { fileOf } from '../parquet/read-back.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { rowBatch } from './batch-of.ts'
import { type DuckFiles, openDuckFiles } from './duck-files.ts'
import { hostilelyNamed, modelRow } from './json-model.ts'
import { written } from './written.ts'

let duck: DuckFiles
beforeAll(async () => {
  duck = await openDuckFiles()
})
afterAll(() => duck.close())

const FLAT = { format: 'json', pretty: false } as const
const PRETTY = { format: 'json', pretty: true } as const
const LINES = { format: 'ndjson', schemaRecord: false } as const
const WITH_SCHEMA = { format: 'ndjson', schemaRecord: true } as const

const tables = schemas(2).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema)))
const hostileTables = schemas(2).chain((plain) =>
  hostilelyNamed(plain).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema))),
)

/** One batch of some of the rows, then one of the others. */
function batchesOf(schema: Schema, rows: readonly Row[]) {
  const half = Math.ceil(rows.length / 2)
  const batch = (some: readonly Row[]) => rowBatch(shred(schema, some), '2025-03-14')
  return [batch(rows.slice(0, half)), batch(rows.slice(half))] as const
}

describe('read by DuckDB', () => {
  const columnsOf = (schema: Schema) =>
    schemaToJson(schema)
      .map(({ name, type }) => `"${name}": '${duckType(type).replaceAll('JSON', 'VARCHAR')}'`)
      .join(', ')

  test.each([
    ['an array', json, FLAT, 'array'],
    ['a pretty array', json, PRETTY, 'array'],
    ['lines', ndjson, LINES, 'newline_delimited'],
  ] as const)('%s has the rows of a Parquet file of the same columns', async (_, format, options, name) => {
    await fc.assert(
      fc.asyncProperty(tables, async ([made, rows]) => {
        const schema = made.map((field) => ({ ...field, type: withoutJson(field.type) }))
        fc.pre(rows.length > 0)
        // The two formats' options are of one another's format for the type checker alone.
        const { bytes } = await written(format as typeof json, options as typeof FLAT, batchesOf(schema, rows))
        const text = `read_json(${await duck.file(bytes)}, format = '${name}', columns = {${columnsOf(schema)}})`
        const parquet = `read_parquet(${await duck.file(await fileOf(schema, [shred(schema, rows)]))})`
        const names = schema.map((field) => field.name)
        expect(await duck.differences(text, parquet, names)).toEqual([0, 0])
      }),
      runs(40),
    )
  })

  /** DuckDB writes JSON anew where it reads it. */
  function withoutJson(type: Type): Type {
    switch (type.kind) {
      case 'json':
        return { kind: 'string' }
      case 'struct':
        return { kind: 'struct', fields: type.fields.map((field) => ({ ...field, type: withoutJson(field.type) })) }
      case 'list':
        return { kind: 'list', element: withoutJson(type.element) }
      case 'map':
        return { kind: 'map', value: withoutJson(type.value) }
      default:
        return type
    }
  }
})

describe('json', () => {
  test('is an array with a row per line', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTables, async ([schema, rows]) => {
        const { bytes, rows: counted } = await written(json, FLAT, batchesOf(schema, rows))
        const lines = rows.map((row) => modelRow(schema, row))
        expect(bytes.toString('utf8')).toBe(lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`)
        expect(counted).toEqual({ rows: rows.length, leftOut: {} })
      }),
      runs(50),
    )
  })

  test('is indented when it is pretty', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTables, async ([schema, rows]) => {
        const { bytes } = await written(json, PRETTY, batchesOf(schema, rows))
        const items = rows.map((row) => `  ${modelRow(schema, row, { pretty: true, depth: 1 })}`)
        expect(bytes.toString('utf8')).toBe(items.length === 0 ? '[]\n' : `[\n${items.join(',\n')}\n]\n`)
      }),
      runs(50),
    )
  })
})

describe('ndjson', () => {
  test('is a row per line', async () => {
    await fc.assert(
      fc.asyncProperty(hostileTables, async ([schema, rows]) => {
        const { bytes, rows: counted } = await written(ndjson, LINES, batchesOf(schema, rows))
        expect(bytes.toString('utf8')).toBe(rows.map((row) => `${modelRow(schema, row)}\n`).join(''))
        expect(counted).toEqual({ rows: rows.length, leftOut: {} })
      }),
      runs(50),
    )
  })

  test('begins with the schema, and has its version in each record, on request', async () => {
    const schema: Schema = [
      { key: 'a', name: 'a', type: { kind: 'int64', exact: true } },
      { key: 'b', name: '"', type: { kind: 'list', element: { kind: 'map', value: { kind: 'json' } } } },
    ]
    const { bytes, rows } = await written(ndjson, WITH_SCHEMA, batchesOf(schema, [{ a: 1n }, { b: [] }]))
    expect(bytes.toString('utf8').split('\n')).toEqual([
      '{"_type":"schema","_version":"1.0.0","columns":[{"name":"a","type":"int64"},{"name":"\\"","type":{"list":{"map":"json"}}}]}',
      '{"_schema_version":"1.0.0","a":1,"\\"":null}',
      '{"_schema_version":"1.0.0","a":null,"\\"":[]}',
      '',
    ])
    expect(rows.rows).toBe(2)
  })

  test('refuses a column with the name of the version, but not inside another column', async () => {
    const string = { kind: 'string' } as const
    const field = { key: 'v', name: '_schema_version', type: string }
    const refused = written(ndjson, WITH_SCHEMA, batchesOf([field], [{ v: 'x' }]))
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'usage' }))
    await expect(written(ndjson, LINES, batchesOf([field], [{ v: 'x' }]))).resolves.toBeDefined()
    const inside: Schema = [{ key: 's', name: 's', type: { kind: 'struct', fields: [field] } }]
    await expect(written(ndjson, WITH_SCHEMA, batchesOf(inside, [{ s: { v: 'x' } }]))).resolves.toBeDefined()
  })
})

describe('a large file', () => {
  const text = '"é\n'.repeat(300)
  const schema: Schema = [{ key: 'a', name: 'a', type: { kind: 'string' } }]
  const rows = Array.from({ length: 5_000 }, (_, i): Row => ({ a: `${i}${text}` }))

  test('is written in pieces, by a sink that is slow, whole and in order', async () => {
    const { bytes, sizes } = await written(json, FLAT, batchesOf(schema, rows))
    expect(parseJson(bytes.toString('utf8'))).toEqual(rows)
    expect(sizes.length).toBeGreaterThan(3)
    expect(Math.max(...sizes)).toBeLessThan(2 ** 20)
  })

  test('whose writing fails is an error of the writer, and ends', async () => {
    const failed = new Error('no space')
    const target = {
      create: async () => ({ write: () => Promise.reject(failed), close: async () => {} }),
      createIn: () => Promise.reject(new Error('one file')),
    }
    const [first, second] = batchesOf(schema, rows)
    const spec = { root: first.root, dataset: 'test', target, scratch: '', signal: undefined }
    const writer = await ndjson.open(LINES, spec)
    const writing = async () => {
      await writer.write(first)
      await writer.write(second)
    }
    await expect(writing()).rejects.toBe(failed)
    await writer.abort()
  })

  test('stops when it is told to', async () => {
    const [batch] = batchesOf(schema, rows)
    const target = {
      create: async () => ({ write: async () => {}, close: async () => {} }),
      createIn: () => Promise.reject(new Error('one file')),
    }
    const stop = new AbortController()
    const writer = await json.open(FLAT, {
      root: batch.root,
      dataset: 'test',
      target,
      scratch: '',
      signal: stop.signal,
    })
    await writer.write(batch)
    stop.abort(new Error('enough'))
    await expect(writer.write(batch)).rejects.toThrow('enough')
    await writer.abort()
  })
})
