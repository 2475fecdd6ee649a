import fc from 'fast-check'
import type { Geometry } from 'geojson'
import { describe, expect, test } from 'vitest'
import { geojson } from '../../lib/export/formats/geojson.ts'
import type { TypeJson } from '../../lib/shred/schema-json.ts'
import type { Schema } from '../../lib/shred/type.ts'
import { rowsOf, schemas } from '../parquet/arbitrary-rows.ts'
import type { Row } from '../parquet/reference-shred.ts'
import { runs } from '../property/runs.ts'
import { thrownBy } from '../thrown.ts'
import { columns, type ExportedRows, exported } from './exported.ts'
import { collection } from './feature-collection.ts'
import { geometries, isWound, unturned, wktOf } from './geometries.ts'
import { hostilelyNamed, modelRow } from './json-model.ts'

async function refusal(options: Readonly<Record<string, unknown>>, rows: ExportedRows): Promise<string> {
  const { code, message } = await thrownBy(() => collection(options, rows))
  expect(code).toBe('usage')
  return message
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
