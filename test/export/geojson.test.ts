import { check } from '@placemarkio/check-geojson'
import fc from 'fast-check'
import type { Feature, Geometry, Position } from 'geojson'
import { describe, expect, test } from 'vitest'
import { geojson } from '../../lib/export/formats/geojson.ts'
import type { TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, type ExportedRows, exported } from './exported.ts'
import { geometries, isWound, wktOf } from './geometries.ts'
import { hostilelyNamed, modelRow } from './json-model.ts'

interface Collection {
  /** Without the comma. */
  readonly lines: readonly string[]
  readonly features: readonly Feature[]
  readonly leftOut: Readonly<Record<string, number>>
}

async function collection(options: Readonly<Record<string, unknown>>, rows: ExportedRows): Promise<Collection> {
  const { text, written } = await exported(geojson, { format: 'geojson', ...options }, rows)
  const value = check(text)
  if (value.type !== 'FeatureCollection') throw new Error(value.type)
  const [head, ...lines] = text.split('\n')
  expect(head).toBe('{"type":"FeatureCollection","features":[')
  expect(lines.slice(-2)).toEqual([']}', ''])
  expect(lines).toHaveLength(value.features.length + 2)
  expect(written.rows).toBe(value.features.length)
  const { features } = JSON.parse(text) as { features: Feature[] }
  return { lines: lines.slice(0, -2).map((line) => line.replace(/,$/, '')), features, leftOut: written.leftOut }
}

async function refusal(options: Readonly<Record<string, unknown>>, rows: ExportedRows): Promise<string> {
  const { code, message } = await thrownBy(() => collection(options, rows))
  expect(code).toBe('usage')
  return message
}

/** What becomes of texts in a column `geometry`. */
async function readTexts(texts: readonly (string | null)[], options: Readonly<Record<string, unknown>> = {}) {
  const rows = [texts.map((geometry): Row => ({ geometry }))]
  const { features, leftOut } = await collection(options, { schema: columns({ geometry: 'string' }), rows })
  return { found: features.map(({ geometry }) => geometry), leftOut }
}

const whole = (count: number) => ({ minLength: count, maxLength: count })
const cases = schemas(2).chain((schema) =>
  fc.record({
    schema: hostilelyNamed(schema),
    rows: rowsOf(schema, 6),
    places: fc.array(fc.option(geometries), whole(6)),
    asWkt: fc.array(fc.boolean(), whole(6)),
  }),
)

