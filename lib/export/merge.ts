import type { RootNode } from '../parquet/read-tree.ts'
import { leavesOfTree } from '../parquet/read-tree.ts'
import { rowHasher } from './digest.ts'
import type { RowBatch } from './row-batch.ts'
import { columnCutter } from './rows/cut-rows.ts'

/** Keys that are told apart in one pass. A table of these takes 96 MiB. */
const KEYS_AT_ONCE = 2 ** 21

/** Rows that can be read more than once, in the same order. */
export interface Rereadable {
  readonly root: RootNode
  batches(): AsyncIterable<RowBatch>
}

/**
 * Of rows with equal keys the last one: later days, hours and lines are newer. `keys` are the same rows as `rows`, in the
 * same order, with their key columns alone; a null is equal to a null. Keys are compared by 128 bits of hash.
 *
 * Memory: 96 MiB, and a bit for each row. The keys are read once for every two million rows of `count`.
 */
export async function* lastOfKeys(
  rows: Rereadable,
  keys: Rereadable,
  count: number,
  keysAtOnce: number = KEYS_AT_ONCE,
): AsyncGenerator<RowBatch> {
  const winners = await findWinners(keys, count, keysAtOnce)
  const leaves = leavesOfTree(rows.root)
  let first = 0
  for await (const batch of rows.batches()) {
    const mask = new Uint8Array(batch.rows)
    let selected = 0
    for (let row = 0; row < batch.rows; row++) {
      mask[row] = bitAt(winners, first + row)
      selected += mask[row]!
    }
    first += batch.rows
    if (selected === batch.rows) yield batch
    else if (selected > 0) {
      const range = { start: 0, end: batch.rows, selected }
      const columns = batch.leaves.map((column, i) => columnCutter(column, leaves[i]!.maxDefinition, mask)(range))
      yield { ...batch, rows: selected, leaves: columns }
    }
  }
}

/** A bit per row: whether no later row has its key. */
async function findWinners(keys: Rereadable, count: number, keysAtOnce: number): Promise<Uint8Array> {
  const winners = new Uint8Array(Math.ceil(count / 8))
  const passes = Math.max(1, Math.ceil(count / keysAtOnce))
  for (let pass = 0; pass < passes; pass++) {
    const table = createTable(2 ** Math.ceil(Math.log2(Math.min(count, keysAtOnce) * 2 + 2)))
    const hashRows = rowHasher(keys.root)
    let row = 0
    for await (const batch of keys.batches()) {
      const lanes = hashRows(batch)
      for (let at = 0; at < lanes.length; at += 4, row++) {
        if ((lanes[at + 3]! >>> 0) % passes !== pass) continue
        const before = table.put(lanes, at, row)
        setBit(winners, row)
        if (before >= 0) clearBit(winners, before)
      }
    }
  }
  return winners
}

/** Keys and the row that had each last. Open addressing. */
function createTable(slots: number) {
  let size = slots
  let used = 0
  let hashes = new Int32Array(size * 4)
  let rows = new Float64Array(size).fill(-1)

  function slotOf(lanes: Int32Array, at: number): number {
    let slot = (lanes[at]! >>> 0) % size
    while (rows[slot]! >= 0 && !isEqual(hashes, slot * 4, lanes, at)) slot = slot + 1 === size ? 0 : slot + 1
    return slot
  }

  /** A pass may have a few keys more than its share. */
  function grow(): void {
    const [oldHashes, oldRows] = [hashes, rows]
    size *= 2
    hashes = new Int32Array(size * 4)
    rows = new Float64Array(size).fill(-1)
    for (let old = 0; old < oldRows.length; old++) {
      if (oldRows[old]! < 0) continue
      const slot = slotOf(oldHashes, old * 4)
      hashes.set(oldHashes.subarray(old * 4, old * 4 + 4), slot * 4)
      rows[slot] = oldRows[old]!
    }
  }

  return {
    /** The row that had the key before; -1 for none. */
    put(lanes: Int32Array, at: number, row: number): number {
      if (used * 4 > size * 3) grow()
      const slot = slotOf(lanes, at)
      const before = rows[slot]!
      if (before < 0) {
        used++
        hashes.set(lanes.subarray(at, at + 4), slot * 4)
      }
      rows[slot] = row
      return before
    },
  }
}

function isEqual(a: Int32Array, atA: number, b: Int32Array, atB: number): boolean {
  return a[atA] === b[atB] && a[atA + 1] === b[atB + 1] && a[atA + 2] === b[atB + 2] && a[atA + 3] === b[atB + 3]
}

function bitAt(bits: Uint8Array, index: number): number {
  return (bits[index >>> 3]! >>> (index & 7)) & 1
}

function setBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! |= 1 << (index & 7)
}

function clearBit(bits: Uint8Array, index: number): void {
  bits[index >>> 3]! &= ~(1 << (index & 7))
}
