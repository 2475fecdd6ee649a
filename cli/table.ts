import { stripVTControlCharacters } from 'node:util'

/** `right`: columns of numbers. Cells may hold colours; they take no width. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => width(row[column] ?? ''))))
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const gap = ' '.repeat(Math.max(0, widths[column]! - width(cell)))
        return right.includes(column) ? gap + cell : cell + gap
      })
      .join('  ')
      .trimEnd(),
  )
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length
}
