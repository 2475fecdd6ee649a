import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import { formatPath, type PathStep } from '../../path-pattern.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import { type CsvCells, csvCells } from '../csv-cell.ts'
import { type FlatColumn, type FlatText, flatText } from '../flat-text.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonColumn } from '../json-text.ts'
import type { RowBatch } from '../row-batch.ts'
import { writeRowText } from '../row-text.ts'
import { type ScalarFrame, ScalarText } from '../scalar-text.ts'

const LINE_END = '\r\n'

/**
 * RFC 4180. A null is an empty cell without quotes, the empty text one with quotes. Columns are named by their paths, as
 * `lib/path-pattern.ts` writes them, so that no two have one name.
 */
export const csv: Format<FormatOptions<'csv'>> = {
  extension: 'csv',
  mimeType: 'text/csv',
  compressible: true,
  async open({ delimiter, header, nested, formulaGuard }, spec) {
    const cells = csvCells(delimiter, formulaGuard)
    const columns = columnsOf(spec.root, nested === 'columns')
    const rows = rowsOfCells(columns, delimiter, cells)
    return writeRowText(spec, {
      begin(out) {
        if (header) writeHeader(out, columns, delimiter, cells)
      },
      load: rows.load,
      some: rows.writeSome,
      end() {},
    })
  },
}

interface CsvColumn {
  readonly name: string
  readonly node: ColumnNode
}

/** `flat`: the fields of structs are columns, and theirs. */
function columnsOf(root: RootNode, flat: boolean): CsvColumn[] {
  const under = (node: ColumnNode, above: readonly PathStep[]): CsvColumn[] => {
    const steps: readonly PathStep[] = [...above, { kind: 'name', name: node.name }]
    if (flat && node.kind === 'struct') return node.fields.flatMap((field) => under(field, steps))
    return [{ name: formatPath(steps), node }]
  }
  return root.fields.flatMap((field) => under(field, []))
}

function writeHeader(out: ByteBuffer, columns: readonly CsvColumn[], delimiter: string, cells: CsvCells): void {
  for (const [i, { name }] of columns.entries()) {
    if (i > 0) out.ascii(delimiter)
    const bytes = Buffer.from(name)
    cells.write(out, bytes, 0, bytes.length)
  }
  out.ascii(LINE_END)
}

interface CellWriter {
  load(batch: RowBatch): void
  write(out: ByteBuffer): void
}

function rowsOfCells(
  columns: readonly CsvColumn[],
  delimiter: string,
  cells: CsvCells,
): Pick<FlatText, 'load' | 'writeSome'> {
  const before = (i: number) => (i === 0 ? '' : delimiter)
  const flat = columns.flatMap(({ node }, i): FlatColumn[] => {
    const after = i === columns.length - 1 ? LINE_END : ''
    return isNested(node) ? [] : [{ node, frame: frame(before(i), after, cells) }]
  })
  if (flat.length === columns.length) return flatText(flat)
  const writers = columns.map(({ node }, i) =>
    isNested(node)
      ? nestedCell(node, Buffer.from(before(i)), cells)
      : new ScalarText(node, frame(before(i), '', cells)),
  )
  const end = Buffer.from(LINE_END)
  return {
    load(batch) {
      for (const writer of writers) writer.load(batch)
    },
    writeSome(out) {
      for (let i = 0; i < writers.length; i++) writers[i]!.write(out)
      out.append(end)
      return 1
    },
  }
}

function frame(before: string, after: string, { encode }: CsvCells): ScalarFrame {
  return { before: Buffer.from(before), after: Buffer.from(after), absent: Buffer.from(before + after), encode }
}

type NestedNode = Extract<ColumnNode, { readonly kind: 'struct' | 'list' | 'map' }>

function isNested(node: ColumnNode): node is NestedNode {
  return node.kind === 'struct' || node.kind === 'list' || node.kind === 'map'
}

function nestedCell(node: NestedNode, before: Uint8Array, cells: CsvCells): CellWriter {
  const column = jsonColumn(node)
  const text = new ByteBuffer(2 ** 12)
  return {
    load: column.load,
    write(out) {
      out.append(before)
      if (column.isNull) return column.skip()
      text.length = 0
      column.write(text)
      cells.write(out, text.bytes, 0, text.length)
    },
  }
}
