import { type Piece, PieceKeeper } from './piece-keeper.ts'
import { ValueScanner } from './value-scanner.ts'

/** A record, or a piece of one. */
export interface RecordPiece extends Piece {
  /** Of records, from 1. */
  readonly number: number
  /** The first byte of the record, in the document. */
  readonly start: number
}

/** Why bytes are no such document. */
export interface DocumentFault {
  readonly seen: string
  readonly wanted: string
  /** Where, in the document. */
  readonly offset: number
}

/** What may come next, or the value that is being scanned. */
type State =
  | 'mark'
  | 'value'
  | 'first-key'
  | 'key'
  | 'in-key'
  | 'colon'
  | 'other'
  | 'in-other'
  | 'separator'
  | 'first-record'
  | 'record'
  | 'in-record'
  | 'record-separator'
  | 'end'

const MARK = [0xef, 0xbb, 0xbf]
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Finds the records of a JSON document that comes in blocks: the elements of the array at a path of names, or of the
 * document where the path has none. Objects on the path are checked to their ends; of other values, that texts end and
 * brackets match.
 *
 * Memory: one record of at most `maxBytes`.
 */
export class DocumentWalker {
  private state: State = 'mark'
  /** How many objects on the path are open, and how many names of it were found. */
  private level = 0
  private reached = 0
  /** The value of the key that was just read is on the path. */
  private onPath = false
  private records = 0
  /** Where the record that is scanned begins, in the document. */
  private start = 0
  /** Bytes before the block. */
  private offset = 0
  private readonly scanner = new ValueScanner()
  private readonly keys: PieceKeeper
  private readonly keeper: PieceKeeper
  private readonly path: readonly string[]
  private readonly fault: (fault: DocumentFault) => Error

  constructor(path: readonly string[], maxBytes: number, fault: (fault: DocumentFault) => Error) {
    this.path = path
    this.fault = fault
    // Six bytes write one UTF-16 unit at most: a key in more than one piece is none of the path.
    this.keys = new PieceKeeper(2 + 6 * Math.max(0, ...path.map((name) => name.length)))
    this.keeper = new PieceKeeper(maxBytes)
  }

  /** Adds the records that end in this block, and pieces of longer ones. Throws the error of a fault. */
  push(block: Buffer, out: RecordPiece[]): void {
    let at = 0
    while (at < block.length) {
      const { state } = this
      if (state === 'in-record' || state === 'in-key' || state === 'in-other') at = this.scan(block, at, out)
      else if (state === 'mark') at = this.passMark(block[at]!, at)
      else if (isSpace(block[at]!)) at++
      else at = this.step(block[at]!, at)
    }
    this.offset += block.length
  }

  /** Throws the error of a fault unless the document has ended, with the array in it. */
  end(): void {
    if (this.state !== 'end') throw this.wrong('the end of the content', 'the rest of the document', 0)
    if (this.reached < this.path.length) throw this.wrong('the end of the document', `a list at ${this.place()}`, 0)
  }

  private passMark(byte: number, at: number): number {
    const index = this.offset + at
    const isMark = byte === MARK[index]
    if (!isMark || index === 2) this.state = 'value'
    return isMark ? at + 1 : at
  }

  /** Takes a byte that is no white space, outside of values that are scanned; where to go on. */
  private step(byte: number, at: number): number {
    switch (this.state) {
      case 'value':
        return this.openValue(byte, at)
      case 'first-key':
        return byte === CLOSE_BRACE ? this.closeObject(at) : this.begin('in-key', byte, at)
      case 'key':
        return this.begin('in-key', byte, at)
      case 'colon':
        return this.pass(byte, COLON, this.onPath ? 'value' : 'other', at)
      case 'other':
        return this.begin('in-other', byte, at)
      case 'separator':
        return byte === CLOSE_BRACE ? this.closeObject(at) : this.pass(byte, COMMA, 'key', at)
      case 'first-record':
        return byte === CLOSE_BRACKET ? this.closed(at) : this.begin('in-record', byte, at)
      case 'record':
        return this.begin('in-record', byte, at)
      case 'record-separator':
        return byte === CLOSE_BRACKET ? this.closed(at) : this.pass(byte, COMMA, 'record', at)
      default:
        throw this.wrong(shown(byte), 'nothing after the document', at)
    }
  }

  private openValue(byte: number, at: number): number {
    const isArray = this.level === this.path.length
    const wanted = isArray ? `a list at ${this.place()}` : `an object with ${JSON.stringify(this.path[this.level])}`
    if (byte !== (isArray ? OPEN_BRACKET : OPEN_BRACE)) throw this.wrong(shown(byte), wanted, at)
    if (!isArray) this.level++
    this.state = isArray ? 'first-record' : 'first-key'
    return at + 1
  }

  private closeObject(at: number): number {
    this.level--
    return this.closed(at)
  }

  private closed(at: number): number {
    this.state = this.level === 0 ? 'end' : 'separator'
    return at + 1
  }

  private pass(byte: number, wanted: number, next: State, at: number): number {
    if (byte !== wanted) throw this.wrong(shown(byte), shown(wanted), at)
    this.state = next
    return at + 1
  }

  private begin(state: 'in-key' | 'in-other' | 'in-record', byte: number, at: number): number {
    const wanted = state === 'in-key' ? 'a key' : 'a value'
    if (state === 'in-key' ? byte !== QUOTE : !beginsValue(byte)) throw this.wrong(shown(byte), wanted, at)
    this.scanner.begin(byte)
    this.start = this.offset + at
    if (state === 'in-record') this.records++
    this.state = state
    return at
  }

  private scan(block: Buffer, at: number, out: RecordPiece[]): number {
    const scanned = this.scanner.scan(block, at)
    if (scanned.kind === 'mismatch')
      throw this.wrong(shown(block[scanned.at]!), 'the bracket of the other kind', scanned.at)
    const { at: end } = scanned
    const ended = scanned.kind === 'ended'
    const bytes = block.subarray(at, end)
    if (this.state === 'in-record') {
      for (const piece of this.keeper.add(bytes, ended)) out.push({ ...piece, number: this.records, start: this.start })
      if (ended) this.state = 'record-separator'
    } else if (this.state === 'in-key') this.takeKey(bytes, ended)
    else if (ended) this.state = 'separator'
    return end
  }

  private takeKey(bytes: Buffer, ended: boolean): void {
    const key = this.keys.add(bytes, ended).at(-1)
    if (!ended || key === undefined) return
    const name = this.path[this.level - 1]
    this.onPath = key.part === undefined && name !== undefined && nameOf(key.bytes) === name
    this.state = 'colon'
    if (!this.onPath) return
    if (this.reached >= this.level) throw this.wrong(`${JSON.stringify(name)} twice`, 'it once', 0)
    this.reached = this.level
  }

  private place(): string {
    return this.path.length === 0 ? 'the top' : this.path.map((name) => JSON.stringify(name)).join('.')
  }

  private wrong(seen: string, wanted: string, at: number): Error {
    return this.fault({ seen, wanted, offset: this.offset + at })
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** RFC 8259, 3. */
function beginsValue(byte: number): boolean {
  const char = String.fromCharCode(byte)
  return /[-0-9{["tfn]/.test(char)
}

/** Undefined for a key that is no JSON. */
function nameOf(key: Buffer): unknown {
  try {
    return JSON.parse(key.toString('utf8'))
  } catch {
    return undefined
  }
}

function shown(byte: number): string {
  return byte > 0x20 && byte < 0x7f
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}
