import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DaysealError } from '../../lib/errors.ts'
import { type JoinPart, type JoinProgress, joinParts } from '../../lib/parquet/join.ts'
import { randomFrom } from '../../lib/random.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { narrowed, rowsOf, schemas, shuffled } from './arbitrary-rows.ts'
import { earlierFile } from './earlier-file.ts'
import { chunksOf } from './pages.ts'
import { CREATED_BY, type Duck, fileOf, memorySink, openDuck, plainRows, readWithHyparquet } from './read-back.ts'
import { type Row, shred } from './reference-shred.ts'

let duck: Duck
beforeAll(async () => {
  duck = await openDuck()
})
afterAll(() => duck.close())

interface Reads {
  readonly ranges: [start: number, end: number][]
}

/** A part in memory that hands out small pieces and notes what was read. */
function partOf(schema: Schema, rows: number, bytes: Buffer, reads: Reads = { ranges: [] }): JoinPart {
  return {
    name: 'hourly/2026-01-01/00.parquet',
    schema,
    rows,
    size: bytes.length,
    async *read(start, end) {
      reads.ranges.push([start, end])
      // One buffer for all pieces, to see that none is held on to.
      const piece = Buffer.alloc(1000)
      for (let at = start; at < end; at += piece.length) {
        const size = bytes.copy(piece, 0, at, Math.min(at + piece.length, end))
        yield piece.subarray(0, size)
      }
    },
  }
}

/** Text that compression makes no smaller than so many bytes. */
function noise(bytes: number): string {
  const random = randomFrom(1)
  return Buffer.from(Array.from({ length: bytes }, () => random() * 256)).toString('base64')
}

async function join(schema: Schema, parts: readonly JoinPart[], onProgress?: (progress: JoinProgress) => void) {
  const sink = memorySink()
  const summary = await joinParts({ schema, parts, sink, createdBy: CREATED_BY, ...(onProgress && { onProgress }) })
  return { bytes: sink.bytes(), summary }
}

const field = (name: string, type: Type) => ({ key: name, name, type })
const struct = (...fields: Schema): Type => ({ kind: 'struct', fields })
const list = (element: Type): Type => ({ kind: 'list', element })
const map = (value: Type): Type => ({ kind: 'map', value })
const string: Type = { kind: 'string' }
const int: Type = { kind: 'int64', exact: true }