describe('geojson', () => {
  test('has every row with a geometry, and the geometry, from GeoJSON or WKT', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ schema, rows, places, asWkt }) => {
        const own: Schema = [...schema, { key: 'place', name: 'geometry', type: { kind: 'string' } }]
        const text = (geometry: Geometry, i: number) => (asWkt[i] ? wktOf(geometry) : JSON.stringify(geometry, null, 1))
        const placed = rows.map((row, i): Row => ({ ...row, place: places[i] ? text(places[i], i) : null }))
        const { lines, features, leftOut } = await collection(
          {},
          { schema: own, rows: [placed.slice(0, 2), placed.slice(2)] },
        )
        const kept = rows.filter((_, i) => places[i] !== null)
        expect(lines.map((line) => line.slice(line.indexOf(',"properties":') + 14, -1))).toEqual(
          kept.map((row) => modelRow(schema, row)),
        )
        const wanted = places.slice(0, rows.length).filter((place) => place !== null)
        expect(features.map(({ geometry }) => geometry).map(unturned)).toEqual(wanted.map(unturned))
        expect(features.map(({ geometry }) => isWound(geometry))).toEqual(wanted.map(() => true))
        expect(leftOut).toEqual(kept.length === rows.length ? {} : { 'no geometry': rows.length - kept.length })
      }),
      runs(120),
    )
  })

  test('is these bytes', async () => {
    const schema = columns({ n: 'int64', longitude: 'double', latitude: 'double', name: 'string' })
    const rows = [
      [{ n: 1n, longitude: -0.5, latitude: 50, name: '"' }, { n: 2n }, { n: 3n, longitude: 180, latitude: -90 }],
    ]
    const { text, written } = await exported(geojson, { format: 'geojson', id: 'name' }, { schema, rows })
    expect(text).toBe(
      '{"type":"FeatureCollection","features":[\n' +
        '{"type":"Feature","id":"\\"","geometry":{"type":"Point","coordinates":[-0.5,50.0]},"properties":{"n":1,"name":"\\""}},\n' +
        '{"type":"Feature","geometry":{"type":"Point","coordinates":[180.0,-90.0]},"properties":{"n":3,"name":null}}\n' +
        ']}\n',
    )
    expect(written).toEqual({ rows: 2, leftOut: { 'no geometry': 1 } })
  })

  test('takes numbers of columns anywhere, integers too, and leaves these columns out of the properties', async () => {
    const place: TypeJson = {
      struct: [
        { name: 'x', type: 'int64' },
        { name: 'y', type: 'double' },
      ],
    }
    const schema = columns({
      place,
      z: 'int64',
      more: {
        struct: [
          { name: 'x', type: 'int64' },
          { name: 'z', type: 'int64' },
        ],
      },
    })
    const geometry = { longitude: 'place.x', latitude: 'place.y', altitude: 'more.z' }
    const rows: Row[] = [
      { place: { x: -180n, y: 0.25 }, z: 1n, more: { x: 9n, z: 1000n } },
      { place: { x: 5n, y: -0.0 }, more: null },
      { place: { x: 181n, y: 0 } },
      { place: { x: 2n ** 62n, y: 0 } },
      { place: { x: 0n, y: 90.00001 } },
      { place: { x: null, y: 0 } },
      { place: null },
    ]
    const { lines, leftOut } = await collection({ geometry, id: 'place.x' }, { schema, rows: [rows] })
    expect(lines).toEqual([
      '{"type":"Feature","id":-180,"geometry":{"type":"Point","coordinates":[-180,0.25,1000]},"properties":{"z":1,"more":{"x":9}}}',
      '{"type":"Feature","id":5,"geometry":{"type":"Point","coordinates":[5,-0.0]},"properties":{"z":null,"more":null}}',
    ])
    expect(leftOut).toEqual({ 'a position beyond longitude ±180 or latitude ±90': 3, 'no geometry': 2 })
  })

  test('takes a struct or json for GeoJSON', async () => {
    const struct = columns({
      geo: {
        struct: [
          { name: 'type', type: 'string' },
          { name: 'coordinates', type: { list: 'double' } },
        ],
      },
    })
    const point = { type: 'Point', coordinates: [1, 2] }
    const rows = [
      [{ geo: point }, { geo: { type: 'Point', coordinates: [] } }, { geo: null }, { geo: { type: 'Circle' } }],
    ]
    const found = await collection({ geometry: { geojson: 'geo' } }, { schema: struct, rows })
    expect(found.lines).toEqual(['{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{}}'])
    expect(found.leftOut).toEqual({ 'no geometry': 2, 'geometry cannot be read': 1 })
    const json = {
      schema: columns({ geometry: 'json' }),
      rows: [[{ geometry: JSON.stringify(point) }, { geometry: '[]' }]],
    }
    for (const options of [{}, { geometry: { geojson: 'geometry' } }]) {
      expect((await collection(options, json)).features.map(({ geometry }) => geometry)).toEqual([point])
    }
  })

  test('finds its columns', async () => {
    const of = async (types: Readonly<Record<string, 'double' | 'string' | 'int64'>>, row: Row) =>
      (await collection({}, { schema: columns(types), rows: [[row]] })).features[0]!.geometry
    const numbers = { lat: 1, lon: 2, latitude: 3, longitude: 4 }
    const four = { lat: 'double', lon: 'double', latitude: 'double', longitude: 'double' } as const
    expect(await of({ ...four, geometry: 'string' }, { ...numbers, geometry: 'POINT(5 6)' })).toMatchObject({
      coordinates: [5, 6],
    })
    expect(await of({ ...four, geometry: 'int64' }, numbers)).toMatchObject({ coordinates: [4, 3] })
    expect(await of({ ...four, latitude: 'string' }, { ...numbers, latitude: '' })).toMatchObject({
      coordinates: [2, 1],
    })
    expect(await refusal({}, { schema: columns({ lat: 'double', long: 'double' }), rows: [] })).toContain(
      'seen: lat: double, long',
    )
  })

  test('without rows, or with none that has a geometry, is valid', async () => {
    const schema = columns({ lat: 'double', lon: 'double' })
    expect(await collection({}, { schema, rows: [] })).toEqual({ lines: [], features: [], leftOut: {} })
    expect(await collection({}, { schema, rows: [[{}]] })).toMatchObject({
      features: [],
      leftOut: { 'no geometry': 1 },
    })
  })

  test('refuses columns that can be no geometry or id', async () => {
    const rows = { schema: columns({ a: 'string', b: { list: 'double' }, c: 'double' }), rows: [] }
    expect(await refusal({ geometry: { wkt: 'c' } }, rows)).toContain('geometry.wkt: the column c')
    expect(await refusal({ geometry: { geojson: 'b' } }, rows)).toContain('seen: a list')
    expect(await refusal({ geometry: { geojson: 'd' } }, rows)).toContain('no column d')
    expect(await refusal({ geometry: { longitude: 'c', latitude: 'a' } }, rows)).toContain('geometry.latitude')
    expect(await refusal({ geometry: { longitude: 'c', latitude: 'c', altitude: 'b[]' } }, rows)).toContain(
      'inside a list',
    )
    expect(await refusal({ geometry: { wkt: 'a' }, id: 'b' }, rows)).toContain('id: the column b')
  })
})

