/* Where a page ends: at the first row at or beyond so many values or entries. */

let rows: i32 = 0
let values: i32 = 0

/** After `endOfPage`: the rows that begin in the page, and its values. */
export function rowsOfPage(): i32 {
  return rows
}

export function valuesOfPage(): i32 {
  return values
}

/**
 * The end of the page that begins at entry `start` of the levels, which have a byte each; `repetition` is 0 where every
 * entry is a row. At least one row, whatever its size.
 */
export function endOfPage(
  definition: usize,
  repetition: usize,
  entries: i32,
  start: i32,
  maxDefinition: i32,
  valueRoom: i32,
  entryRoom: i32,
): i32 {
  const present = i8x16.splat(<i8>maxDefinition)
  const zero = i8x16.splat(0)
  const last = min(entries, start + entryRoom) - 16
  let entry = start
  rows = 0
  values = 0
  while (entry < entries) {
    // Nothing can end within these 16.
    if (entry <= last && values + 16 <= valueRoom) {
      rows += repetition == 0 ? 16 : popcnt(i8x16.bitmask(i8x16.eq(v128.load(repetition + entry), zero)))
      values += popcnt(i8x16.bitmask(i8x16.eq(v128.load(definition + entry), present)))
      entry += 16
      continue
    }
    if (repetition == 0 || load<u8>(repetition + entry) == 0) {
      if ((values >= valueRoom || entry - start >= entryRoom) && rows > 0) break
      rows++
    }
    if (<i32>load<u8>(definition + entry) == maxDefinition) values++
    entry++
  }
  return entry
}
