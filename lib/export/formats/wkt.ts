import { wktToGeoJSON } from 'betterknown'
import { noGeometry, type ReadGeometry, readGeometry } from './geometry.ts'

/*
 * betterknown reads well-known text (ISO 13249-3) leniently: `1x` is 1 to it, what follows the geometry is not looked at,
 * and measures are dropped. So it is given nothing but words, numbers, brackets and commas of one geometry, apart.
 */

const TOKEN = /\s*([A-Z]+|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:E[-+]?\d+)?(?=[\s(),]|$)|[(),])\s*/y
const WORD = /^(?:(?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON|GEOMETRYCOLLECTION)Z?|Z|EMPTY)$/
const SYSTEM = /^\s*SRID=(\d+);/i

/** WKT, or EWKT of SRID 4326 (PostGIS). Coordinates with measures (`M`) cannot be read: GeoJSON has no place for them. */
export function readWkt(text: string): ReadGeometry {
  const system = SYSTEM.exec(text)
  if (system !== null && Number(system[1]) !== 4326) {
    return noGeometry('another coordinate reference system than WGS 84')
  }
  const tokens = tokensOf(text.slice(system?.[0].length ?? 0).toUpperCase())
  if (tokens === undefined || !isOneGeometry(tokens)) return noGeometry('geometry cannot be read')
  try {
    return readGeometry(wktToGeoJSON(withZ(tokens).join(' ')))
  } catch (error) {
    if (error instanceof Error) return noGeometry('geometry cannot be read')
    throw error
  }
}

/** Undefined where anything else is in the text. */
function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[1]
    if (token === undefined || (/^[A-Z]/.test(token) && !WORD.test(token))) return undefined
    tokens.push(token)
  }
  return tokens
}

/** Whether nothing follows the end of the geometry: its last bracket, or EMPTY. */
function isOneGeometry(tokens: readonly string[]): boolean {
  let depth = 0
  const end = tokens.findIndex((token) => {
    if (token === '(') depth++
    if (token === ')') depth--
    return depth <= 0 && (token === ')' || token === 'EMPTY')
  })
  return end === tokens.length - 1
}

/** EWKT leaves the Z of three coordinates out. */
function withZ(tokens: readonly string[]): readonly string[] {
  const start = tokens.findIndex(isNumber)
  const numbers = tokens.slice(start, start + 4).findIndex((token) => !isNumber(token))
  const said = tokens.some((token) => token.endsWith('Z'))
  if (numbers !== 3 || said) return tokens
  return tokens.flatMap((token) => (WORD.test(token) && token !== 'EMPTY' ? [token, 'Z'] : [token]))
}

function isNumber(token: string): boolean {
  return /^[-+.\d]/.test(token)
}
