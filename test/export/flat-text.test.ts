import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flatText } from '../../lib/export/flat-text.ts'
import type { RowBatch } from '../../lib/export/row-batch.ts'
import { columnCutter } from '../../lib/export/rows/cut-rows.ts'
import type { ScalarNode } from '../../lib/export/scalar-text.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { batchOf, rowBatch } from './batch-of.ts'
import { modelScalar } from './json-model.ts'
import { textOf } from './written.ts'

/** `<a:value>`, or `<a!>` for null; texts are in upper case, to see that they are encoded. */
function textFor({ root }: RowBatch, maxBytes?: number) {
  const columns = root.fields.map((node) => {
    const frame = {
      before: Buffer.from(`<${node.name}:`),
      after: Buffer.from('>'),
      absent: Buffer.from(`<${node.name}!>`),
      encode: upperCased,
    }
    return { node: node as ScalarNode, frame }
  })
  return flatText(columns, maxBytes)
}

function upperCased<T extends { readonly bytes: Uint8Array }>(dictionary: T): T {
  return { ...dictionary, bytes: dictionary.bytes.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte)) }
}

function wantedOf(schema: Schema, row: Row): string {
  return schema
    .map(({ key, name, type }) => {
      const value = row[key]
      return value === null || value === undefined ? `<${name}!>` : `<${name}:${cased(type, modelScalar(type, value))}>`
    })
    .join('')
}

function cased({ kind }: Type, text: string): string {
  return kind === 'string' || kind === 'json' ? text.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : text
}

const tables = schemas(0).chain((schema) => fc.tuple(fc.constant(schema), rowsOf(schema, 40)))

test('rows in batches of any size, which share dictionaries or not, written or passed over', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(tables, sizes, fc.nat(3), ([schema, rows], cuts, skip) => {
      const whole = rowBatch(shred(schema, rows), undefined)
      const text = textFor(whole)
      // Twice, so that one dictionary comes after another.
      for (const again of [rowBatch(shred(schema, rows), undefined), whole]) {
        for (const { batch, start } of cut(again, cuts)) {
          text.load(batch)
          for (let i = 0; i < batch.rows; i++) {
            if (skip > 0 && (start + i) % (skip + 1) === 0) text.skip()
            else expect(textOf(text.write)).toBe(wantedOf(schema, rows[start + i]!))
          }
        }
      }
    }),
    runs(200),
  )
})

test('a batch beyond the limit of memory is written too, before and after others', () => {
  fc.assert(
    fc.property(tables, fc.integer({ min: 200, max: 3_000 }), ([schema, rows], maxBytes) => {
      const all = rowBatch(shred(schema, rows), undefined)
      const text = textFor(all, maxBytes)
      for (const count of [1, rows.length, 2, rows.length]) {
        const some = rows.slice(0, count)
        text.load(rowBatch(shred(schema, some), undefined))
        for (const row of some) expect(textOf(text.write)).toBe(wantedOf(schema, row))
      }
    }),
    runs(100),
  )
})

test('any numbers and times', () => {
  const schema: Schema = [
    { key: 'd', name: 'd', type: { kind: 'double' } },
    { key: 'i', name: 'i', type: { kind: 'int64', exact: false } },
    { key: 't', name: 't', type: { kind: 'timestamp' } },
  ]
  const decimal = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 1, max: 17 }), fc.integer({ min: 0, max: 17 }))
    .map(([digits, cut, scale]) => Number(`${String(digits).slice(0, cut)}e-${scale}`))
    .filter(Number.isFinite)
  const power = fc.tuple(fc.nat(18), fc.integer({ min: -2, max: 2 })).map(([e, d]) => 10n ** BigInt(e) + BigInt(d))
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  const row = fc.record({
    d: fc.oneof(decimal, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer().map(Number)),
    i: fc.oneof(int64, power, fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 0n)),
    t: fc.bigInt({ min: -8_640_000_000_000_000_000n, max: 8_640_000_000_000_000_000n }),
  })
  fc.assert(
    fc.property(fc.array(row, { minLength: 50, maxLength: 100 }), (rows) => {
      const batch = rowBatch(shred(schema, rows), undefined)
      const text = textFor(batch)
      text.load(batch)
      for (const one of rows) expect(textOf(text.write)).toBe(wantedOf(schema, one))
    }),
    runs(100),
  )
})

