import type { Random } from '../../cli/demo/random.ts'

/*
 * Lines of a flat access log, about 350 bytes each: few levels and services, thousands of paths and users, one id per
 * line, numbers with and without a fraction, fields that most lines lack, and one that comes at noon.
 */

const SERVICES = ['gateway', 'checkout', 'catalogue', 'accounts', 'search', 'payments', 'media', 'mailer'] as const
const METHODS = ['GET', 'GET', 'GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE'] as const
const ROUTES = ['items', 'baskets', 'orders', 'users', 'sessions', 'images', 'invoices'] as const
const COUNTRIES = ['DE', 'FR', 'GB', 'IN', 'JP', 'US', 'US', 'BR', 'NL', 'PL', 'ZA', 'KR'] as const
const BROWSERS = ['Firefox/139.0', 'Chrome/137.0', 'Safari/18.5', 'app/5.2.1'] as const
const SYSTEMS = ['Linux', 'Windows', 'macOS', 'Android', 'iOS'] as const
const MESSAGES = [
  'request served',
  'request served from cache',
  'upstream answered slowly',
  'größe nicht verfügbar',
  'said "no" to a second try',
] as const
const NOON = 12

/** One line without its line end. `ts`: RFC 3339 with microseconds. The hour shifts what is frequent. */
export function flatLine(random: Random, hour: number, ts: string): string {
  const status = statusOf(random, hour)
  const service = random.pick(SERVICES)
  const user = random.chance(0.3) ? 'null' : String(random.int(1, 40_000) + hour * 1_000)
  const duration = random.chance(0.4) ? random.int(1, 900) : random.int(1_000, 9_000_000) / 1_000
  return (
    `{"ts":"${ts}","level":"${levelOf(status)}","service":"${service}","host":"${service}-${random.int(0, 19)}"` +
    `,"trace_id":"${hex(random)}${hex(random)}${hex(random)}${hex(random)}"` +
    `,"method":"${random.pick(METHODS)}","path":"${path(random)}","status":${status},"duration_ms":${duration}` +
    `,"bytes":${random.int(120, 90_000)},"user_id":${user},"country":"${random.pick(COUNTRIES)}"` +
    `,"user_agent":"${random.pick(BROWSERS)} (${random.pick(SYSTEMS)})"` +
    `,"cached":${random.chance(0.35)},"message":${JSON.stringify(random.pick(MESSAGES))}${sometimes(random, hour, status)}}`
  )
}

function statusOf(random: Random, hour: number): number {
  // A bad hour: one in ten fails.
  if (random.chance(hour === 17 ? 0.1 : 0.005)) return random.pick([500, 502, 503])
  return random.pick([200, 200, 200, 200, 200, 200, 201, 204, 304, 404])
}

function levelOf(status: number): string {
  if (status >= 500) return 'error'
  return status === 404 ? 'warn' : 'info'
}

function path(random: Random): string {
  return `/api/v${random.int(1, 3)}/${random.pick(ROUTES)}/${Math.floor(20_000 * random.next() * random.next())}`
}

function sometimes(random: Random, hour: number, status: number): string {
  const region = hour >= NOON ? `,"region":"eu-${random.int(1, 4)}"` : ''
  const error =
    status >= 500 ? `,"error":"upstream ${random.int(1, 60)} refused","retry_after":${random.int(1, 30)}` : ''
  const campaign = random.chance(0.02) ? `,"campaign":"spring-${random.int(1, 40)}"` : ''
  return region + error + campaign
}

/** 32 bits as 8 hex digits. */
function hex(random: Random): string {
  return random
    .int(0, 2 ** 32 - 1)
    .toString(16)
    .padStart(8, '0')
}
