/** A row group closes once its lines reach so many bytes, or its columns this many level entries … */
const MAX_ENTRIES = 8 * 2 ** 20
/** … looked at every 64 rows, and after a row whose absent values caused many. */
export const ENTRIES_CHECK_ROWS = 64
/** What 64 rows may cause then is half a row group. */
export const MAX_UNSEEN_FILL = 2 ** 16

/** How full the present row group is. */
export class RowGroupFill {
  rows = 0
  /** Of the lines, their ends not included. */
  bytes = 0
  /** Level entries that absent values caused in the last row. */
  private lastFill = 0
  private readonly maxBytes: number

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Bytes of lines until it is full. */
  get room(): number {
    return this.maxBytes - this.bytes
  }

  /** @param fill level entries that absent values caused in the last of the rows */
  add(rows: number, fill: number): void {
    this.rows += rows
    this.lastFill = fill
  }

  clear(): void {
    this.rows = 0
    this.bytes = 0
  }

  /** @param entries level entries of all columns, which take a look at each */
  isFull(entries: () => number): boolean {
    if (this.rows === 0) return false
    if (this.bytes >= this.maxBytes) return true
    if (this.rows % ENTRIES_CHECK_ROWS !== 0 && this.lastFill <= MAX_UNSEEN_FILL) return false
    return hasManyEntries(entries())
  }
}

export function hasManyEntries(entries: number): boolean {
  return entries >= MAX_ENTRIES
}
