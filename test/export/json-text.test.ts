import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonColumn, jsonRows } from '../../lib/export/json-text.ts'
import { writeDouble, writeInt64 } from '../../lib/export/number-text.ts'
import { TimestampText } from '../../lib/export/timestamp-text.ts'
import type { ColumnNode } from '../../lib/parquet/read-tree.ts'
import { parseJson } from '../../lib/parse-json.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { type Row, shred, type Value } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { batchOf, rowBatch } from './batch-of.ts'
import { hostilelyNamed, modelDouble, modelRow, modelText, modelTime } from './json-model.ts'
import { textOf } from './written.ts'

const tables = schemas(3).chain((plain) =>
  hostilelyNamed(plain).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema, 8))),
)

function lineOf(line: string): string {
  const { batch } = batchOf([line])
  const rows = jsonRows(batch.root)
  rows.load(batch)
  return textOf(rows.write)
}

describe('rows', () => {
  test('are the text that a plain model gives, compact and pretty, with members before them and without', () => {
    fc.assert(
      fc.property(tables, fc.boolean(), fc.boolean(), ([schema, values], pretty, tagged) => {
        const batch = rowBatch(shred(schema, values), undefined)
        const members = tagged && !pretty ? '"tag":[1]' : ''
        const rows = jsonRows(batch.root, { pretty, depth: pretty ? 2 : 0, members })
        // Twice: a second batch with the same dictionaries.
        for (const again of [1, 2]) {
          rows.load(batch)
          for (const row of values) {
            const wanted = modelRow(schema, row, { pretty, depth: 2 })
            expect(textOf(rows.write), `load ${again}`).toBe(members === '' ? wanted : `{${members},${wanted.slice(1)}`)
          }
        }
      }),
      runs(400),
    )
  })

  test('are JSON, whatever their columns are called', () => {
    fc.assert(
      fc.property(tables, ([schema, values]) => {
        const batch = rowBatch(shred(schema, values), undefined)
        const rows = jsonRows(batch.root)
        rows.load(batch)
        for (const _ of values) {
          const parsed = parseJson(textOf(rows.write))
          expect(Object.keys(parsed as object).sort()).toEqual(schema.map(({ name }) => name).sort())
        }
      }),
      runs(100),
    )
  })

  test('can be passed over', () => {
    fc.assert(
      fc.property(tables, fc.infiniteStream(fc.boolean()), ([schema, values], skips) => {
        const batch = rowBatch(shred(schema, values), undefined)
        const rows = jsonRows(batch.root)
        rows.load(batch)
        for (const row of values) {
          if (skips.next().value) rows.skip()
          else expect(textOf(rows.write)).toBe(modelRow(schema, row))
        }
      }),
      runs(100),
    )
  })

  test('of no columns are empty objects', () => {
    const { batch } = batchOf(['{"a":1}'])
    const none = { ...batch.root, fields: [] }
    expect(textOf(jsonRows(none).write)).toBe('{}')
    expect(textOf(jsonRows(none, { pretty: true }).write)).toBe('{}')
    expect(textOf(jsonRows(none, { members: '"a":1' }).write)).toBe('{"a":1}')
  })
})

describe('one column', () => {
  interface Place {
    readonly node: ColumnNode
    readonly type: Type
    readonly of: (row: Value) => Value
  }

  /** Every node that is in no list or map. */
  function placesIn(schema: Schema, nodes: readonly ColumnNode[]): Place[] {
    return schema.flatMap(({ key, type }, i) => {
      const node = nodes[i]!
      const of = (row: Value) => (row as Row | null | undefined)?.[key]
      if (type.kind !== 'struct' || node.kind !== 'struct') return [{ node, type, of }]
      const inside = placesIn(type.fields, node.fields)
      return [{ node, type, of }, ...inside.map((place) => ({ ...place, of: (row: Value) => place.of(of(row)) }))]
    })
  }

  test('is its value in each row, null where a struct around it is', () => {
    fc.assert(
      fc.property(tables, ([schema, values]) => {
        const batch = rowBatch(shred(schema, values), undefined)
        for (const { node, type, of } of placesIn(schema, batch.root.fields)) {
          const column = jsonColumn(node)
          column.load(batch)
          for (const row of values) {
            const value = of(row)
            expect(column.isNull).toBe(value === null || value === undefined)
            expect(textOf(column.write)).toBe(modelText(type, value))
          }
        }
      }),
      runs(100),
    )
  })
})

