import { DaysealError } from '../../errors.ts'
import type { EventReader, Position, ReaderLimits, Reading } from '../reading.ts'
import { rejected } from '../rejected.ts'
import { type CellTypes, type RowReader, rowReader } from '../row-event.ts'
import { RowSplitter } from '../row-splitter.ts'
import { type LineReader, readLines, type TextLine, unreadable } from '../text-lines.ts'

export interface DelimitedOptions {
  readonly delimiter: string
  /** Names in the place of a header. */
  readonly columns: readonly string[] | undefined
  /** Of columns that are no texts; those that a file does not have are nothing to it. */
  readonly types: CellTypes
}

/**
 * Rows of fields between delimiters (csv, tsv), each an event with a member for each column of the header. How fields are
 * quoted: see `RowSplitter`; tabs are no different. A row with another number of fields is rejected, and so is one with something
 * behind the quotes of a field, or with a cell that is none of its type.
 *
 * @throws DaysealError `source` for a header with an empty name or the same twice, and for a field in quotes that does
 *   not end: within a row of `maxLineBytes`, or at all
 */
export function delimited(options: DelimitedOptions): EventReader {
  return {
    async *read(content, entry, limits) {
      const rows = new DelimitedRows(options, entry, limits)
      yield* readLines(content, entry, limits.maxLineBytes, rows)
      return { blank: rows.blank }
    },
  }
}

/** A row that goes on in the next line. */
interface OpenRow {
  readonly lines: Buffer[]
  bytes: number
  utf8: boolean
  readonly position: Position
}

class DelimitedRows implements LineReader {
  blank = 0
  private row: OpenRow | undefined
  private readRow: RowReader | undefined
  private width = 0
  private readonly splitter: RowSplitter
  private readonly options: DelimitedOptions
  private readonly entry: string | undefined
  private readonly limits: ReaderLimits

  constructor(options: DelimitedOptions, entry: string | undefined, limits: ReaderLimits) {
    this.options = options
    this.entry = entry
    this.limits = limits
    this.splitter = new RowSplitter(options.delimiter)
    if (options.columns !== undefined) this.setColumns(options.columns)
  }

  take(line: TextLine, out: Reading[]): void {
    if (line.piece !== undefined) {
      if (this.row !== undefined || this.readRow === undefined) throw this.endless(this.row?.position ?? line.position)
      out.push(unreadable(line, this.limits.maxLineBytes)!)
      return
    }
    if (this.row === undefined && isBlank(line.bytes)) {
      this.blank++
      return
    }
    const split = this.splitter.line(line.bytes.toString('utf8'))
    if (split.kind === 'open' || this.row !== undefined) this.hold(line)
    if (split.kind === 'open') return
    const { row } = this
    this.row = undefined
    const text = row === undefined ? line.bytes : Buffer.concat(row.lines).subarray(0, -1)
    const { position, utf8 } = row ?? line
    if (this.readRow === undefined) this.readHeader(split.kind === 'row' && utf8 ? split.fields : undefined, position)
    else if (!utf8) out.push(rejected('not_utf8', 'bytes that are not UTF-8', text, position))
    else if (split.kind === 'wrong') {
      out.push(rejected('fields', `${JSON.stringify(split.seen)} after the quotes of a field`, text, position))
    } else if (split.fields.length !== this.width) {
      out.push(rejected('fields', `${split.fields.length} fields, not ${this.width}`, text, position))
    } else out.push(this.readRow(split.fields, text, position))
  }

  end(): void {
    if (this.row !== undefined) throw this.endless(this.row.position)
  }

  private hold({ bytes, position, utf8 }: TextLine): void {
    const row = this.row ?? { lines: [], bytes: 0, utf8: true, position }
    this.row = row
    // A copy: the line is good until the next batch.
    row.lines.push(Buffer.concat([bytes, NEWLINE]))
    row.bytes += bytes.length + 1
    row.utf8 &&= utf8
    if (row.bytes > this.limits.maxLineBytes) throw this.endless(row.position)
  }

  private readHeader(names: readonly string[] | undefined, { line }: Position): void {
    if (names === undefined)
      throw this.wrong(`the header in line ${line}`, { seen: 'no text in UTF-8 with proper quotes' })
    const known = new Set<string>()
    const wrong = names.findIndex((name) => name === '' || known.size === known.add(name).size)
    if (wrong >= 0) {
      const seen = names[wrong] === '' ? 'no name' : `${JSON.stringify(names[wrong])} for the second time`
      const hint = 'give the names as `columns` when the file has no header'
      throw this.wrong(`column ${wrong + 1} of the header`, { seen, wanted: 'a name of its own', hint })
    }
    this.setColumns(names)
  }

  private setColumns(names: readonly string[]): void {
    this.width = names.length
    const columns = { names, types: this.options.types, misfit: 'type', made: 0 } as const
    this.readRow = rowReader(columns, this.limits.maxLineBytes)
  }

  private endless({ line }: Position): DaysealError {
    return this.wrong(`the row that begins in line ${line}`, {
      seen: `no end of it within the content or ${this.limits.maxLineBytes} bytes`,
      wanted: 'a quote at the end of each field that begins with one',
    })
  }

  private wrong(
    what: string,
    facts: { readonly seen: string; readonly wanted?: string; readonly hint?: string },
  ): DaysealError {
    const where = this.entry === undefined ? '' : ` in the entry ${JSON.stringify(this.entry)}`
    return new DaysealError('source', `${what}${where} cannot be read`, facts)
  }
}

const NEWLINE = Buffer.from('\n')

/** Tabs delimit. */
function isBlank(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x0d)
}
