import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson, TypeJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonOfText, layRow, rowLayout } from './cells.ts'
import { type RowTexts, TextBatch } from './row-texts.ts'
import { assertText } from './text-stream.ts'

const LINE_END = '\r\n'

/**
 * The records after the header.
 * @throws DaysealError `corrupt` for what is not RFC 4180 with CRLF, and for another header
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  { delimiter, header, nested, formulaGuard }: FormatOptions<'csv'>,
  columns: readonly FieldJson[],
): AsyncGenerator<RowTexts> {
  const layout = rowLayout(columns, nested === 'columns')
  const bare = formulaGuard ? withoutGuard : (text: string) => text
  const batch = new TextBatch()
  let headed = !header
  for await (const record of readRecords(bytes, delimiter)) {
    if (!headed) {
      assertHeader(
        record.map((name) => bare(name ?? '')),
        layout.cells.map(({ name }) => name),
      )
      headed = true
      continue
    }
    const texts = layout.cells.map((cell, i) => {
      const text = record[i]
      if (text === null || text === undefined) return 'null'
      return jsonOfText(isText(cell.type) ? bare(text) : text, cell)
    })
    batch.add(layRow(layout, texts))
    if (batch.full) yield batch.take()
  }
  if (!headed) throw corrupt('the file has no header', 'the end of the file', 'the names of the columns')
  yield batch.take()
}

/** Null is an empty cell without quotes. */
type CsvRecord = readonly (string | null)[]

async function* readRecords(bytes: AsyncIterable<Uint8Array>, delimiter: string): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    record_delimiter: LINE_END,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
  })
  const source = Readable.from(assertText(bytes, LINE_END), { objectMode: false })
  source.on('error', (error) => parser.destroy(error))
  try {
    yield* source.pipe(parser)
  } catch (error) {
    if (error instanceof CsvError) throw corrupt('the file is no CSV', error.message, 'RFC 4180')
    throw error
  } finally {
    source.destroy()
  }
}

function assertHeader(seen: readonly string[], wanted: readonly string[]): void {
  if (JSON.stringify(seen) === JSON.stringify(wanted)) return
  const at = wanted.findIndex((name, i) => name !== seen[i])
  const shown = (names: readonly string[]) => (at < 0 ? `${names.length} columns` : JSON.stringify(names[at] ?? null))
  throw corrupt(
    `the header is not that of the export${at < 0 ? '' : ` at column ${at + 1}`}`,
    shown(seen),
    shown(wanted),
  )
}

/** Whether the guard looks at the cells of such a column. */
function isText(type: TypeJson): boolean {
  return typeof type === 'object' || type === 'string' || type === 'json'
}

function withoutGuard(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text
}
