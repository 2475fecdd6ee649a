import { setOwn } from '../set-own.ts'
import { type CellType, cellJson } from './cell.ts'
import type { Position, Reading, RejectReason } from './reading.ts'
import { rejected } from './rejected.ts'
import { shown } from './shown.ts'

/** One cell for each column. */
export type Cells = readonly (string | null)[]
/** Of the columns that are no strings, or are said to be some. */
export type CellTypes = Readonly<Record<string, CellType>>

/** Makes of a row an event with a member for each column, in their order; `text` is what the row was. */
export type RowReader = (cells: Cells, text: Uint8Array, position: Position) => Reading

export interface RowColumns {
  readonly names: readonly string[]
  readonly types: CellTypes
  /** Why a row with a cell that is none of its column's type is rejected. */
  readonly misfit: Extract<RejectReason, 'type' | 'ambiguous'>
  /** How many of the first columns are no fields of the row. */
  readonly made: number
}

/** A row that would be longer as JSON than a line may be is rejected as `too_long`. */
export function rowReader({ names, types, misfit, made }: RowColumns, maxLineBytes: number): RowReader {
  const typed = names.map((name) => typeOf(types, name))
  const starts = names.map((name, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  return (cells, text, position) => {
    const value: Record<string, unknown> = {}
    let written = ''
    for (let i = 0; i < starts.length; i++) {
      const cell = cells[i] ?? null
      const cellText = cellJson(cell, typed[i]!)
      if (cellText === undefined) {
        const detail = `the column ${JSON.stringify(names[i])}, field ${i + 1 - made}: ${shown(cell!)} is no ${typed[i]}`
        return rejected(misfit, detail, text, position)
      }
      written += starts[i]! + cellText
      setOwn(value, names[i]!, typed[i] === 'string' ? cell : JSON.parse(cellText))
    }
    const json = Buffer.from(`${written}}`)
    if (json.length <= maxLineBytes) return { kind: 'event', json, value, position }
    return rejected('too_long', `longer than ${maxLineBytes} bytes as JSON`, text, position)
  }
}

export function typeOf(types: CellTypes, name: string): CellType {
  return Object.hasOwn(types, name) ? types[name]! : 'string'
}
