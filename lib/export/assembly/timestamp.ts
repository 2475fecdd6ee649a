import { writePadded } from './number'

/** Writes the date of a day, counted from 1970-01-01, with its `T`, to `at`. Returns its length, at most 14. */
@external('js', 'writeDate')
declare function writeDate(at: usize, day: i32): i32

const MICROS_PER_DAY: i64 = 86_400_000_000

/** The text of the last day, which times mostly share. No timestamp is on this one. */
let lastDay: i32 = i32.MIN_VALUE
const dateText: usize = memory.data(32, 16)
let dateLength: i32 = 0

/** The same as lib/export/timestamp-text.ts writes. */
export function writeTimestamp(at: usize, micros: i64): usize {
  let rest = micros % MICROS_PER_DAY
  if (rest < 0) rest += MICROS_PER_DAY
  const day = <i32>((micros - rest) / MICROS_PER_DAY)
  if (day != lastDay) {
    dateLength = writeDate(dateText, day)
    lastDay = day
  }
  v128.store(at, v128.load(dateText))
  const time = at + dateLength
  const seconds = <u32>(rest / 1_000_000)
  const minutes = seconds / 60
  const hours = minutes / 60
  writePadded(time, hours, 2)
  store<u8>(time + 2, 0x3a)
  writePadded(time + 3, minutes - hours * 60, 2)
  store<u8>(time + 5, 0x3a)
  writePadded(time + 6, seconds - minutes * 60, 2)
  store<u8>(time + 8, 0x2e)
  writePadded(time + 9, <u32>(rest - <i64>seconds * 1_000_000), 6)
  store<u8>(time + 15, 0x5a)
  return time + 16
}
