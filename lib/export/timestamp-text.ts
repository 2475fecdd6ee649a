import type { ByteBuffer } from './byte-buffer.ts'
import { writePadded } from './number-text.ts'

const WORD = 2 ** 32
const MICROS_PER_DAY = 86_400_000_000
/** Days from 0000-03-01 to 1970-01-01 in the proleptic Gregorian calendar, and in 400 years of it. */
const EPOCH_DAY = 719_468
const DAYS_PER_ERA = 146_097

/**
 * Writes microseconds since the epoch as `2025-03-14T01:02:03.000004Z`. A year outside of 0000 to 9999 has a sign and six
 * digits (ECMA-262, "Expanded Years"): int64 reaches from −290308 to 294247. Keeps the text of the last day, which times mostly share.
 */
export class TimestampText {
  private day = Number.NaN
  /** `2025-03-14T`. */
  private date: Uint8Array = new Uint8Array(0)

  write(out: ByteBuffer, low: number, high: number): void {
    const micros = high * WORD + (low >>> 0)
    if (!Number.isSafeInteger(micros)) return this.writeWide(out, (BigInt(high) << 32n) | BigInt(low >>> 0))
    const day = Math.floor(micros / MICROS_PER_DAY)
    this.writeTime(out, day, micros - day * MICROS_PER_DAY)
  }

  private writeWide(out: ByteBuffer, micros: bigint): void {
    const perDay = BigInt(MICROS_PER_DAY)
    const rest = ((micros % perDay) + perDay) % perDay
    this.writeTime(out, Number((micros - rest) / perDay), Number(rest))
  }

  private writeTime(out: ByteBuffer, day: number, micros: number): void {
    if (day !== this.day) {
      this.date = Buffer.from(dateText(day))
      this.day = day
    }
    out.append(this.date)
    out.reserve(16)
    const { bytes, length } = out
    const seconds = Math.floor(micros / 1_000_000)
    const minutes = (seconds / 60) | 0
    const hours = (minutes / 60) | 0
    writePadded(bytes, length, hours, 2)
    bytes[length + 2] = 0x3a
    writePadded(bytes, length + 3, minutes - hours * 60, 2)
    bytes[length + 5] = 0x3a
    writePadded(bytes, length + 6, seconds - minutes * 60, 2)
    bytes[length + 8] = 0x2e
    writePadded(bytes, length + 9, micros - seconds * 1_000_000, 6)
    bytes[length + 15] = 0x5a
    out.length = length + 16
  }
}

/** The date so many days after 1970-01-01, and its `T`. Years begin in March here, so that a leap day is the last of its year. */
export function dateText(day: number): string {
  const days = day + EPOCH_DAY
  const era = Math.floor(days / DAYS_PER_ERA)
  const dayOfEra = days - era * DAYS_PER_ERA
  const leapDays = Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096)
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365)
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  // 153 days are in March to July, and in August to December.
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${yearText(year)}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}T`
}

function yearText(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0')
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`
}
