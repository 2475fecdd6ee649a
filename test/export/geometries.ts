import fc from 'fast-check'
import type { Geometry, Position } from 'geojson'

/* Any geometry of RFC 7946, with rings that run either way. */

const longitude = fc.oneof(fc.double({ min: -180, max: 180, noNaN: true }), fc.integer({ min: -180, max: 180 }))
const latitude = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.integer({ min: -90, max: 90 }))
const number = fc.oneof(longitude, fc.constantFrom(1e-7, -1e21, 8848.86))
/** JSON.stringify has no negative zero. */
const plain = (value: number) => (value === 0 ? 0 : value)

const positions = (withZ: boolean): fc.Arbitrary<Position> =>
  fc.tuple(longitude, latitude, ...(withZ ? [number] : [])).map((position) => position.map(plain))

export const geometries: fc.Arbitrary<Geometry> = fc.boolean().chain((withZ) => {
  const position = positions(withZ)
  const line = fc.array(position, { minLength: 2, maxLength: 4 })
  const ring = fc.array(position, { minLength: 3, maxLength: 6 }).map((open) => [...open, open[0]!])
  const polygon = fc.array(ring, { minLength: 1, maxLength: 3 })
  const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 })
  const simple: fc.Arbitrary<Geometry> = fc.oneof(
    position.map((coordinates): Geometry => ({ type: 'Point', coordinates })),
    some(position).map((coordinates): Geometry => ({ type: 'MultiPoint', coordinates })),
    line.map((coordinates): Geometry => ({ type: 'LineString', coordinates })),
    some(line).map((coordinates): Geometry => ({ type: 'MultiLineString', coordinates })),
    polygon.map((coordinates): Geometry => ({ type: 'Polygon', coordinates })),
    some(polygon).map((coordinates): Geometry => ({ type: 'MultiPolygon', coordinates })),
  )
  const collection = some(simple).map((geometries): Geometry => ({ type: 'GeometryCollection', geometries }))
  return fc.oneof({ weight: 6, arbitrary: simple }, { weight: 1, arbitrary: collection })
})

/** As PostGIS writes WKT. */
export function wktOf(geometry: Geometry): string {
  const name = geometry.type.toUpperCase()
  if (geometry.type === 'GeometryCollection') return `${name}(${geometry.geometries.map(wktOf).join(',')})`
  const { coordinates } = geometry
  const first = coordinates.flat(3)
  const size = firstPosition(coordinates).length
  const list = geometry.type === 'Point' ? [coordinates] : coordinates
  return first.length === 0 ? `${name} EMPTY` : `${name}${size === 3 ? ' Z ' : ''}${bracketed(list)}`
}

type Nested = number | readonly Nested[]

function firstPosition(nested: Nested): Position {
  const inner = nested as readonly Nested[]
  return typeof inner[0] === 'number' ? (inner as Position) : firstPosition(inner[0]!)
}

function bracketed(nested: Nested): string {
  const inner = nested as readonly Nested[]
  if (typeof inner[0] === 'number') return inner.join(' ')
  return `(${inner.map(bracketed).join(',')})`
}

/** Whether the outsides of polygons run counter-clockwise and their holes clockwise, by the sum of the edges' areas. */
export function isWound(geometry: Geometry): boolean {
  switch (geometry.type) {
    case 'Polygon':
      return isPolygonWound(geometry.coordinates)
    case 'MultiPolygon':
      return geometry.coordinates.every(isPolygonWound)
    case 'GeometryCollection':
      return geometry.geometries.every(isWound)
    default:
      return true
  }
}

function isPolygonWound([outside, ...holes]: readonly (readonly Position[])[]): boolean {
  return clockwise(outside!) <= TINY && holes.every((hole) => clockwise(hole) >= -TINY)
}

/** What rounding may make of no area. */
const TINY = 1e-6

/** Above 0 for a ring that runs clockwise. */
function clockwise(ring: readonly Position[]): number {
  return ring.slice(1).reduce((sum, [x, y], i) => sum + (x! - ring[i]![0]!) * (y! + ring[i]![1]!), 0)
}

/** The same with every ring in the one of its directions that sorts first. */
export function unturned(geometry: Geometry): Geometry {
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
