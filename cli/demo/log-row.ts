import type { Random } from './random.ts'

const SERVICES = ['checkout', 'catalogue', 'accounts', 'search'] as const
const EVENTS = ['page.viewed', 'basket.changed', 'order.placed', 'payment.taken', 'login'] as const
const COUNTRIES = ['DE', 'FR', 'GB', 'IN', 'JP', 'US', 'BR'] as const
const AGENTS = ['Firefox/139', 'Chrome/137', 'Safari/18', 'curl/8.9'] as const
const SPANS = ['db', 'cache', 'auth', 'render', 'queue'] as const

/** The items of the shop: the keys of `items`, of which a row has few and the day has hundreds. */
const ITEM_COUNT = 420

/** One line of the application log, without its line end. `withGeo`: the nested field that appears at noon. */
export function logLine(random: Random, ts: string, withGeo: boolean): string {
  // Beyond 2^53, so that a reader that goes through doubles is found out. Written by hand: JSON.stringify has no such number.
  const account = 9_007_199_254_740_993n + BigInt(random.int(0, 9_999)) * 2n
  const head = `{"ts":${JSON.stringify(ts)},"account_id":${account}`
  return `${head},${JSON.stringify(rest(random, withGeo)).slice(1)}`
}

function rest(random: Random, withGeo: boolean) {
  const status = random.pick([200, 200, 200, 200, 200, 201, 304, 404, 500])
  return {
    level: status === 500 ? 'error' : status === 404 ? 'warn' : 'info',
    service: random.pick(SERVICES),
    event: random.pick(EVENTS),
    request: {
      id: random
        .int(0, 2 ** 32 - 1)
        .toString(16)
        .padStart(8, '0'),
      path: random.pick(['/', '/basket', '/search?q=tea', '/order', '/größe']),
      status,
      // Whole milliseconds from some servers, fractions from others: one column of doubles.
      duration_ms: random.chance(0.5) ? random.int(1, 900) : random.int(1_000, 900_000) / 1_000,
      client: {
        country: random.pick(COUNTRIES),
        agent: random.pick(AGENTS),
        ...(withGeo ? { geo: { lat: random.int(-900, 900) / 10, lon: random.int(-1800, 1800) / 10 } } : {}),
      },
    },
    user: random.chance(0.3) ? null : { name: `user-${random.int(1, 2_000)}`, beta: random.chance(0.1) },
    spans: Array.from({ length: random.int(0, 4) }, () => span(random)),
    items: Object.fromEntries(Array.from({ length: random.int(0, 3) }, () => [item(random), random.int(1, 5)])),
    labels: {},
    notes: [],
  }
}

function span(random: Random) {
  const name = random.pick(SPANS)
  return { name, ms: random.int(1, 50_000) / 1_000, ...(name === 'db' ? { rows: random.int(0, 200) } : {}) }
}

/** Low numbers more often than high ones, as in any shop. */
function item(random: Random): string {
  return `item-${String(Math.floor(ITEM_COUNT * random.next() * random.next())).padStart(3, '0')}`
}
