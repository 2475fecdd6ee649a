/*
 * What a leaf column is in memory. lib/shred/assembly/column.ts makes and fills it, dictionary.ts its byte strings.
 */

export const BOOLEAN: i32 = 0
export const INT64: i32 = 1
export const DOUBLE: i32 = 2
export const BYTE_ARRAY: i32 = 3

@unmanaged
export class Column {
  /** Negative: levels alone. */
  physical: i32
  maxDefinition: i32
  entries: i32
  /** Entries that begin a row. */
  rows: i32
  /** Values. */
  count: i32
  levelCapacity: i32
  definition: usize
  /** 0 where the maximum is 0. */
  repetition: usize
  /** u8, i64, f64, or the u32 numbers of dictionary entries. */
  values: usize
  valueCapacity: i32
  /** Distinct byte strings in order of first use: entry i is bytes[offsets[i] … offsets[i + 1]). */
  dictionaryCount: i32
  bytes: usize
  byteCapacity: i32
  offsetCapacity: i32
  offsets: usize
  /** An entry's number and its hash side by side, or NONE twice; at most half of them are taken. */
  slots: usize
  slotMask: i32
  /** 0 once an entry was added without a look: from then on nothing can be found any more. */
  distinct: i32
  /** Whether the dictionary may hold what no value uses any more. */
  rolledBack: i32
  /** Of a map's keys: per entry the object that had it last. */
  stamps: usize
  stampCapacity: i32
  /** The column that was made before this one. */
  before: usize
}
