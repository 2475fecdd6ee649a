import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DaysealError } from '../../lib/errors.ts'
import { type Footer, readChunk, readFooter } from '../../lib/parquet/read.ts'
import { assembleRow, type Cell, sliceRows } from '../../lib/parquet/read-rows.ts'
import { type ColumnNode, fieldsOfNode } from '../../lib/parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../lib/shred/schema-json.ts'
import { type FixtureRow, fileBytes, writeParquet } from '../verify/parquet-file.ts'

/** Every row of a file, in the form that `writeParquet` takes. */
async function readRows(bytes: Uint8Array): Promise<FixtureRow[]> {
  const file = fileBytes(bytes)
  const footer = await readFooter(file)
  const rows: FixtureRow[] = []
  for (const group of footer.groups) {
    const all = Array.from({ length: group.rows }, (_, i) => i)
    const slices = []
    for (const [i, leaf] of footer.leaves.entries()) {
      slices.push(sliceRows(leaf, await readChunk(file, leaf, group.chunks[i]!, group.rows), all))
    }
    for (const row of all)
      rows.push(
        plain(
          footer.root,
          assembleRow(
            footer.root,
            slices.map((slice) => slice[row]!),
          ),
        ) as FixtureRow,
      )
  }
  return rows
}

function plain(node: ColumnNode, cell: Cell): unknown {
  if (cell === null || typeof cell !== 'object')
    return node.kind === 'json' && cell !== null ? JSON.parse(cell as string) : cell
  if ('struct' in cell && node.kind === 'struct') {
    return Object.fromEntries(node.fields.map((field, i) => [field.name, plain(field, cell.struct[i]!)]))
  }
  if ('list' in cell && node.kind === 'list') return cell.list.map((item) => plain(node.element, item))
  if ('map' in cell && node.kind === 'map')
    return new Map(cell.map.map(([key, value]) => [key, plain(node.value, value)]))
  throw new Error(`a ${node.kind} read as ${JSON.stringify(cell)}`)
}

const schema: FieldJson[] = [
  { name: 'id', type: 'int64' },
  { name: 'ok', type: 'bool' },
  { name: 'share', type: 'double' },
  { name: 'name', type: 'string' },
  { name: 'any', type: 'json' },
  { name: 'at', type: 'timestamp' },
  {
    name: 'spans',
    type: {
      list: {
        struct: [
          { name: 'n', type: 'int64' },
          { name: 'tags', type: { list: 'string' } },
        ],
      },
    },
  },
  {
    name: 'counts',
    type: {
      map: {
        struct: [
          { name: 'n', type: 'int64' },
          { name: 'by', type: { map: 'double' } },
        ],
      },
    },
  },
]

const rows: FixtureRow[] = [
  {
    id: 9007199254740993n,
    ok: true,
    share: 0.1,
    name: 'ä\u0000',
    any: { x: [1, null] },
    at: 1441065600000001n,
    spans: [{ n: 1n, tags: ['a', null, ''] }, { n: null, tags: [] }, null, { n: 2n, tags: null }],
    counts: new Map([
      [
        '10',
        {
          n: 1n,
          by: new Map([
            ['z', 0.5],
            ['a', null],
          ]),
        },
      ],
      ['__proto__', null],
    ]),
  },
  { id: null, ok: null, share: null, name: null, any: null, at: null, spans: null, counts: null },
  { id: -1n, ok: false, share: -0, name: '', any: [], at: -1n, spans: [], counts: new Map() },
]

describe('reading', () => {
  it('gives back every value, null, empty list and empty map', async () => {
    expect(await readRows(writeParquet(schema, [rows, rows.slice(1)]))).toEqual([...rows, ...rows.slice(1)])
  })

  it('reads chunks of many pages, with dictionaries and without', async () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({
      name: i % 2 === 0 ? `only once ${i}` : null,
      id: BigInt(i % 7),
      any: { kind: i % 3 },
      ok: i % 5 === 0,
      share: i / 3,
      spans: [{ n: BigInt(i), tags: ['same', String(i)] }],
    }))
    const read = await readRows(writeParquet(schema, [many], { pageSize: 512 }))
    expect(read).toEqual(many.map((row) => ({ at: null, counts: null, ...row })))
  })

  it('reads doubles that no json has, and bounds that are infinite', async () => {
    const shares = [0, -0, Infinity, -Infinity, Number.NaN].map((share) => ({ share }))
    const bytes = writeParquet([{ name: 'share', type: 'double' }], [shares])
    expect(await readRows(bytes)).toEqual(shares)
    const { groups } = await readFooter(fileBytes(bytes))
    expect(groups[0]!.chunks[0]!.statistics).toMatchObject({ min: -Infinity, max: Infinity })
  })

  it('tells the footer as a tree with the types of the manifest', async () => {
    const footer = await readFooter(fileBytes(writeParquet(schema, [rows])))
    expect(fieldsOfNode(footer.root)).toEqual(schema)
    expect(footer.rows).toBe(3)
    expect(
      footer.leaves.map(({ path, maxDefinition, maxRepetition }) => [path.join('.'), maxDefinition, maxRepetition]),
    ).toEqual([
      ['id', 1, 0],
      ['ok', 1, 0],
      ['share', 1, 0],
      ['name', 1, 0],
      ['any', 1, 0],
      ['at', 1, 0],
      ['spans.list.element.n', 4, 1],
      ['spans.list.element.tags.list.element', 6, 2],
      ['counts.key_value.key', 2, 1],
      ['counts.key_value.value.n', 4, 1],
      ['counts.key_value.value.by.key_value.key', 5, 2],
      ['counts.key_value.value.by.key_value.value', 6, 2],
    ])
  })

  it('gives any generated rows back', async () => {
    await fc.assert(
      fc.asyncProperty(table, async ({ fields, groups }) => {
        expect(await readRows(writeParquet(fields, groups, { pageSize: 64 }))).toEqual(groups.flat())
      }),
      { numRuns: 150 },
    )
  })
})

