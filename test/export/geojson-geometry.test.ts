import type { Geometry, Position } from 'geojson'
import { describe, expect, test } from 'vitest'
import type { Row } from '../parquet/reference-shred.ts'
import { columns } from './exported.ts'
import { collection } from './feature-collection.ts'
import { isWound, unturned, wktOf } from './geometries.ts'

/** What becomes of texts in a column `geometry`. */
async function readTexts(texts: readonly (string | null)[], options: Readonly<Record<string, unknown>> = {}) {
  const rows = [texts.map((geometry): Row => ({ geometry }))]
  const { features, leftOut } = await collection(options, { schema: columns({ geometry: 'string' }), rows })
  return { found: features.map(({ geometry }) => geometry), leftOut }
}

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