describe('values', () => {
  test.each([
    ['integers', '{"a":9223372036854775807,"b":-9223372036854775808,"c":-9007199254740993,"d":0,"e":-1}'],
    [
      'limits of the ways to write an integer',
      '{"a":99999999,"b":100000000,"c":-9007199254740991,"d":9007199254740992}',
    ],
    [
      'doubles',
      '{"a":5.0,"b":-0.0,"c":5e-324,"d":1e+308,"e":1.7976931348623157e+308,"f":1e+21,"g":100000000000000000000.0}',
    ],
    ['strings', '{"a":"","b":"\\u0000\\b\\t\\n\\f\\r\\u001f\\"\\\\/","c":"é名\u{1f600}\u007f\u2028"}'],
    ['exact texts of mixed types', '{"a":[1.50,"x",{"b":1e400, "c" : null}],"z":18446744073709551616}'],
    [
      'no null struct for one of nulls',
      '{"a":[{"b":[],"c":null},null,{"b":[[]],"c":{"d":[]}},{"b":[[1],null],"c":{"d":[{"e":1}]}}]}',
    ],
  ])('%s', (_, line) => {
    expect(lineOf(line)).toBe(line)
  })

  test('a string of 10 MB, with something to escape and without', () => {
    for (const text of ['x'.repeat(10_000_000), '"\n'.repeat(5_000_000)]) {
      const line = JSON.stringify({ text, after: 1 })
      expect(lineOf(line) === line).toBe(true)
    }
  })

  test('int64: all digits of any', () => {
    const any = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger().map(BigInt))
    const small = fc.tuple(fc.nat(18), fc.integer({ min: -2, max: 2 })).map(([e, d]) => 10n ** BigInt(e) + BigInt(d))
    const power = fc.tuple(fc.nat(62), fc.integer({ min: -2, max: 2 })).map(([e, d]) => 2n ** BigInt(e) + BigInt(d))
    fc.assert(
      fc.property(fc.oneof(any, small, power), fc.boolean(), (size, negative) => {
        const value = negative && size > -(2n ** 63n) ? -size : size
        expect(textOf((out) => writeInt64(out, ...wordsOf(value)))).toBe(String(value))
      }),
      runs(3_000),
    )
  })

  test('doubles: the shortest text of any', () => {
    const decimal = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 17 }))
      .map(([digits, cut, scale]) => Number(`${String(digits).slice(0, Math.max(cut, 2))}e-${scale}`))
    const any = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.oneof(decimal, any, fc.integer().map(Number)), (value) => {
        expect(textOf((out) => writeDouble(out, value))).toBe(modelDouble(value))
      }),
      runs(5_000),
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused', (value) => {
    expect(() => textOf((out) => writeDouble(out, value))).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  test('timestamps: those of Date, and of all other years of int64', () => {
    const time = new TimestampText()
    const textOfTime = (micros: bigint) => textOf((out) => time.write(out, ...wordsOf(micros)))
    const inDate = fc.bigInt({ min: -8_640_000_000_000_000_000n, max: 8_640_000_000_000_000_000n })
    const common = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
    fc.assert(
      fc.property(fc.oneof(inDate, common, fc.bigInt({ min: -5n, max: 5n })), (micros) => {
        expect(textOfTime(micros)).toBe(modelTime(micros))
      }),
      runs(3_000),
    )
    expect(textOfTime(2n ** 63n - 1n)).toBe('+294247-01-10T04:00:54.775807Z')
    expect(textOfTime(-(2n ** 63n))).toBe('-290308-12-21T19:59:05.224192Z')
    expect(textOfTime(-62_167_219_200_000_001n)).toBe('-000001-12-31T23:59:59.999999Z')
  })
})

function wordsOf(value: bigint): [number, number] {
  const [low, high] = new Int32Array(BigInt64Array.of(value).buffer)
  return [low!, high!]
}
