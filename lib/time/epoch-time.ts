import type { ReadTime } from './written-time.ts'

/** Powers of ten that a unit is of a second. */
const UNITS = { 'epoch-s': 0, 'epoch-ms': -3, 'epoch-us': -6, 'epoch-ns': -9 } as const
export type EpochForm = keyof typeof UNITS

export function isEpochForm(form: unknown): form is EpochForm {
  return typeof form === 'string' && Object.hasOwn(UNITS, form)
}

/** RFC 8259, 6; the exponent short enough for any time, so that no text costs more than its length. */
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/

/** 0001-01-01 and 10000-01-01 in microseconds. */
const FIRST_MICROS = -62_135_596_800_000_000n
const END_MICROS = 253_402_300_800_000_000n

/**
 * A decimal number of seconds, milliseconds, microseconds or nanoseconds since the epoch. Undefined for no number, and for a
 * year below 1 or above 9999.
 */
export function epochTime(text: string, form: EpochForm): ReadTime | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  // The number of microseconds is digits · 10^-places.
  const places = fraction.length - Number(exponent) - 6 - UNITS[form]
  const digits = whole + fraction
  const end = Math.max(0, digits.length - places)
  const magnitude = BigInt(places > 0 ? digits.slice(0, end) : digits + '0'.repeat(-places))
  const exact = !/[1-9]/.test(digits.slice(end))
  const micros = sign === '' ? magnitude : -magnitude - (exact ? 0n : 1n)
  return micros >= FIRST_MICROS && micros < END_MICROS ? { micros, exact } : undefined
}

/**
 * The unit that a number is of, by its size: below 10^11 seconds (until the year 5138), below 10^14 milliseconds, below
 * 10^17 microseconds, then nanoseconds. So the years 1973 to 5138 are told, in every unit; below 10^8 none is, whatever the
 * number.
 */
export function epochFormOf(text: string): EpochForm | undefined {
  if (!DECIMAL.test(text)) return undefined
  const size = Math.abs(Number(text))
  if (size < 1e8) return undefined
  return size < 1e11 ? 'epoch-s' : size < 1e14 ? 'epoch-ms' : size < 1e17 ? 'epoch-us' : 'epoch-ns'
}
