import type { Random } from '../../cli/demo/random.ts'

/*
 * One hour of a market, which every snapshot of it looks at: when it was sampled, and how each symbol's price moved.
 * As in recorded data, sampling times are the same for all symbols, prices move by ticks, and what is computed from them
 * (mid, spread) has up to 17 digits.
 */

export interface Sample {
  readonly ts: string
  readonly mid: number
  readonly bid: number
  readonly ask: number
  readonly spread_bps: number
}

export interface Market {
  /** Milliseconds since the epoch, and microseconds within them. */
  readonly times: readonly string[]
  readonly symbols: readonly string[]
}

const SAMPLES = 780
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** `start`: milliseconds since the epoch. `symbols`: how many. */
export function marketHour(random: Random, start: number, symbols: number): Market {
  let at = start
  const times = Array.from({ length: SAMPLES }, () => {
    at += random.int(8_500, 11_500)
    return isoMicros(at, random.int(0, 999), '+00:00')
  })
  return { times, symbols: Array.from({ length: symbols }, (_, i) => symbolName(i)) }
}

/** RFC 3339 with microseconds. */
export function isoMicros(milliseconds: number, micros: number, zone: string): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}${zone}`
}

/** About 750 samples of one symbol, from a window of the hour's sampling times. */
export function priceSamples(random: Random, { times }: Market): Sample[] {
  const first = random.int(0, 30)
  const tick = random.pick([0.00001, 0.0001, 0.01, 0.1])
  const decimals = Math.round(-Math.log10(tick))
  const spread = random.int(1, 5)
  let ticks = random.int(2_000, 90_000)
  return times.slice(first, times.length - random.int(0, 30)).map((ts) => {
    if (random.chance(0.4)) ticks = Math.max(100, ticks + random.int(-2, 2))
    const bid = Number((ticks * tick).toFixed(decimals))
    const ask = Number(((ticks + spread + (random.chance(0.3) ? random.int(0, 2) : 0)) * tick).toFixed(decimals))
    const mid = (bid + ask) / 2
    return { ts, mid, bid, ask, spread_bps: ((ask - bid) / mid) * 10_000 }
  })
}

/** `AAAUSD`, `AABUSD`, … */
function symbolName(index: number): string {
  const letter = (place: number) => LETTERS[Math.floor(index / 26 ** place) % 26]!
  return `${letter(2)}${letter(1)}${letter(0)}USD`
}