/** hyparquet-writer's dictionary takes 0 and -0 for one value (the keys of a Map): the columns here have only -0. */
const doubles = fc.double().filter((value) => !Object.is(value, 0))

/** hyparquet-writer makes 0 of -0 in json, and loses keys `__proto__`, which it sets as the prototype of a copy. */
function isKeptInJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !Object.is(value, -0)
  return !Object.hasOwn(value, '__proto__') && Object.values(value).every(isKeptInJson)
}

const scalars: Record<Extract<TypeJson, string>, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  int64_wide: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timestamp: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  double: doubles,
  string: fc.oneof(fc.constantFrom('a', 'b'), fc.string({ unit: 'grapheme', maxLength: 30 })),
  json: fc.jsonValue().filter((value) => value !== null && isKeptInJson(value)),
}

const { type: anyType } = fc.letrec<{ type: TypeJson }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<TypeJson>('bool', 'int64', 'timestamp', 'double', 'string', 'json'),
    tie('type').map((list) => ({ list })),
    tie('type').map((map) => ({ map })),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((types) => ({
      struct: types.map((type, i) => ({ name: `f${i}`, type })),
    })),
  ),
}))

function anyValue(type: TypeJson): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return fc.option(scalars[type])
  if ('list' in type) return fc.option(fc.array(anyValue(type.list), { maxLength: 4 }))
  if ('map' in type) {
    const key = fc.constantFrom('__proto__', '10', 'a', 'é', '')
    return fc.option(fc.uniqueArray(fc.tuple(key, anyValue(type.map)), { selector: ([k]) => k }).map((e) => new Map(e)))
  }
  return fc.option(rowOf(type.struct))
}

function rowOf(fields: readonly FieldJson[]): fc.Arbitrary<FixtureRow> {
  return fc.tuple(...fields.map((field) => anyValue(field.type))).map((cells) => {
    return Object.fromEntries(fields.map((field, i) => [field.name, cells[i]]))
  })
}

const table = fc
  .array(anyType, { minLength: 1, maxLength: 3 })
  .map((types) => types.map((type, i): FieldJson => ({ name: `c${i}`, type })))
  .chain((fields) =>
    fc.record({
      fields: fc.constant(fields),
      groups: fc.array(fc.array(rowOf(fields), { minLength: 1, maxLength: 6 }), { maxLength: 3 }),
    }),
  )

describe('altered files', () => {
  const bytes = writeParquet(schema, [rows, rows.slice(0, 1)])

  /** What reading everything comes to: rows, or the message of a DaysealError. Anything else thrown fails the test. */
  async function outcome(altered: Uint8Array): Promise<string> {
    try {
      return JSON.stringify(await readRows(altered), (_, value) => (typeof value === 'bigint' ? `${value}` : value))
    } catch (error) {
      if (error instanceof SyntaxError && error.message.includes('JSON')) return error.message
      expect(error).toBeInstanceOf(DaysealError)
      expect((error as DaysealError).code).toBe('corrupt')
      return (error as DaysealError).message
    }
  }

  it('cut at any length are corrupt', async () => {
    for (let length = 0; length < bytes.length; length++) {
      await expect(readRows(bytes.slice(0, length)), `cut at ${length}`).rejects.toMatchObject({ code: 'corrupt' })
    }
  })

  it('with any byte altered are corrupt or read to the end, and never run away', async () => {
    for (const mask of [0x01, 0x80, 0xff]) {
      for (let at = 0; at < bytes.length; at++) {
        const altered = bytes.slice()
        altered[at]! ^= mask
        await outcome(altered)
      }
    }
  }, 180_000)

  it('of random bytes between the magic words are corrupt', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 12, maxLength: 400 }), fc.nat(400), async (noise, footer) => {
        const altered = Uint8Array.from([...Buffer.from('PAR1'), ...noise, 0, 0, 0, 0, ...Buffer.from('PAR1')])
        new DataView(altered.buffer).setUint32(altered.length - 8, Math.min(footer, noise.length), true)
        await expect(readRows(altered)).rejects.toMatchObject({ code: 'corrupt' })
      }),
    )
  })

  it('say what is wrong', async () => {
    await expect(readFooter(fileBytes(bytes.slice(0, 7)))).rejects.toThrow('too short for Parquet; seen: 7 bytes')
    await expect(readFooter(fileBytes(bytes.slice(0, -1)))).rejects.toThrow('does not end as Parquet')
    const file = fileBytes(bytes)
    const footer: Footer = await readFooter(file)
    const chunk = { ...footer.groups[0]!.chunks[0]!, codec: 'LZO' }
    await expect(readChunk(file, footer.leaves[0]!, chunk, 3)).rejects.toThrow('unknown codec; seen: LZO')
  })
})
