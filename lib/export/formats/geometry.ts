import * as z from 'zod'

/*
 * Geometries as RFC 7946 has them, out of values that may be anything. What is kept of one is its type and coordinates:
 * a `bbox` or other members are not, and there is no other coordinate reference system than WGS 84, longitude first.
 */

const position = z.array(z.number()).min(2).max(3)
const line = z.array(position).min(2)
const ring = z.array(position).min(4).refine(isClosed)
const polygon = z.array(ring).min(1)

const simple = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Point'), coordinates: position }),
  z.object({ type: z.literal('MultiPoint'), coordinates: z.array(position).min(1) }),
  z.object({ type: z.literal('LineString'), coordinates: line }),
  z.object({ type: z.literal('MultiLineString'), coordinates: z.array(line).min(1) }),
  z.object({ type: z.literal('Polygon'), coordinates: polygon }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(polygon).min(1) }),
])

type Position = z.infer<typeof position>
type Ring = z.infer<typeof ring>

type Simple = z.infer<typeof simple>
export type Geometry = Simple | { readonly type: 'GeometryCollection'; readonly geometries: readonly Simple[] }

/** How deep collections may lie in collections. RFC 7946, 3.1.8, would have none, so those inside give up what they hold. */
const MAX_NESTED = 8

const nested = (levels: number): z.ZodType<readonly Simple[]> =>
  z.lazy(() => {
    const one = simple.transform((geometry): readonly Simple[] => [geometry])
    return levels === 0 ? one : z.union([one, collection(levels - 1)])
  })

const collection = (levels: number) =>
  z
    .object({ type: z.literal('GeometryCollection'), geometries: z.array(nested(levels)) })
    .transform(({ geometries }) => geometries.flat())

const geometry: z.ZodType<Geometry> = z.union([
  simple,
  collection(MAX_NESTED).transform((geometries) => ({ type: 'GeometryCollection' as const, geometries })),
])

/** What RFC 7946, 3.1, lets be read as null. */
const nothing = z.union([z.null(), z.object({ coordinates: z.array(z.never()) })])

/** The member of GeoJSON 2008 that named a reference system, where it names the one that is left. */
const noOtherSystem = z.object({
  crs: z
    .object({
      properties: z.object({
        name: z.enum(['urn:ogc:def:crs:OGC:1.3:CRS84', 'urn:ogc:def:crs:EPSG::4326', 'EPSG:4326']),
      }),
    })
    .nullish(),
})

/** Why a row is not in the file, in words for its account. */
export type NoGeometry =
  | 'no geometry'
  | 'geometry cannot be read'
  | 'another coordinate reference system than WGS 84'
  | 'a position beyond longitude ±180 or latitude ±90'

export type ReadGeometry =
  | { readonly kind: 'geometry'; readonly geometry: Geometry }
  | { readonly kind: 'none'; readonly why: NoGeometry }

export function noGeometry(why: NoGeometry): ReadGeometry {
  return { kind: 'none', why }
}

/** Checks a value, and turns its rings as RFC 7946, 3.1.6, wants them. */
export function readGeometry(value: unknown): ReadGeometry {
  const parsed = geometry.safeParse(value)
  if (!parsed.success) return noGeometry(nothing.safeParse(value).success ? 'no geometry' : 'geometry cannot be read')
  if (parsed.data.type === 'GeometryCollection' && parsed.data.geometries.length === 0) return noGeometry('no geometry')
  if (!noOtherSystem.safeParse(value).success) return noGeometry('another coordinate reference system than WGS 84')
  if (!positionsOf(parsed.data).every(isOnEarth)) {
    return noGeometry('a position beyond longitude ±180 or latitude ±90')
  }
  return { kind: 'geometry', geometry: wound(parsed.data) }
}

/** Checks a text of JSON. */
export function readGeoJson(text: string): ReadGeometry {
  try {
    return readGeometry(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return noGeometry('geometry cannot be read')
    throw error
  }
}

function positionsOf(geometry: Geometry): readonly Position[] {
  switch (geometry.type) {
    case 'Point':
      return [geometry.coordinates]
    case 'MultiPoint':
    case 'LineString':
      return geometry.coordinates
    case 'MultiLineString':
    case 'Polygon':
      return geometry.coordinates.flat()
    case 'MultiPolygon':
      return geometry.coordinates.flat(2) as Position[]
    case 'GeometryCollection':
      return geometry.geometries.flatMap(positionsOf)
  }
}

export function isOnEarth([longitude, latitude]: readonly number[]): boolean {
  return Math.abs(longitude!) <= 180 && Math.abs(latitude!) <= 90
}

function isClosed(ring: readonly Position[]): boolean {
  const [first, last] = [ring[0]!, ring.at(-1)!]
  return first.length === last.length && first.every((number, index) => number === last[index])
}

function wound(geometry: Geometry): Geometry {
  if (geometry.type !== 'GeometryCollection') return woundSimple(geometry)
  return { type: 'GeometryCollection', geometries: geometry.geometries.map(woundSimple) }
}

function woundSimple(geometry: Simple): Simple {
  switch (geometry.type) {
    case 'Polygon':
      return { type: 'Polygon', coordinates: geometry.coordinates.map(woundRing) }
    case 'MultiPolygon':
      return { type: 'MultiPolygon', coordinates: geometry.coordinates.map((rings) => rings.map(woundRing)) }
    default:
      return geometry
  }
}

/** The first ring of a polygon, its outside, runs counter-clockwise, and its holes clockwise. A ring without area stays as it is. */
function woundRing(ring: Ring, index: number): Ring {
  const area = doubleArea(ring)
  return (index === 0 ? area : -area) < 0 ? ring.toReversed() : ring
}

/** Above 0 for a ring that runs counter-clockwise, on a plane of degrees. Measured from its first position, for precision. */
function doubleArea(ring: Ring): number {
  const [x, y] = ring[0]!
  let sum = 0
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1]!, ring[i]!]
    sum += (a[0]! - x!) * (b[1]! - y!) - (b[0]! - x!) * (a[1]! - y!)
  }
  return sum
}
