import { type Line, piecesOf, type Styled, widthOf } from './line.ts'

export type Cell = string | Styled

/** `right`: columns of numbers. */
export function table(rows: readonly (readonly Cell[])[], right: readonly number[] = []): readonly Line[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))))
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => widthOf(cell) > 0)
    return row.slice(0, last + 1).flatMap((cell, column) => {
      const gap = ' '.repeat(Math.max(0, widths[column]! - widthOf(cell)))
      const between = column === last ? '' : '  '
      return right.includes(column)
        ? [gap, ...piecesOf(cell), between]
        : [...piecesOf(cell), column === last ? '' : gap, between]
    })
  })
}

/** The same as text, for output that is not a terminal. */
export function textTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  return table(rows, right).map((line) => piecesOf(line).join(''))
}