describe('joinParts', () => {
  test('joining is, to the byte, writing at once: columns missing anywhere, in another order, and more than wanted', async () => {
    const parts = (target: Schema) =>
      fc.array(
        narrowed(target)
          .chain(shuffled)
          .chain((schema) => fc.array(rowsOf(schema, 8), { maxLength: 3 }).map((groups) => ({ schema, groups }))),
        { minLength: 1, maxLength: 3 },
      )
    // The target is itself narrower than what the parts are taken from, so that they have more than it wants.
    const input = schemas(3).chain((whole) =>
      fc.record({ target: narrowed(whole).chain(shuffled), parts: parts(whole) }),
    )
    await fc.assert(
      fc.asyncProperty(input, async ({ target, parts }) => {
        const files = await Promise.all(
          parts.map(async ({ schema, groups }) =>
            partOf(
              schema,
              groups.flat().length,
              await fileOf(
                schema,
                groups.map((rows) => shred(schema, rows)),
              ),
            ),
          ),
        )
        const { bytes, summary } = await join(target, files)
        const atOnce = parts.flatMap(({ groups }) => groups).map((rows) => shred(target, rows))
        expect(bytes.equals(await fileOf(target, atOnce))).toBe(true)
        expect(summary).toEqual({
          rows: atOnce.reduce((sum, { rows }) => sum + rows, 0),
          rowGroups: atOnce.filter(({ rows }) => rows > 0).length,
          bytes: bytes.length,
        })
      }),
      { numRuns: 300 },
    )
  })

  test('parts of earlier versions, whose json columns had a type of their own, give the same bytes', async () => {
    const json: Type = { kind: 'json' }
    const schema: Schema = [
      field('id', int),
      field('any', json),
      field('in', map(list(struct(field('x', json), field('y', string))))),
    ]
    const rows: Row[] = [
      { id: 1n, any: '{"a":[1,2.50]}', in: new Map([['k', [{ x: 'null', y: 'z' }, null]]]) },
      { id: 2n, any: '"text"', in: null },
    ]
    const target = [...schema, field('late', json)]
    const batch = shred(schema, rows)
    const bytes = await fileOf(schema, [batch, batch])
    const earlier = earlierFile(bytes)
    expect(earlier.includes('dayseal.json_columns')).toBe(false)
    const today = await join(target, [partOf(schema, 4, bytes), partOf(schema, 4, bytes)])
    const mixed = await join(target, [partOf(schema, 4, earlier), partOf(schema, 4, bytes)])
    expect(mixed.bytes.equals(today.bytes)).toBe(true)
    const texts = [field('id', int), field('any', string)]
    for (const file of [earlier, bytes]) {
      const typed = [...texts.slice(0, 2), schema[2]!]
      await expect(join(typed, [partOf(typed, 4, file)])).rejects.toThrow(/has another (schema|list) of JSON/)
    }
  })

  test('a column with an empty key gets the name that it has in the joined file', async () => {
    const called = (name: string): Schema => [
      { key: '', name, type: struct({ key: '', name, type: int }) },
      field('_empty', int),
    ]
    const rows: Row[] = [{ '': { '': 7n }, _empty: 8n }]
    const wanted = await fileOf(called('_empty_'), [shred(called('_empty_'), rows), shred(called('_empty_'), rows)])
    const parts = ['', 'other'].map(async (name) =>
      partOf(called(name), 1, await fileOf(called(name), [shred(called(name), rows)])),
    )
    expect((await join(called('_empty_'), await Promise.all(parts))).bytes.equals(wanted)).toBe(true)
  })

  test('a column missing inside a struct in a list in a map keeps what is around it', async () => {
    const element = (...more: Schema) => struct(field('x', int), ...more)
    const schema = (...more: Schema): Schema => [
      field('id', int),
      field('m', map(struct(field('l', list(element(...more)))))),
    ]
    const late = [field('note', string), field('deep', list(struct(field('y', string)))), field('by_key', map(int))]
    const target = schema(...late)
    const rows: Row[] = [
      { id: 1n, m: null },
      { id: 2n, m: new Map() },
      { id: 3n, m: new Map([['null', null]]) },
      {
        id: 4n,
        m: new Map([
          ['l null', { l: null }],
          ['l empty', { l: [] }],
          ['element null', { l: [null, { x: 1n }, { x: null }] }],
        ]),
      },
    ]
    const { bytes } = await join(target, [partOf(schema(), 4, await fileOf(schema(), [shred(schema(), rows)]))])
    expect(await readWithHyparquet(target, bytes)).toEqual(plainRows(target, rows))
    expect(await duck.read(target, bytes)).toEqual(plainRows(target, rows))
  })

  test('the levels of a chunk of many pages', async () => {
    const element = (...more: Schema) => [field('l', list(struct(field('x', { kind: 'bool' }), ...more)))]
    const target = element(field('late', string))
    const rows = Array.from(
      { length: 400 },
      (_, i): Row => ({ l: i % 10 === 0 ? null : Array.from({ length: i * 4 }, (_, j) => ({ x: j % 3 === 0 })) }),
    )
    const batch = shred(element(), rows)
    expect(batch.leaves[0]!.entries).toBeGreaterThan(2 ** 18)
    const { bytes } = await join(target, [partOf(element(), 400, await fileOf(element(), [batch]))])
    expect(bytes.equals(await fileOf(target, [shred(target, rows)]))).toBe(true)
  })

  test('reads a small part once', async () => {
    const target = [field('a', int), field('s', list(struct(field('x', string), field('late', string))))]
    const schema = [field('a', int), field('s', list(struct(field('x', string))))]
    const rows = [{ a: 1n, s: [{ x: noise(900_000) }] }]
    const reads: Reads = { ranges: [] }
    const file = await fileOf(schema, [shred(schema, rows)])
    const { bytes } = await join(target, [partOf(schema, 1, file, reads)])
    expect(reads.ranges).toEqual([[0, file.length]])
    expect(bytes.equals(await fileOf(target, [shred(target, rows)]))).toBe(true)
  })

  test('reads of a large part its end, adjacent chunks at once, and one sibling for all that is missing beside it', async () => {
    const names = Array.from({ length: 50 }, (_, i) => `f${i}`)
    const inside = (fields: readonly string[]) => field('s', list(struct(...fields.map((name) => field(name, string)))))
    const schema = [field('a', int), field('b', string), inside(['x', 'y']), field('z', string)]
    const target = [
      field('a', int),
      field('b', string),
      inside(['x', 'y', ...names]),
      field('z', string),
      ...names.map((name) => field(name, int)),
    ]
    const rows = [{ a: 1n, b: noise(1_000_000), s: [{ x: 'x', y: noise(50_000) }], z: noise(200_000) }]
    const reads: Reads = { ranges: [] }
    const file = await fileOf(schema, [shred(schema, rows)])
    const [chunks] = chunksOf(file)
    const { bytes } = await join(target, [partOf(schema, 1, file, reads)])
    const end = file.length - 2 ** 16
    const starts = chunks!.map(({ meta }) => Number(meta.data_page_offset))
    expect(reads.ranges).toEqual([
      [end, file.length],
      [4, starts[4]],
      [starts[2], starts[3]],
      [starts[4], end],
    ])
    expect(bytes.equals(await fileOf(target, [shred(target, rows)]))).toBe(true)
  })

  test('opens three parts while one is copied, and no more', async () => {
    const schema = [field('a', int)]
    const rows = Array.from({ length: 6 }, (_, i) => ({ a: BigInt(i) }))
    const files = await Promise.all(rows.map((row) => fileOf(schema, [shred(schema, [row])])))
    const begun: number[] = []
    const allBegun = Promise.withResolvers<void>()
    const parts = files.map((file, i): JoinPart => {
      const part = partOf(schema, 1, file)
      return {
        ...part,
        async *read(start, end) {
          if (begun.push(i) === 4) allBegun.resolve()
          // Without the others this would be waited for for ever.
          await allBegun.promise
          if (i === 0) expect(begun).toEqual([0, 1, 2, 3])
          yield* part.read(start, end)
        },
      }
    })
    const { bytes } = await join(schema, parts)
    expect(begun).toEqual([0, 1, 2, 3, 4, 5])
    expect(
      bytes.equals(
        await fileOf(
          schema,
          rows.map((row) => shred(schema, [row])),
        ),
      ),
    ).toBe(true)
  })

  test('a footer longer than the first read', async () => {
    const wide = Array.from({ length: 1500 }, (_, i) => field(`column ${i} ${'x'.repeat(80)}`, int))
    const schema = [...wide, field('noise', string)]
    const batch = shred(schema, [{ noise: noise(1_000_000) }])
    const file = await fileOf(schema, [batch])
    const reads: Reads = { ranges: [] }
    const { bytes } = await join(schema, [partOf(schema, 1, file, reads), partOf(schema, 1, file)])
    expect(reads.ranges.length).toBe(3)
    expect(bytes.equals(await fileOf(schema, [batch, batch]))).toBe(true)
  })

  test('tells how far it is', async () => {
    const schema = [field('a', int)]
    const batch = shred(schema, [{ a: 1n }, { a: 2n }])
    const part = partOf(schema, 4, await fileOf(schema, [batch, batch]))
    const empty = partOf(schema, 0, await fileOf(schema, []))
    const seen: JoinProgress[] = []
    const { summary } = await join(schema, [part, empty, part], (progress) => seen.push(progress))
    expect(seen.map(({ partsDone, rowGroups, rows }) => [partsDone, rowGroups, rows])).toEqual([
      [0, 1, 2],
      [0, 2, 4],
      [2, 3, 6],
      [2, 4, 8],
    ])
    expect(seen.map(({ bytes }) => bytes)).toEqual(seen.map(({ bytes }) => bytes).toSorted((a, b) => a - b))
    expect(summary).toMatchObject({ rows: 8, rowGroups: 4 })
  })

  test('no parts make a file without rows', async () => {
    const schema = [field('a', int)]
    const { bytes } = await join(schema, [])
    expect(bytes.equals(await fileOf(schema, []))).toBe(true)
  })
})

