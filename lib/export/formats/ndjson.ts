import { DaysealError } from '../../errors.ts'
import { fieldsOfNode, type RootNode } from '../../parquet/read-tree.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonRows } from '../json-text.ts'
import { writeRowText } from '../row-text.ts'

const VERSION_MEMBER = '_schema_version'
const VERSION = '1.0.0'

/** An object per line. */
export const ndjson: Format<FormatOptions<'ndjson'>> = {
  extension: 'ndjson',
  mimeType: 'application/x-ndjson',
  compressible: true,
  async open({ schemaRecord }, spec) {
    if (schemaRecord) assertFree(spec.root)
    const members = schemaRecord ? `"${VERSION_MEMBER}":"${VERSION}"` : ''
    const rows = jsonRows(spec.root, { members, end: '\n' })
    return writeRowText(spec, {
      begin(out) {
        if (schemaRecord) out.append(Buffer.from(`${JSON.stringify(schemaOf(spec.root))}\n`))
      },
      load: rows.load,
      some: rows.writeSome,
      end() {},
    })
  },
}

function schemaOf(root: RootNode) {
  return { _type: 'schema', _version: VERSION, columns: fieldsOfNode(root) }
}

function assertFree({ fields }: RootNode): void {
  if (!fields.some(({ name }) => name === VERSION_MEMBER)) return
  throw new DaysealError('usage', 'ndjson with a schema record puts a member into each row whose name a column has', {
    seen: `a column ${VERSION_MEMBER}`,
    hint: 'rename or exclude the column, or leave out schemaRecord',
  })
}
