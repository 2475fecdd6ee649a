import type { RootNode } from '../../parquet/read-tree.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { escapeEntries } from '../json-string.ts'
import { jsonRows } from '../json-text.ts'
import { withoutNodes } from '../kept-columns.ts'
import { writeRowText } from '../row-text.ts'
import { ScalarText } from '../scalar-text.ts'
import { geometryColumn } from './geometry-column.ts'
import { scalarColumn } from './scalar-column.ts'

const NOTHING = Buffer.alloc(0)

/**
 * A FeatureCollection (RFC 7946), a feature on a line of its own for each row that has a geometry. Rows that have none, or
 * one that GeoJSON cannot have, are left out, and counted by why. Rings are turned as the RFC wants them; members of a
 * geometry other than its type and coordinates are not kept.
 *
 * How a reader gets a row back: `properties` are its columns, all but those of the geometry, as ndjson has them; a struct
 * whose fields all are of the geometry is not there either. Of columns of longitude, latitude and altitude the values are
 * `geometry.coordinates` in this order, an altitude of null is not there. What a column of GeoJSON or WKT held is not to be had
 * back as it was: rows can be compared without it. `id` is none of the row's.
 */
export const geojson: Format<FormatOptions<'geojson'>> = {
  extension: 'geojson',
  mimeType: 'application/geo+json',
  compressible: true,
  async open({ geometry, id }, spec) {
    const place = geometryColumn(spec.root, geometry)
    const ids = id === undefined ? undefined : idColumn(spec.root, id)
    const properties = jsonRows(withoutNodes(spec.root, new Set(place.nodes)))
    return writeRowText(spec, {
      begin: (out) => out.ascii('{"type":"FeatureCollection","features":['),
      load(batch) {
        place.load(batch)
        ids?.load(batch)
        properties.load(batch)
      },
      row(out, index) {
        const start = out.length
        out.ascii(index === 0 ? '\n{"type":"Feature"' : ',\n{"type":"Feature"')
        ids?.write(out)
        out.ascii(',"geometry":')
        const why = place.write(out)
        if (why === undefined) {
          out.ascii(',"properties":')
          properties.write(out)
          out.ascii('}')
        } else {
          out.length = start
          properties.skip()
        }
        return why
      },
      end: (out) => out.ascii('\n]}\n'),
    })
  },
}

function idColumn(root: RootNode, path: string): ScalarText {
  const node = scalarColumn(root, path, 'id', ['string', 'int64', 'double'])
  const quote = node.kind === 'string' ? '"' : ''
  return new ScalarText(node, {
    before: Buffer.from(`,"id":${quote}`),
    after: Buffer.from(quote),
    absent: NOTHING,
    encode: escapeEntries,
  })
}