describe('joinParts refuses', () => {
  const schema = [field('a', int), field('s', list(struct(field('x', string))))]
  const rows: Row[] = [
    { a: 1n, s: [{ x: 'x' }, null] },
    { a: 2n, s: [] },
  ]
  const refusal = async (target: Schema, part: JoinPart) => {
    try {
      await join(target, [part])
    } catch (error) {
      if (error instanceof DaysealError) return `${error.code}: ${error.message}`
      throw error
    }
    throw new Error('it was joined')
  }
  let file: Buffer
  let good: JoinPart
  beforeAll(async () => {
    file = await fileOf(schema, [shred(schema, rows)])
    good = partOf(schema, 2, file)
  })

  test.each<[string, Schema]>([
    ['seen: int64; wanted: double', [field('a', { kind: 'double' })]],
    ['seen: list; wanted: struct', [field('s', struct(field('x', string)))]],
    ['seen: string; wanted: json', [field('s', list(struct(field('x', { kind: 'json' }))))]],
    ['seen: a; wanted: b', [{ key: 'a', name: 'b', type: int }]],
    ['seen: a for a; wanted: a', [{ key: 'z', name: 'a', type: int }]],
  ])('a column of another type or name: %s', async (message, target) => {
    expect(await refusal(target, good)).toMatch(/^internal: part hourly\/2026-01-01\/00.parquet has another column/)
    expect(await refusal(target, good)).toContain(message)
  })

  test('a part with other rows or columns than it is said to have', async () => {
    expect(await refusal(schema, { ...good, rows: 3 })).toContain(
      'another number of rows than it should; seen: 2; wanted: 3',
    )
    expect(await refusal(schema, { ...good, schema: schema.slice(0, 1) })).toContain(
      'corrupt: part hourly/2026-01-01/00.parquet has another schema',
    )
    const lookalike = [
      field('a', int),
      field('s', struct(field('list', struct(field('element', struct(field('x', string))))))),
    ]
    expect(await refusal(lookalike, { ...good, schema: lookalike })).toContain('has another schema')
  })

  test('a part that is cut, or no Parquet', async () => {
    expect(await refusal(schema, partOf(schema, 2, file.subarray(0, 8)))).toContain('too short for Parquet')
    expect(await refusal(schema, partOf(schema, 2, file.subarray(0, -1)))).toContain('has no readable footer')
    expect(await refusal(schema, partOf(schema, 2, Buffer.alloc(100)))).toContain('has no readable footer')
    expect(await refusal(schema, { ...good, size: file.length + 5 })).toContain('has another size from byte 0')
    expect(await refusal(schema, partOf(schema, 2, file.subarray(10)))).toContain('has a chunk outside its data')
  })

  test('a read that gives more than was asked for', async () => {
    const generous: JoinPart = {
      ...good,
      async *read(start, end) {
        yield* good.read(start, end)
        yield Buffer.alloc(1)
      },
    }
    expect(await refusal(schema, generous)).toContain('has another size from byte 0')
  })

  test('any altered bit is copied with its chunk or refused, and nothing else', async () => {
    const target = [...schema.slice(0, 1), field('s', list(struct(field('x', string), field('late', string))))]
    let refused = 0
    for (let bit = 0; bit < file.length * 8; bit++) {
      const altered = Buffer.from(file)
      altered[bit >> 3]! ^= 1 << (bit & 7)
      const outcome: unknown = await join(target, [partOf(schema, 2, altered)]).catch((error: unknown) => error)
      if (!(outcome instanceof Error)) continue
      expect(outcome).toMatchObject({ name: 'DaysealError', code: 'corrupt' })
      refused++
    }
    expect(refused).toBeGreaterThan(file.length)
  }, 180_000)
})
