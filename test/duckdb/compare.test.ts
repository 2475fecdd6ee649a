import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WrittenObject } from '../generate/json-tree.ts'
import { modelOf } from '../model/model-of-schema.ts'
import { parseWritten } from '../model/parse-written.ts'
import type { ModelFields } from '../model/schema-model.ts'
import { sealInMemory } from '../property/seal-in-memory.ts'
import { type Duck, openDuck } from './compare.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

/** One row with every kind of leaf, and another so that no column is dropped whatever is altered. */
const ROW =
  '{"b":true,"i":1,"w":9007199254740993,"d":0.0,"s":"x","j":[1, 2],"t":"2026-01-02T03:04:05Z","o":{"x":1,"y":{}},"l":[1,null],"e":[],"n":[{"x":"a"},{}],"m":{"k":1,"q":null}}'
const OTHER = '{"b":false,"i":2,"w":2,"d":1.5,"s":"y","j":"text","o":{"x":2,"y":{"z":1}},"l":[2],"e":[1],"m":{"k":2}}'
const overrides = { t: 'timestamp', m: 'map' } as const

function rowOf(text: string): WrittenObject {
  const row = parseWritten(text)
  if (row.kind !== 'object') throw new Error(`${text} is no row`)
  return row
}

async function fileOf(rows: readonly string[]): Promise<{ bytes: Buffer; columns: ModelFields }> {
  const { bytes, schema } = await sealInMemory([rows.join('\n')], { overrides })
  return { bytes: bytes!, columns: modelOf(schema) }
}

describe('the comparison with DuckDB', () => {
  test('finds nothing between a file and its rows, in any order', async () => {
    const { bytes, columns } = await fileOf([ROW, OTHER, ROW])
    const { types, ...counts } = await duck.compare(bytes, columns, [rowOf(OTHER), rowOf(ROW), rowOf(ROW)])
    expect(types.seen).toEqual(types.wanted)
    expect(counts).toEqual({ extra: 0, missing: 0 })
  })

  const alterations: readonly [string, string][] = [
    ['"b":true', '"b":false'],
    ['"i":1', '"i":null'],
    ['9007199254740993', '9007199254740994'],
    ['"d":0.0', '"d":-0.0'],
    ['"d":0.0', '"d":5e-324'],
    ['"s":"x"', '"s":"x "'],
    ['"s":"x"', '"s":""'],
    ['[1, 2]', '[1,2]'],
    ['05Z', '05.000001Z'],
    ['"y":{}', '"y":null'],
    ['"y":{}', '"y":{"z":0}'],
    ['[1,null]', '[1]'],
    ['[1,null]', '[null,1]'],
    ['"e":[]', '"e":null'],
    ['"e":[]', '"e":[null]'],
    ['{"x":"a"},{}', '{"x":"a"},null'],
    ['{"x":"a"},{}', '{},{"x":"a"}'],
    ['"q":null', '"r":null'],
    ['"q":null', '"q":0'],
    [',"q":null', ''],
  ]
  test.each(alterations)('finds one row each way when %s is %s', async (from, to) => {
    const altered = ROW.replace(from, to)
    expect(altered).not.toBe(ROW)
    const { bytes, columns } = await fileOf([ROW, OTHER])
    const { extra, missing } = await duck.compare(bytes, columns, [rowOf(altered), rowOf(OTHER)])
    expect({ extra, missing }).toEqual({ extra: 1, missing: 1 })
  })

  test('finds a row that is there once too often, and one that is lacking', async () => {
    const { bytes, columns } = await fileOf([ROW, OTHER, OTHER])
    expect(await duck.compare(bytes, columns, [rowOf(ROW), rowOf(OTHER)])).toMatchObject({ extra: 1, missing: 0 })
    const twice = [rowOf(ROW), rowOf(ROW), rowOf(OTHER), rowOf(OTHER)]
    expect(await duck.compare(bytes, columns, twice)).toMatchObject({ extra: 0, missing: 1 })
  })

  test('finds another type of column', async () => {
    const { bytes, columns } = await fileOf(['{"i":1}'])
    const wanted = new Map([['i', { key: 'i', type: 'double' }]] as const)
    const { types } = await duck.compare(bytes, wanted, [rowOf('{"i":1}')])
    expect(types).toEqual({ seen: ['i BIGINT'], wanted: ['i DOUBLE'] })
    expect(columns.get('i')?.type).toBe('int64')
  })
})
