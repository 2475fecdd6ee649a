import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FormatOptions, formatOptions } from '../../lib/export/format-options.ts'
import { type FieldJson, schemaFromJson } from '../../lib/shred/schema-json.ts'
import { schemas } from '../parquet/arbitrary-rows.ts'
import { type Row, shred } from '../parquet/reference-shred.ts'
import { rowBatch } from './batch-of.ts'
import { someRows } from './export-rows.ts'
import { geometries, wktOf } from './geometries.ts'
import { type Batches, digestOf, readText, writeExport } from './write-export.ts'

interface Case {
  readonly options: FormatOptions
  readonly batches: Batches
}

/** Rows of any columns, and of one more with their geometries. */
function cases(format: object, field: FieldJson, values: fc.Arbitrary<Row[string]>): fc.Arbitrary<Case> {
  const options = formatOptions.parse({ format: 'geojson', ...format })
  return schemas(2).chain((schema) =>
    fc
      .tuple(someRows(schema), fc.array(values, { minLength: 6, maxLength: 6 }), fc.nat({ max: 1 }))
      .map(([rows, places, at]) => {
        const all = schema.toSpliced(at, 0, ...schemaFromJson([field]))
        const placed = rows.map((row, i) => ({ ...row, [field.name]: places[i]! }))
        return { options, batches: [rowBatch(shred(all, placed), '2025-03-14')] }
      }),
  )
}

const longitude = fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.constantFrom(-0, 180, 1e-7))
const latitude = fc.bigInt({ min: -90n, max: 90n })
const altitude = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))
const position: FieldJson = {
  name: 'at',
  type: {
    struct: [
      { name: 'x', type: 'double' },
      { name: 'z', type: 'double' },
      { name: 'y', type: 'int64' },
    ],
  },
}
const point = { geometry: { longitude: 'at.x', latitude: 'at.y', altitude: 'at.z' } }

const CASES: readonly [string, fc.Arbitrary<Case>][] = [
  ['points', cases(point, position, fc.record({ x: longitude, y: latitude, z: altitude }))],
  ['WKT', cases({ geometry: { wkt: 'wkt' } }, { name: 'wkt', type: 'string' }, geometries.map(wktOf))],
  [
    'GeoJSON',
    cases(
      {},
      { name: 'geometry', type: 'json' },
      geometries.map((value) => JSON.stringify(value)),
    ),
  ],
]

test.each(CASES)('%s: the rows are read back as they were written', async (_, rows) => {
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom(3, 2 ** 16), async ({ options, batches }, blockBytes) => {
      const bytes = (await writeExport(options, batches)).files.get('')!
      const { problems, problemCount: __, ...seen } = await readText(options, batches, bytes, blockBytes)
      expect(problems).toEqual([])
      expect(seen).toEqual(digestOf(batches, options))
    }),
    { numRuns: 40 },
  )
})

const SAMPLE = formatOptions.parse({ format: 'geojson', id: 'name' })

function sample(): Batches {
  const schema = schemaFromJson([
    { name: 'name', type: 'string' },
    { name: 'lon', type: 'double' },
    { name: 'lat', type: 'double' },
    { name: 'rest', type: { struct: [{ name: 'n', type: 'int64' }] } },
  ])
  const rows = Array.from(
    { length: 6 },
    (_, i): Row => ({ name: `é "${i}"`, lon: i + 0.25, lat: -i - 0.75, rest: { n: BigInt(i) } }),
  )
  return [rowBatch(shred(schema, rows), '2025-03-14')]
}

test('no byte could be another, and the file cannot end earlier or later', async () => {
  const batches = sample()
  const bytes = (await writeExport(SAMPLE, batches)).files.get('')!
  const wanted = digestOf(batches)
  const flipped = Array.from({ length: 120 }, (_, i) => {
    const altered = Buffer.from(bytes)
    altered[Math.floor((i * bytes.length) / 120)]! ^= 1
    return altered
  })
  const cuts = [0, 1, 2, 3, bytes.length >> 1, bytes.length - 2, bytes.length - 1].map((cut) => bytes.subarray(0, cut))
  const longer = ['x', '\n', '}\n', ']}\n', '\n]}\n'].map((end) => Buffer.concat([bytes, Buffer.from(end)]))
  const unseen: string[] = []
  for (const altered of [...flipped, ...cuts, ...longer]) {
    const { problemCount, digest } = await readText(SAMPLE, batches, altered)
    if (problemCount === 0 && digest === wanted.digest) unseen.push(altered.toString())
  }
  expect(unseen).toEqual([])
})

test('what is no geometry of RFC 7946 is found', async () => {
  const schema = schemaFromJson([
    { name: 'a', type: 'int64' },
    { name: 'geometry', type: 'string' },
  ])
  const options = formatOptions.parse('geojson')
  const square = 'POLYGON((0 0,1 0,1 1,0 0),(0 0,0 1,1 1,0 0))'
  const batches: Batches = [rowBatch(shred(schema, [{ a: 1n, geometry: square }]), '2025-03-14')]
  const text = (await writeExport(options, batches)).files.get('')!.toString()
  expect((await readText(options, batches, Buffer.from(text))).problems).toEqual([])
  const rings = '[[[0,0],[1,0],[1,1],[0,0]],[[0,0],[0,1],[1,1],[0,0]]]'
  expect(text).toContain(rings)
  const wrong = [
    rings.replace('[1,0]', '[1]'),
    rings.replace('[1,0]', '[1,0,0,0]'),
    rings.replace('[1,0]', '[1,91]'),
    rings.replace('[1,0]', '["1",0]'),
    '[[[0,0],[1,1],[1,0],[0,0]]]',
    '[[[0,0],[1,0],[1,1],[0,1]]]',
    '[[[0,0],[1,0],[0,0]]]',
    '[0,0]',
    'null',
  ]
  for (const coordinates of wrong) {
    const { problemCount } = await readText(options, batches, Buffer.from(text.replace(rings, coordinates)))
    expect({ coordinates, problemCount }).toEqual({ coordinates, problemCount: 1 })
  }
})
