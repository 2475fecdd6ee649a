import { secondsOf } from './timestamp.ts'

/** A time as it was written, in parts. */
export interface WrittenTime {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  /** 60 in a leap second. */
  readonly second: number
  /** The digits after the decimal point, as many as there are. */
  readonly fraction: string
  /** What the clock was ahead of UTC, seconds. */
  readonly offset: number
}

const FIRST_SECOND = -62_135_596_800
const LAST_SECOND = 253_402_300_799

/** A time as it was read. */
export interface ReadTime {
  /** Microseconds since the epoch: the one in which the time lies. No time gets later by it. */
  readonly micros: bigint
  /** Whether the time is the beginning of that microsecond, so that the number is all that there is to it. */
  readonly exact: boolean
}

/**
 * Undefined for what no calendar has, and outside of the years 0001 to 9999 in UTC. A leap second, which can only be the last
 * one of a month in UTC, lies in the last microsecond of the second before, so that it stays in the hour and the day that it
 * was written in.
 */
export function readWritten({
  year,
  month,
  day,
  hour,
  minute,
  second,
  fraction,
  offset,
}: WrittenTime): ReadTime | undefined {
  const leap = second === 60
  const local = secondsOf(year, month, day, hour, minute, leap ? 59 : second)
  if (local === undefined) return undefined
  const seconds = local - offset
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return undefined
  if (leap) return endsMonth(seconds) ? { micros: BigInt(seconds) * 1_000_000n + 999_999n, exact: false } : undefined
  const micros = BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'))
  return { micros, exact: !NOT_ZERO.test(fraction.slice(6)) }
}

const NOT_ZERO = /[1-9]/

function endsMonth(second: number): boolean {
  const next = new Date((second + 1) * 1000)
  return next.getUTCDate() === 1 && (second + 1) % 86_400 === 0
}

/** `Z`, `+01:00`, `+0100` or `+01`, already told to be such, in seconds; undefined where it is no time of day. */
export function offsetSeconds(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(3).replace(':', ''))
  if (hours > 23 || minutes > 59) return undefined
  return (text[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60)
}
