import { setOwn } from '../set-own.ts'
import { type CellType, cellJson } from './cell.ts'
import type { Position, Reading } from './reading.ts'
import { rejected } from './rejected.ts'

/** One cell for each column. */
export type Cells = readonly (string | null)[]
export type CellTypes = Readonly<Record<string, CellType>>

/** Makes of a row an event with a member for each column, in their order; `text` is what the row was. */
export type RowReader = (cells: Cells, text: Uint8Array, position: Position) => Reading

/** A row that would be longer as JSON than a line may be is rejected as `too_long`. */
export function rowReader(columns: readonly string[], types: CellTypes, maxLineBytes: number): RowReader {
  const typed = columns.map((name) => (Object.hasOwn(types, name) ? types[name] : undefined))
  const starts = columns.map((name, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  return (cells, text, position) => {
    const value: Record<string, unknown> = {}
    let written = ''
    for (let i = 0; i < starts.length; i++) {
      const cell = cells[i] ?? null
      const cellText = cellJson(cell, typed[i])
      written += starts[i]! + cellText
      setOwn(value, columns[i]!, typed[i] === undefined ? cell : JSON.parse(cellText))
    }
    const json = Buffer.from(`${written}}`)
    if (json.length <= maxLineBytes) return { kind: 'event', json, value, position }
    return rejected('too_long', `longer than ${maxLineBytes} bytes as JSON`, text, position)
  }
}