describe('geometries', () => {
  const none = (why: string) => ({ found: [], leftOut: { [why]: 1 } })

  test.each([
    ...[
      '',
      ' ',
      '{',
      '{}',
      '[1,2]',
      '1',
      '"POINT(1 2)"',
      '{"type":"Feature","geometry":null}',
      '{"type":"point","coordinates":[1,2]}',
    ],
    ...[
      '{"type":"Point","coordinates":[1]}',
      '{"type":"Point","coordinates":[1,2,3,4]}',
      '{"type":"Point","coordinates":["1",2]}',
    ],
    ...['{"type":"Point","coordinates":[1e400,2]}', '{"type":"Point","coordinates":[[1,2]]}', '{"type":"Point"}'],
    ...['{"type":"LineString","coordinates":[[1,2]]}', '{"type":"MultiPolygon","coordinates":[[]]}'],
    ...[
      '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}',
      '{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,0]]]}',
    ],
    ...[
      '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0,1]]]}',
      '{"type":"GeometryCollection","geometries":[null]}',
    ],
    `${'{"type":"GeometryCollection","geometries":['.repeat(20_000)}${']}'.repeat(20_000)}`,
    ...[
      'POINT',
      'POINT()',
      'POINT(1)',
      'POINT(1 2) x',
      'POINT(1 2)POINT(3 4)',
      'POINT(1 2',
      'POINT(1 2))',
      '(1 2)',
      'POINT 1 2',
    ],
    ...[
      'POINT(1x 2)',
      'POINT(1,2)',
      'POINT(1.2.3 4)',
      'POINT(1-2 3)',
      'POINT(NaN 1)',
      'POINT(Infinity 1)',
      'POINT(1e999 1)',
      'POINT(0x1 2)',
    ],
    ...[
      'POINT M (1 2 3)',
      'POINT ZM (1 2 3 4)',
      'POINTM(1 2 3)',
      'POINT(1 2 3 4)',
      'POINT Z (1 2)',
      'CIRCULARSTRING(0 0,1 1,2 0)',
    ],
    ...[
      'LINESTRING(1 2)',
      'POLYGON((0 0,1 0,1 1,0 1))',
      'POINT EMPTY(1 2)',
      'EMPTY',
      'SRID=4326;',
      'SRID=x;POINT(1 2)',
      'POINT(1\0 2)',
    ],
    `${'GEOMETRYCOLLECTION('.repeat(20_000)}POINT(1 2)${')'.repeat(20_000)}`,
    '1'.repeat(200_000),
    `POINT(${'1'.repeat(200_000)}x 2)`,
  ])('cannot be read: %.60s', async (text) => {
    expect(await readTexts([text])).toEqual(none('geometry cannot be read'))
  })

  test.each([
    ...[
      'null ',
      '{"type":"Point","coordinates":[]}',
      '{"type":"MultiPolygon","coordinates":[]}',
      '{"type":"GeometryCollection","geometries":[]}',
    ],
    ...[
      'POINT EMPTY',
      'polygon z empty',
      'GEOMETRYCOLLECTION EMPTY',
      'GEOMETRYCOLLECTION(POINT EMPTY,GEOMETRYCOLLECTION EMPTY)',
      '{"type":"GeometryCollection","geometries":[{"type":"GeometryCollection","geometries":[]}]}',
      'SRID=4326;POINT EMPTY',
    ],
  ])('is none: %s', async (text) => {
    const options = text.startsWith('null') ? { geometry: { geojson: 'geometry' } } : {}
    expect(await readTexts([text], options)).toEqual(none('no geometry'))
  })

  test.each([
    ...['SRID=3857;POINT(1 2)', 'srid=0;POINT(1 2)'],
    '{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"EPSG:3857"}}}',
    '{"type":"Point","coordinates":[1,2],"crs":{"type":"link"}}',
  ])('are on another earth: %s', async (text) => {
    expect(await readTexts([text])).toEqual(none('another coordinate reference system than WGS 84'))
  })

  test.each([
    ...[
      'POINT(180.0001 0)',
      'POINT(0 -91)',
      'LINESTRING(0 0,1 1,0 95)',
      'GEOMETRYCOLLECTION(POINT(1 1),POINT(-181 0))',
    ],
    '{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]],[[0,0],[1,0],[1,100],[0,0]]]]}',
  ])('are beyond the earth: %s', async (text) => {
    expect(await readTexts([text])).toEqual(none('a position beyond longitude ±180 or latitude ±90'))
  })

  test.each<[string, Geometry]>([
    ['SRID=4326;POINT(1 2)', { type: 'Point', coordinates: [1, 2] }],
    ['  point z(1 2 -3e1)\n', { type: 'Point', coordinates: [1, 2, -30] }],
    [
      'SRID=4326;LINESTRING(1 2 3,4 5 6)',
      {
        type: 'LineString',
        coordinates: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      },
    ],
    ['POINTZ(+1 .5 2.)', { type: 'Point', coordinates: [1, 0.5, 2] }],
    [
      'MULTIPOINT(1 2,(3 4))',
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
    [
      'POLYGON\t((0 0,0 1,\n1 1,0 0))',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 1],
            [0, 1],
            [0, 0],
          ],
        ],
      },
    ],
    [
      'GEOMETRYCOLLECTION(POINT(1 2),GEOMETRYCOLLECTION(POINT EMPTY,POINT(3 4)))',
      {
        type: 'GeometryCollection',
        geometries: [
          { type: 'Point', coordinates: [1, 2] },
          { type: 'Point', coordinates: [3, 4] },
        ],
      },
    ],
    [
      '{"type":"Point","coordinates":[1,2],"bbox":"x","properties":{},"crs":{"properties":{"name":"EPSG:4326"}}}',
      { type: 'Point', coordinates: [1, 2] },
    ],
    [
      '{"type":"Polygon","coordinates":[[[0,0],[9,0],[9,9],[0,0]],[[5,1],[6,1],[6,2],[5,1]],[[1,1],[1,1],[1,1],[1,1]]]}',
      {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [9, 0],
            [9, 9],
            [0, 0],
          ],
          [
            [5, 1],
            [6, 2],
            [6, 1],
            [5, 1],
          ],
          [
            [1, 1],
            [1, 1],
            [1, 1],
            [1, 1],
          ],
        ],
      },
    ],
  ])('are read: %s', async (text, geometry) => {
    expect(await readTexts([text])).toEqual({ found: [geometry], leftOut: {} })
  })

  test('are read with 20,000 positions', async () => {
    const ring = Array.from({ length: 20_000 }, (_, i): Position => {
      const angle = (i / 20_000) * 2 * Math.PI
      return [Math.cos(angle), -Math.sin(angle)]
    })
    const geometry: Geometry = { type: 'MultiPolygon', coordinates: [[[...ring, ring[0]!]]] }
    const { found, leftOut } = await readTexts([wktOf(geometry), JSON.stringify(geometry)])
    expect(leftOut).toEqual({})
    expect(found.map(isWound)).toEqual([true, true])
    expect(found.map((one) => JSON.stringify(unturned(one)))).toEqual(Array(2).fill(JSON.stringify(unturned(geometry))))
  })
})

/** The same with every ring in the one of its directions that sorts first. */
function unturned(geometry: Geometry): Geometry {
  const ring = (positions: readonly Position[]): Position[] => {
    const turned = positions.toReversed()
    return JSON.stringify(positions) < JSON.stringify(turned) ? [...positions] : turned
  }
  switch (geometry.type) {
    case 'Polygon':
      return { ...geometry, coordinates: geometry.coordinates.map(ring) }
    case 'MultiPolygon':
      return { ...geometry, coordinates: geometry.coordinates.map((rings) => rings.map(ring)) }
    case 'GeometryCollection':
      return { ...geometry, geometries: geometry.geometries.map(unturned) }
    default:
      return geometry
  }
}
