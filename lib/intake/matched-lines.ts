import type { LineMatcher, Match } from './line-matcher.ts'
import { PieceKeeper } from './piece-keeper.ts'
import type { Position, Reading } from './reading.ts'
import { rejected } from './rejected.ts'
import type { Cells, RowReader } from './row-event.ts'
import { isBlank, type LineReader, type TextLine, unreadable, withoutReturn } from './text-lines.ts'

/** Each line an event. */
export class SingleLines implements LineReader {
  blank = 0
  private readonly matcher: LineMatcher
  private readonly readRow: RowReader
  private readonly maxLineBytes: number

  constructor(matcher: LineMatcher, readRow: RowReader, maxLineBytes: number) {
    this.matcher = matcher
    this.readRow = readRow
    this.maxLineBytes = maxLineBytes
  }

  take(line: TextLine, out: Reading[]): void {
    const wrong = unreadable(line, this.maxLineBytes)
    if (wrong !== undefined) out.push(wrong)
    else if (isBlank(line.bytes)) this.blank++
    else {
      const match = this.matcher.match(textOf(line))
      out.push(match.kind === 'row' ? this.readRow(match.cells, line.bytes, line.position) : unmatched(match, line))
    }
  }

  end(): void {}
}

/** An event that may go on. */
interface Begun {
  readonly cells: Cells
  readonly position: Position
  /** Of its first line, and up to the end of its last one that is not blank. */
  readonly firstBytes: number
  bytes: number
  /** With the blank lines after that, and how many these are. */
  heldBytes: number
  blanks: number
}

const LINE_FEED = Buffer.from('\n')

/**
 * An event for each line of the form; lines of another form go one of its columns on, ambiguous ones end it. An event is known
 * once the next one begins. Memory: one event of at most `maxLineBytes`.
 */
export class ContinuedLines implements LineReader {
  blank = 0
  private begun: Begun | undefined
  private readonly held: PieceKeeper
  private readonly matcher: LineMatcher
  private readonly readRow: RowReader
  private readonly maxLineBytes: number
  /** Index of the column. */
  private readonly column: number

  constructor(matcher: LineMatcher, readRow: RowReader, maxLineBytes: number, column: number) {
    this.matcher = matcher
    this.readRow = readRow
    this.maxLineBytes = maxLineBytes
    this.column = column
    this.held = new PieceKeeper(maxLineBytes)
  }

  take(line: TextLine, out: Reading[]): void {
    const wrong = unreadable(line, this.maxLineBytes)
    if (wrong !== undefined) {
      this.end(out)
      out.push(wrong)
    } else if (isBlank(line.bytes)) this.takeBlank(line, out)
    else {
      const match = this.matcher.match(textOf(line))
      if (match.kind === 'row') this.begin(line, match.cells, out)
      else this.goOn(match, line, out)
    }
  }

  end(out: Reading[]): void {
    const { begun } = this
    if (begun === undefined) return
    const [piece] = this.held.add(Buffer.alloc(0), true)
    const text = piece!.bytes.subarray(0, begun.bytes)
    const added = text.subarray(begun.firstBytes).toString('utf8').replaceAll('\r\n', '\n')
    const cells = begun.cells.map((cell, i) => (i === this.column && added !== '' ? (cell ?? '') + added : cell))
    out.push(this.readRow(cells, text, begun.position))
    this.blank += begun.blanks
    this.begun = undefined
  }

  private begin(line: TextLine, cells: Cells, out: Reading[]): void {
    this.end(out)
    const { position } = line
    const bytes = withoutReturn(line.bytes)
    this.held.add(bytes, false)
    const { length } = bytes
    this.begun = { cells, position, firstBytes: length, bytes: length, heldBytes: length, blanks: 0 }
  }

  private goOn(match: Unmatched, line: TextLine, out: Reading[]): void {
    if (match.kind === 'ambiguous') this.end(out)
    const { begun } = this
    if (begun === undefined) out.push(unmatched(match, line))
    else if (!this.fits(begun, line)) {
      const detail = `longer than ${this.maxLineBytes} bytes with the event that it goes on`
      out.push(rejected('too_long', detail, line.bytes, line.position))
    } else {
      this.hold(begun, withoutReturn(line.bytes))
      begun.bytes = begun.heldBytes
      begun.blanks = 0
    }
  }

  /** Part of the event, if that goes on behind it. */
  private takeBlank(line: TextLine, out: Reading[]): void {
    if (this.begun !== undefined && !this.fits(this.begun, line)) this.end(out)
    if (this.begun === undefined) this.blank++
    else {
      this.hold(this.begun, line.bytes)
      this.begun.blanks++
    }
  }

  private fits({ heldBytes }: Begun, { bytes }: TextLine): boolean {
    return heldBytes + 1 + bytes.length <= this.maxLineBytes
  }

  private hold(begun: Begun, bytes: Buffer): void {
    this.held.add(LINE_FEED, false)
    this.held.add(bytes, false)
    begun.heldBytes += 1 + bytes.length
  }
}

function textOf(line: TextLine): string {
  return withoutReturn(line.bytes).toString('utf8')
}

type Unmatched = Exclude<Match, { readonly kind: 'row' }>

function unmatched({ kind, detail }: Unmatched, { bytes, position }: TextLine): Reading {
  return rejected(kind, detail, bytes, position)
}
