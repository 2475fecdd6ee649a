import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonRows } from '../json-text.ts'
import { writeRowText } from '../row-text.ts'

/** One array (RFC 8259) with an object per row, each on a line of its own unless `pretty`. */
export const json: Format<FormatOptions<'json'>> = {
  extension: 'json',
  mimeType: 'application/json',
  compressible: true,
  async open({ pretty }, spec) {
    const rows = jsonRows(spec.root, { pretty, depth: pretty ? 1 : 0 })
    const indent = pretty ? '  ' : ''
    const first = Buffer.from(`[\n${indent}`)
    const next = Buffer.from(`,\n${indent}`)
    return writeRowText(spec, {
      begin() {},
      load: rows.load,
      row(out, index) {
        out.append(index === 0 ? first : next)
        rows.write(out)
      },
      end: (out, count) => out.ascii(count === 0 ? '[]\n' : '\n]\n'),
    })
  },
}