test('more rows than a block has, and texts that are larger than one', () => {
  const rows = Array.from({ length: 10_000 }, (_, i): Row => {
    return { n: BigInt(i), s: i % 3_000 === 7 ? String(i).repeat(100_000) : i % 5 === 0 ? null : `s${i % 50}` }
  })
  const schema: Schema = [
    { key: 'n', name: 'n', type: { kind: 'int64', exact: true } },
    { key: 's', name: 's', type: { kind: 'string' } },
  ]
  const batch = rowBatch(shred(schema, rows), undefined)
  const text = textFor(batch)
  text.load(batch)
  const isRight = rows.map((row) => textOf(text.write) === wantedOf(schema, row))
  expect(isRight.indexOf(false)).toBe(-1)
})

test.each([
  ['in memory of its own', undefined],
  ['beyond its limit', 0],
])('texts that begin anywhere in their bytes, %s', (_, maxBytes) => {
  const { batch } = batchOf(['{"s":"one"}', '{"s":null}', '{"s":"two"}', '{"s":"one"}'])
  const leaves = batch.leaves.map(({ values, ...levels }) => {
    if (values.physical !== 'BYTE_ARRAY') throw new Error('no text')
    const bytes = Buffer.concat([Buffer.from('___'), values.dictionary.bytes])
    const offsets = values.dictionary.offsets.map((offset) => offset + 3)
    return { ...levels, values: { ...values, dictionary: { ...values.dictionary, bytes, offsets } } }
  })
  const text = textFor(batch, maxBytes)
  text.load({ ...batch, leaves })
  expect(batch.leaves.map(() => [1, 2, 3, 4].map(() => textOf(text.write)))).toEqual([
    ['<s:ONE>', '<s!>', '<s:TWO>', '<s:ONE>'],
  ])
})

test('as many rows as are at hand are what they are one by one, after some have been written or passed over', () => {
  fc.assert(
    fc.property(tables, fc.nat(3), fc.constantFrom(undefined, 0), ([schema, rows], first, maxBytes) => {
      const batch = rowBatch(shred(schema, rows), undefined)
      const text = textFor(batch, maxBytes)
      text.load(batch)
      let at = 0
      for (; at < Math.min(first, rows.length); at++) text.skip()
      while (at < rows.length) {
        let count = 0
        const some = textOf((out) => {
          count = text.writeSome(out)
        })
        expect(some).toBe(
          rows
            .slice(at, at + count)
            .map((row) => wantedOf(schema, row))
            .join(''),
        )
        expect(count).toBeGreaterThan(0)
        at += count
      }
      expect(at).toBe(rows.length)
    }),
    runs(100),
  )
})

test('a number that JSON cannot hold is an error', () => {
  const schema: Schema = [{ key: 'd', name: 'd', type: { kind: 'double' } }]
  const batch = rowBatch(shred(schema, [{ d: Number.NaN }]), undefined)
  const text = textFor(batch)
  text.load(batch)
  expect(() => textOf(text.write)).toThrow(expect.objectContaining({ code: 'corrupt' }))
})

test('the columns of a sealed hour', () => {
  const { batch } = batchOf(['{"a":true,"b":"x","c":[1.50]}', '{"a":false,"c":7}'], { c: 'json' })
  const text = textFor(batch)
  text.load(batch)
  expect(textOf(text.write)).toBe('<a:true><b:X><c:[1.50]>')
  expect(textOf(text.write)).toBe('<a:false><b!><c:7>')
})

function cut(batch: RowBatch, sizes: readonly number[]): { readonly batch: RowBatch; readonly start: number }[] {
  const cutters = batch.leaves.map((leaf, i) => columnCutter(leaf, batch.root.fields[i]!.definition, undefined))
  const batches: { batch: RowBatch; start: number }[] = []
  let start = 0
  for (let i = 0; start < batch.rows; i++) {
    const end = Math.min(batch.rows, start + sizes[i % sizes.length]!)
    const leaves = cutters.map((cutter) => cutter({ start, end, selected: end - start }))
    batches.push({ batch: { ...batch, rows: end - start, leaves }, start })
    start = end
  }
  return batches
}
