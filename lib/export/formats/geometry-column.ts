import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { FormatOptions } from '../format-options.ts'
import { type JsonColumn, jsonColumn } from '../json-text.ts'
import type { RowBatch } from '../row-batch.ts'
import { findColumn } from '../rows/find-column.ts'
import { type ScalarNode, ScalarText } from '../scalar-text.ts'
import { isOnEarth, type NoGeometry, type ReadGeometry, readGeoJson } from './geometry.ts'
import { isScalar, scalarColumn } from './scalar-column.ts'
import { readWkt } from './wkt.ts'

/** Where the geometries of rows come from. */
export interface GeometryColumn {
  /** The columns that it is made of. */
  readonly nodes: readonly ColumnNode[]
  load(batch: RowBatch): void
  /** Writes the geometry of the next row as JSON, or says why there is none: what it has written then means nothing. */
  write(out: ByteBuffer): NoGeometry | undefined
}

type Source = NonNullable<FormatOptions<'geojson'>['geometry']>

const NUMBERS: readonly ScalarKind[] = ['double', 'int64']
const NOTHING = Buffer.alloc(0)

/** @throws DaysealError `usage` when no column is named and none is found, and for one that cannot be what it is named for */
export function geometryColumn(root: RootNode, source: Source | undefined): GeometryColumn {
  if (source === undefined) return foundColumn(root)
  if ('wkt' in source) return textColumn(scalarColumn(root, source.wkt, 'geometry.wkt', ['string']), readWkt)
  if ('geojson' in source) return geoJsonColumn(root, source.geojson)
  const number = (path: string, name: string) => scalarColumn(root, path, `geometry.${name}`, NUMBERS)
  const { longitude, latitude, altitude } = source
  return pointColumn([
    number(longitude, 'longitude'),
    number(latitude, 'latitude'),
    ...(altitude === undefined ? [] : [number(altitude, 'altitude')]),
  ])
}

function foundColumn(root: RootNode): GeometryColumn {
  const called = (name: string) => root.fields.find((field) => field.name === name)
  const geometry = called('geometry')
  if (geometry !== undefined && isScalar(geometry, ['string', 'json'])) return textColumn(geometry, readEither)
  if (geometry?.kind === 'struct') return readColumn(geometry, jsonColumn(geometry), readGeoJson)
  const pairs = [['longitude', 'latitude'] as const, ['lon', 'lat'] as const]
  const numbers = pairs
    .map((names) => names.map(called).filter((node) => node !== undefined && isScalar(node, NUMBERS)))
    .find(({ length }) => length === 2)
  if (numbers !== undefined) return pointColumn(numbers)
  const seen = root.fields.slice(0, 12).map(({ name, kind }) => `${name}: ${kind}`)
  throw new DaysealError('usage', 'geojson: no column has the geometries of the rows', {
    seen: `${seen.join(', ')}${root.fields.length > seen.length ? ', …' : ''}`,
    wanted: 'a column `geometry` of GeoJSON or WKT, or numbers `longitude` and `latitude`, or `lon` and `lat`',
    hint: 'set `geometry`',
  })
}

function geoJsonColumn(root: RootNode, path: string): GeometryColumn {
  const node = findColumn(root, path, 'geometry.geojson')
  if (node.kind === 'struct' && node.repetition === 0) return readColumn(node, jsonColumn(node), readGeoJson)
  return textColumn(scalarColumn(root, path, 'geometry.geojson', ['string', 'json']), readGeoJson)
}

/** JSON begins with a brace, WKT with a word. */
function readEither(text: string): ReadGeometry {
  return text.trimStart().startsWith('{') ? readGeoJson(text) : readWkt(text)
}

function textColumn(node: ScalarNode, read: (text: string) => ReadGeometry): GeometryColumn {
  const frame = { before: NOTHING, after: NOTHING, absent: NOTHING }
  return readColumn(node, new ScalarText(node, { ...frame, encode: (dictionary) => dictionary }), read)
}

function readColumn(
  node: ColumnNode,
  column: Pick<JsonColumn, 'load' | 'isNull' | 'write'>,
  read: (text: string) => ReadGeometry,
): GeometryColumn {
  const text = new ByteBuffer(2 ** 12)
  return {
    nodes: [node],
    load: (batch) => column.load(batch),
    write(out) {
      const { isNull } = column
      text.length = 0
      column.write(text)
      if (isNull) return 'no geometry'
      const found = read(Buffer.from(text.bytes.buffer, 0, text.length).toString('utf8'))
      if (found.kind === 'none') return found.why
      out.append(Buffer.from(JSON.stringify(found.geometry)))
      return undefined
    },
  }
}

/** @param nodes longitude, latitude and perhaps altitude, which may be null */
function pointColumn(nodes: readonly ScalarNode[]): GeometryColumn {
  const numbers = nodes.map((node, i) => {
    const before = Buffer.from(i === 0 ? '' : ',')
    return new ScalarText(node, { before, after: NOTHING, absent: NOTHING, encode: (dictionary) => dictionary })
  })
  return {
    nodes,
    load(batch) {
      for (const number of numbers) number.load(batch)
    },
    write(out) {
      const position = numbers.slice(0, 2).map(numberAt)
      out.ascii('{"type":"Point","coordinates":[')
      for (const number of numbers) number.write(out)
      out.ascii(']}')
      if (!position.every((number) => number !== undefined)) return 'no geometry'
      return isOnEarth(position) ? undefined : 'a position beyond longitude ±180 or latitude ±90'
    },
  }
}

/** The number at hand; undefined where it is null. */
function numberAt({ isNull, node, cursor }: ScalarText): number | undefined {
  if (isNull) return undefined
  if (node.kind === 'double') return cursor.doubles[cursor.value]!
  const low = cursor.words[cursor.value * 2]!
  return cursor.words[cursor.value * 2 + 1]! * 2 ** 32 + (low >>> 0)
}
