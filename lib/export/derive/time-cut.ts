import type { TimeUnit } from './group-plan.ts'

type Moment = number | bigint

const MICROS_PER_MILLI = 1_000
const MINUTE = 60_000_000
const DAY = 1_440 * MINUTE
const LENGTHS = { minute: MINUTE, hour: 60 * MINUTE, day: DAY } as const

/** Cuts moments, microseconds since the epoch, to the beginning of their minute, hour, day or month in UTC. */
export function timeCut(unit: TimeUnit): (micros: Moment) => Moment {
  if (unit !== 'month') return (micros) => floorTo(micros, LENGTHS[unit])
  const months = new Map<Moment, Moment>()
  return (micros) => {
    const day = floorTo(micros, DAY)
    const known = months.get(day)
    if (known !== undefined) return known
    const month = monthOf(day)
    months.set(day, month)
    return month
  }
}

function floorTo(micros: Moment, length: number): Moment {
  if (typeof micros === 'number') return Math.floor(micros / length) * length
  const wide = BigInt(length)
  return normal(micros - (((micros % wide) + wide) % wide))
}

function monthOf(day: Moment): Moment {
  const date = new Date(Number(BigInt(day) / BigInt(MICROS_PER_MILLI)))
  date.setUTCDate(1)
  return normal(BigInt(date.getTime()) * BigInt(MICROS_PER_MILLI))
}

function normal(micros: bigint): Moment {
  const number = Number(micros)
  return Number.isSafeInteger(number) ? number : micros
}
