/** How deep the positions of each type are in arrays (RFC 7946, 3.1). */
const DEPTHS: ReadonlyMap<unknown, number> = new Map([
  ['Point', 0],
  ['MultiPoint', 1],
  ['LineString', 1],
  ['MultiLineString', 2],
  ['Polygon', 2],
  ['MultiPolygon', 3],
])

/** Whether a JSON text is a geometry of RFC 7946: type and coordinates, closed rings that run as section 3.1.6 has it. */
export function isGeometry(text: string): boolean {
  try {
    return isGeometryValue(JSON.parse(text))
  } catch {
    return false
  }
}

function isGeometryValue(value: unknown): boolean {
  if (!isObject(value) || Object.keys(value).length !== 2) return false
  const { type, coordinates, geometries } = value
  if (type === 'GeometryCollection') return Array.isArray(geometries) && geometries.every(isGeometryValue)
  const depth = DEPTHS.get(type)
  if (depth === undefined || !isNested(coordinates, depth)) return false
  if (type === 'Polygon') return arePolygons([coordinates])
  return type !== 'MultiPolygon' || arePolygons(coordinates)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type Position = readonly [number, number, number?]

function isNested(value: unknown, depth: number): boolean {
  if (!Array.isArray(value)) return false
  if (depth > 0) return value.every((item) => isNested(item, depth - 1))
  const [longitude, latitude] = value as number[]
  const isPosition = (value.length === 2 || value.length === 3) && value.every((item) => typeof item === 'number')
  return isPosition && Math.abs(longitude!) <= 180 && Math.abs(latitude!) <= 90
}

/** @param polygons as `isNested` found them */
function arePolygons(polygons: unknown): boolean {
  return (polygons as Position[][][]).every((rings) => rings.every(isRing))
}

function isRing(ring: readonly Position[], index: number): boolean {
  const [first, last] = [ring[0], ring.at(-1)]
  if (ring.length < 4 || JSON.stringify(first) !== JSON.stringify(last)) return false
  const [x, y] = first!
  let area = 0
  let size = 0
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1]!, ring[i]!]
    const piece = (a[0] - x) * (b[1] - y) - (b[0] - x) * (a[1] - y)
    area += piece
    size += Math.abs(piece)
  }
  // A sum in another order rounds otherwise.
  return (index === 0 ? area : -area) >= -size * 1e-12
}
