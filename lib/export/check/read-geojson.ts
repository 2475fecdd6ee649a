import { corrupt } from '../../parquet/read-tree.ts'
import type { FormatOptions } from '../format-options.ts'
import { ArraySplitter } from './array-splitter.ts'
import { isGeometry } from './is-geometry.ts'
import { memberText, parseRow } from './row-members.ts'
import { type RowTexts, TextBatch } from './row-texts.ts'
import { assertText } from './text-stream.ts'

const HEAD = '{"type":"FeatureCollection","features":['

/**
 * The properties of the features, before which are as many coordinates of a point as there are `names`, under these names.
 * @throws DaysealError `corrupt` for what is no FeatureCollection as Dayseal writes it
 */
export async function* readGeoJson(
  bytes: AsyncIterable<Uint8Array>,
  { id }: FormatOptions<'geojson'>,
  names: readonly string[],
): AsyncGenerator<RowTexts> {
  const splitter = new ArraySplitter('}\n')
  const batch = new TextBatch()
  let number = 0
  for await (const block of withoutHead(assertText(bytes, '\n]}\n'))) {
    const { bytes: window, bounds } = splitter.push(block)
    for (let i = 0; i < bounds.length; i += 2) {
      const text = Buffer.from(window.buffer, window.byteOffset + bounds[i]!, bounds[i + 1]! - bounds[i]!).toString(
        'utf8',
      )
      const feature = readFeature(text, ++number)
      if (id !== undefined) assertId(feature, id, number)
      batch.add(withCoordinates(feature, names, number))
    }
    if (batch.full) yield batch.take()
  }
  splitter.finish()
  yield batch.take()
}

/** The array, from its bracket on. */
async function* withoutHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const head = Buffer.from(HEAD)
  let seen = 0
  for await (const block of bytes) {
    const size = Math.min(block.length, head.length - 1 - seen)
    if (head.compare(block, 0, size, seen, seen + size) !== 0)
      throw corrupt('the file begins otherwise', 'other bytes', HEAD)
    seen += size
    if (size < block.length) yield block.subarray(size)
  }
}

interface Feature {
  /** The text of a string, or of a number. */
  readonly id: string | undefined
  /** JSON texts. */
  readonly geometry: string
  readonly properties: string
}

const START = /^\{"type":"Feature"(?:,"id":(-?[\d.eE+-]+|(?="))|(?=,"geometry"))/

/** Members in the order of RFC 7946's examples, apart by nothing but commas: a row's exact text is to be had back. */
function readFeature(text: string, number: number): Feature {
  const fail = (wanted: string) => corrupt(`feature ${number} cannot be read`, text.slice(0, 120), wanted)
  const start = START.exec(text)
  if (start === null) throw fail('{"type":"Feature",…')
  let at = start[0].length
  let id = start[1]
  if (id === '') {
    const end = endOfText(text, at)
    id = unquoted(text.slice(at, end))
    if (id === undefined) throw fail('an id')
    at = end
  }
  if (!text.startsWith(',"geometry":', at)) throw fail('a geometry')
  const geometryAt = at + ',"geometry":'.length
  const marker = ',"properties":'
  const propertiesAt = text.indexOf(marker, geometryAt)
  const geometry = text.slice(geometryAt, Math.max(propertiesAt, geometryAt))
  if (propertiesAt < 0 || !isGeometry(geometry)) throw fail('a geometry, and properties after it')
  return { id, geometry, properties: text.slice(propertiesAt + marker.length, -1) }
}

function endOfText(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

function assertId({ id, properties }: Feature, path: string, number: number): void {
  const wanted = memberText(parseRow(Buffer.from(properties), number), path)
  if (id !== wanted) throw corrupt(`feature ${number} has another id than its row`, id ?? 'none', wanted ?? 'none')
}

const POINT = /^\{"type":"Point","coordinates":\[([^[\],]+),([^[\],]+)(?:,([^[\],]+))?\]\}$/

function withCoordinates({ geometry, properties }: Feature, names: readonly string[], number: number): string {
  if (names.length === 0) return properties
  const [, ...coordinates] = POINT.exec(geometry) ?? []
  if (coordinates.length === 0 || coordinates.filter((text) => text !== undefined).length > names.length) {
    throw corrupt(`feature ${number} is not at a point`, geometry.slice(0, 120), `${names.length} coordinates`)
  }
  const members = names.map((name, i) => `${JSON.stringify(name)}:${coordinates[i] ?? 'null'}`)
  return `{${members.join(',')}${properties === '{}' ? '' : ','}${properties.slice(1)}`
}
