import { DaysealError } from '../../errors.ts'
import type { EventReader, Position, ReaderLimits, Reading } from '../reading.ts'
import { rejected } from '../rejected.ts'
import { type CellTypes, type RowReader, rowReader } from '../row-event.ts'
import { isBlank, type LineReader, readLines, type TextLine, unreadable, withoutReturn } from '../text-lines.ts'

/** What CloudFront's `date` and `time` are together, where a file has no such column. */
const TIMESTAMP = 'timestamp'
const FIELDS = '#Fields:'

/**
 * CloudFront's log files: W3C extended log files (https://www.w3.org/TR/WD-logfile.html) with a tab between the fields,
 * whose names a line `#Fields:` gives, before all others and perhaps again. Lines that begin with `#` are no events, and count as
 * blank. Each event has a member for each field, before them `timestamp`, made of `date` and `time`, which are UTC. `-` is
 * null; what is URL-encoded stays so. A row with a cell that is none of its type is rejected as `ambiguous`.
 * @throws DaysealError `source` for a field without a name, or with that of another
 */
export function w3c(types: CellTypes): EventReader {
  return {
    async *read(content, entry, limits) {
      const rows = new W3cRows(types, entry, limits)
      yield* readLines(content, entry, limits.maxLineBytes, rows)
      return { blank: rows.blank }
    },
  }
}

interface Fields {
  readonly count: number
  /** Where the parts of the timestamp are; undefined when no such column is made. */
  readonly parts: { readonly date: number; readonly time: number } | undefined
  readonly readRow: RowReader
}

class W3cRows implements LineReader {
  blank = 0
  private fields: Fields | undefined
  private readonly types: CellTypes
  private readonly entry: string | undefined
  private readonly limits: ReaderLimits

  constructor(types: CellTypes, entry: string | undefined, limits: ReaderLimits) {
    this.types = types
    this.entry = entry
    this.limits = limits
  }

  take(line: TextLine, out: Reading[]): void {
    const wrong = unreadable(line, this.limits.maxLineBytes)
    if (wrong !== undefined) {
      out.push(wrong)
      return
    }
    const text = withoutReturn(line.bytes).toString('utf8')
    if (text.startsWith(FIELDS)) this.fields = this.fieldsOf(text.slice(FIELDS.length), line.position)
    if (text.startsWith('#') || isBlank(line.bytes)) this.blank++
    else out.push(this.row(text, line))
  }

  end(): void {}

  private row(text: string, { bytes, position }: TextLine): Reading {
    const { fields } = this
    if (fields === undefined) return rejected('no_match', `no line ${FIELDS} before it`, bytes, position)
    const cells = text.split('\t').map((cell) => (cell === '-' ? null : cell))
    if (cells.length !== fields.count) {
      return rejected('fields', `${cells.length} fields, not ${fields.count}`, bytes, position)
    }
    if (fields.parts === undefined) return fields.readRow(cells, bytes, position)
    const date = cells[fields.parts.date] ?? null
    const time = cells[fields.parts.time] ?? null
    const timestamp = date === null || time === null ? null : `${date}T${time}Z`
    return fields.readRow([timestamp, ...cells], bytes, position)
  }

  private fieldsOf(text: string, { line }: Position): Fields {
    const names = text.trim().split(/[ \t]+/)
    const known = new Set<string>()
    const wrong = names.findIndex((name) => name === '' || known.size === known.add(name).size)
    if (wrong >= 0) {
      const where = this.entry === undefined ? '' : ` in the entry ${JSON.stringify(this.entry)}`
      throw new DaysealError('source', `the fields in line ${line}${where} cannot be read`, {
        seen: names[wrong] === '' ? 'no name' : `${JSON.stringify(names[wrong])} for the second time`,
        wanted: 'names, each once',
      })
    }
    const date = names.indexOf('date')
    const time = names.indexOf('time')
    const parts = date >= 0 && time >= 0 && !known.has(TIMESTAMP) ? { date, time } : undefined
    const columns = {
      names: parts === undefined ? names : [TIMESTAMP, ...names],
      types: this.types,
      misfit: 'ambiguous',
      made: parts === undefined ? 0 : 1,
    } as const
    return { count: names.length, parts, readRow: rowReader(columns, this.limits.maxLineBytes) }
  }
}
