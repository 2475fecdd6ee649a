import type { Random } from '../../cli/demo/random.ts'
import { isoMicros, type Market, priceSamples } from './market.ts'

/*
 * Snapshots of a market, about 95 kB each: a list of about 750 structs, a dozen structs, maps of which the keys are data,
 * blocks that are null in most rows, objects that are always empty, and fields that come late or seldom.
 */

const TERMS = ['long', 'bull', 'breakout', 'dip', 'moon', 'support', 'volume', 'short', 'bear', 'squeeze'] as const
const CONFIG = { horizon_hours: 24, min_posts: 5, silence_hours: 24 } as const
const NOON = 12
const ACTORS = 6_000

/** One line without its line end. `row`: its number in the hour. `at`: milliseconds since the epoch. */
export function nestedLine(random: Random, market: Market, hour: number, row: number, at: number): string {
  const symbol = market.symbols[row % market.symbols.length]!
  const prices = priceSamples(random, market)
  const { mid, bid, ask, spread_bps } = prices.at(-1)!
  return JSON.stringify({
    symbol,
    snapshot_ts: new Date(at).toISOString(),
    meta: meta(random, hour, at, prices.length),
    spot: { mid, bid, ask, spread_bps, ...depths(random) },
    futures: random.chance(0.6)
      ? null
      : { funding: ratio(random) / 1e4, open_interest: random.int(1e3, 1e9), ...depths(random) },
    derived: { imbalance: signed(random), skew: random.chance(0.5) ? 0 : signed(random), flow: 100 * ratio(random) },
    norm: {},
    scores: scores(random),
    flags: { spot_ok: true, futures_ok: random.chance(0.4), stale: random.chance(0.1), bonus: ratio(random) },
    diag: {
      builder: 'b1.4',
      build_ms: random.int(1, 90) / 100,
      ...(random.chance(0.03) ? { retries: random.int(1, 4) } : {}),
    },
    labels: {},
    posts: { last_cycle: posts(random, 6, at), last_two_cycles: posts(random, 14, at) },
    prices,
  })
}

function meta(random: Random, hour: number, at: number, samples: number) {
  return {
    schema_version: 7,
    source: 'spot+futures',
    page: random.int(0, 4),
    session: `${random.int(0, 2 ** 31).toString(16)}-${hour}`,
    added_ts: isoMicros(at, random.int(0, 999), 'Z'),
    expires_ts: isoMicros(at + 7_200_000, random.int(0, 999), '+00:00'),
    duration_sec: random.int(7_000_000_000, 7_600_000_000) / 1e6,
    sample_count: samples,
    // The field that comes at noon.
    ...(hour >= NOON ? { origin: { region: `eu-${random.int(1, 3)}`, zone: random.int(1, 9) } } : {}),
  }
}

function depths(random: Random) {
  return {
    depth_5bps: random.next() * 20_000,
    depth_10bps: random.next() * 50_000,
    depth_25bps: random.next() * 90_000,
    taker_ratio: random.chance(0.4) ? 0.5 : ratio(random),
    volume_24h: random.next() * 5e6,
  }
}

function scores(random: Random) {
  return {
    final: 100 * ratio(random),
    momentum: random.int(0, 100_000) / 1_000,
    volatility: 100 * ratio(random),
    strength: 100 * ratio(random),
    liquidity: 100 * ratio(random),
    spread: 100 * ratio(random),
    compression: 50,
  }
}

function posts(random: Random, mean: number, at: number) {
  const total = random.int(0, mean * 2)
  return {
    total,
    sentiment: { scale: '-1 to 1', score: total === 0 ? null : random.int(-9_999, 9_999) / 10_000 },
    top_terms: { positive: terms(random, total), negative: terms(random, total >> 2), spam: [] },
    engagement: {
      likes: random.int(0, 400),
      replies: random.int(0, 40),
      views: random.chance(0.8) ? null : random.int(0, 1e6),
    },
    tag_counts: counts(random, 'tag', total),
    mention_counts: counts(random, 'user', total),
    latest_at: total === 0 ? null : new Date(at - random.int(0, 3_600_000)).toISOString(),
    is_silent: total === 0,
    model:
      total < 5
        ? null
        : {
            name: 'm8',
            scored: total,
            mean: ratio(random),
            std: ratio(random),
            sources: { primary: total, referee: 0 },
          },
    config: CONFIG,
  }
}

function terms(random: Random, most: number): string[] {
  return Array.from({ length: Math.min(4, random.int(0, most)) }, () => random.pick(TERMS))
}

/** An object whose keys are data: few of thousands, low numbers more often than high ones. */
function counts(random: Random, prefix: string, most: number): Record<string, number> {
  const name = () => `${prefix}_${Math.floor(ACTORS * random.next() * random.next())}`
  return Object.fromEntries(Array.from({ length: random.int(0, most) }, () => [name(), random.int(1, 9)]))
}

/** In [0, 1), with as many digits as a quotient has. */
function ratio(random: Random): number {
  return random.int(0, 1e6) / 1_000_003
}

function signed(random: Random): number {
  return 2 * ratio(random) - 1
}
