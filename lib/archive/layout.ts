import { DaysealError } from '../errors.ts'
import { HOURS, isDate } from './guards.ts'

/** How an archive's keys name the day and the hour, parsed from a template such as `{yyyy}{MM}{dd}/{HH}.jsonl.gz`. */
export interface Layout {
  readonly template: string
  /** Whether an hour may have several objects: the template has a `*`. */
  readonly multiple: boolean
  /** What every key of the archive starts with: the template up to its first token or `*`. */
  readonly prefix: string
  /** The longest text that every key of a day starts with: the template up to its first `{HH}` or `*`. */
  dayPrefix(date: string): string
  /** The day as the keys write it: `20150912`, `2015/09/12`. */
  archiveDay(date: string): string
  /** The day (`YYYY-MM-DD`) and the hour ("00" to "23") that a key names; undefined when it names none, or several. */
  match(key: string): ArchiveHour | undefined
  /** The key of an hour's object: `name` in the place of the one `*`. Throws `usage` for a template with none, or several. */
  keyOf(date: string, hour: string, name: string): string
}

export interface ArchiveHour {
  readonly date: string
  readonly hour: string
}

type Token = 'yyyy' | 'MM' | 'dd' | 'HH'

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'token'; readonly token: Token }
  | { readonly kind: 'star' }

const WIDTH: Readonly<Record<Token, number>> = { yyyy: 4, MM: 2, dd: 2, HH: 2 }

/** The endings that stand for one another: a template that ends in one accepts them all. */
const ENDINGS: readonly string[] = ['.jsonl', '.ndjson', '.json'].flatMap((plain) => [
  `${plain}.gz`,
  `${plain}.zst`,
  plain,
])
/** What Firehose adds to its own names when it compresses. Understood where the template ends in `*`. */
const BARE_ENDINGS: readonly string[] = ['.gz', '.zst']
const SOME_ENDING = /\.[A-Za-z0-9]{1,10}$/

/**
 * Reads a layout template. Tokens are `{yyyy}` `{MM}` `{dd}` `{HH}`, all needed, each as often as wanted (a key must
 * then say the same each time); `*` is any run of characters but `/`, none included; at the start of a name it does not
 * cover a dot, so that `.DS_Store` and its like are not taken for logs.
 *
 * A template that ends in `.jsonl`, `.ndjson` or `.json`, alone or with `.gz` or `.zst`, accepts all nine endings in its
 * place. One that ends in `*` accepts keys with one of these, with a bare `.gz` or `.zst`, or with no ending at all, as
 * Firehose writes them; the codec is told from the content. Throws `usage`.
 */
export function parseLayout(template: string): Layout {
  const ending = ENDINGS.find((known) => template.endsWith(known))
  const pieces = parsePieces(template, ending === undefined ? template : template.slice(0, -ending.length))
  refuseBadParts(template)
  const accepts = (key: string): string | undefined => {
    const stem = stemOf(key)
    if (stem === '' || stem.endsWith('/')) return undefined
    if (ending !== undefined) return ENDINGS.some((known) => key.endsWith(known)) ? stem : undefined
    return pieces.at(-1)?.kind === 'star' && stem === key && SOME_ENDING.test(key) ? undefined : key
  }
  return {
    template,
    multiple: pieces.some((piece) => piece.kind === 'star'),
    prefix: render(
      before(pieces, (piece) => piece.kind !== 'text'),
      '',
    ),
    dayPrefix: (date) => render(before(pieces, isHourOrStar), date),
    archiveDay: (date) => render(dayStretch(pieces), date),
    match: (key) => {
      const stem = accepts(key)
      return stem === undefined ? undefined : onlyReading(pieces, stem)
    },
    keyOf: (date, hour, name) => {
      const stars = pieces.filter((piece) => piece.kind === 'star').length
      if (stars !== 1) throw badLayout(template, `${stars} of *`, 'one * to stand for a name')
      return `${render(pieces, date, hour, name)}${ending ?? ''}`
    },
  }
}

/** A key without its known ending: what two objects of an archive may not share (`05` of `05.jsonl` and `05.jsonl.gz`). */
export function stemOf(key: string): string {
  const ending = [...ENDINGS, ...BARE_ENDINGS].find((known) => key.endsWith(known))
  return ending === undefined ? key : key.slice(0, -ending.length)
}

function parsePieces(template: string, stem: string): readonly Piece[] {
  const pieces = [...stem.matchAll(/\{([^{}]*)\}|\*+|[^{}*]+|[{}]/g)].map(([text, token]): Piece => {
    if (text === '*') return { kind: 'star' }
    if (isToken(token)) return { kind: 'token', token }
    if (text.startsWith('*')) throw badLayout(template, text, 'a single `*` (it never crosses a `/`)')
    if (/[{}]/.test(text)) throw badLayout(template, text, 'one of {yyyy} {MM} {dd} {HH}')
    return { kind: 'text', text }
  })
  const missing = (['yyyy', 'MM', 'dd', 'HH'] as const).filter((token) => !hasToken(pieces, token))
  if (missing.length > 0) {
    throw badLayout(template, `no ${missing.map((token) => `{${token}}`).join(' ')}`, 'all of {yyyy} {MM} {dd} {HH}')
  }
  return pieces
}

function refuseBadParts(template: string): void {
  const bad = template.split('/').find((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))
  if (bad === undefined) return
  throw badLayout(template, JSON.stringify(bad), 'a name between the slashes, and none at the start or the end')
}

function badLayout(template: string, seen: string, wanted: string): DaysealError {
  return new DaysealError('usage', `the layout ${JSON.stringify(template)} cannot be used`, { seen, wanted })
}

function isToken(text: string | undefined): text is Token {
  return text !== undefined && Object.hasOwn(WIDTH, text)
}

function hasToken(pieces: readonly Piece[], token: Token): boolean {
  return pieces.some((piece) => piece.kind === 'token' && piece.token === token)
}

function isHourOrStar(piece: Piece): boolean {
  return piece.kind === 'star' || (piece.kind === 'token' && piece.token === 'HH')
}

function before(pieces: readonly Piece[], stop: (piece: Piece) => boolean): readonly Piece[] {
  const index = pieces.findIndex(stop)
  return index < 0 ? pieces : pieces.slice(0, index)
}

/** The first stretch with the whole day and no `{HH}` or `*` in it; where there is none, the first with the whole day. */
function dayStretch(pieces: readonly Piece[]): readonly Piece[] {
  const tokens = [...pieces.keys()].filter((index) => isDayToken(pieces[index]!))
  const stretches = tokens.flatMap((start) => {
    const end = tokens.find((index) => index >= start && wholeDay(pieces.slice(start, index + 1)))
    return end === undefined ? [] : [pieces.slice(start, end + 1)]
  })
  return stretches.find((stretch) => !stretch.some(isHourOrStar)) ?? stretches[0]!
}

function isDayToken(piece: Piece): boolean {
  return piece.kind === 'token' && piece.token !== 'HH'
}

function wholeDay(pieces: readonly Piece[]): boolean {
  return (['yyyy', 'MM', 'dd'] as const).every((token) => hasToken(pieces, token))
}

/** `{HH}` and `*` stay as they are, unless they are given: a day has many of them. */
function render(pieces: readonly Piece[], date: string, hour = '{HH}', name = '*'): string {
  const [yyyy = '', MM = '', dd = ''] = date.split('-')
  const written: Readonly<Record<Token, string>> = { yyyy, MM, dd, HH: hour }
  return pieces
    .map((piece) => (piece.kind === 'text' ? piece.text : piece.kind === 'token' ? written[piece.token] : name))
    .join('')
}

interface Reading {
  /** Where the key's unread rest starts. */
  readonly at: number
  readonly values: Readonly<Partial<Record<Token, string>>>
}

/** A `*` may leave a choice of what the tokens after it are. All readings are followed; they must agree. */
function onlyReading(pieces: readonly Piece[], key: string): ArchiveHour | undefined {
  let readings: readonly Reading[] = [{ at: 0, values: {} }]
  for (const [index, piece] of pieces.entries()) {
    readings = readings.flatMap((reading) => advance(reading, piece, pieces[index + 1], key))
    if (readings.length > 1) readings = distinct(readings)
  }
  const hours = new Map<string, ArchiveHour>()
  for (const { at, values } of readings) {
    const hour = at === key.length ? realHour(values) : undefined
    if (hour !== undefined) hours.set(`${hour.date} ${hour.hour}`, hour)
  }
  return hours.size === 1 ? hours.values().next().value : undefined
}

function advance(reading: Reading, piece: Piece, next: Piece | undefined, key: string): readonly Reading[] {
  const { at, values } = reading
  if (piece.kind === 'text') return key.startsWith(piece.text, at) ? [{ at: at + piece.text.length, values }] : []
  if (piece.kind === 'star') return starEnds(key, at, next).map((end) => ({ at: end, values }))
  const text = key.slice(at, at + WIDTH[piece.token])
  const known = values[piece.token]
  if (text.length < WIDTH[piece.token] || !/^\d+$/.test(text) || (known !== undefined && known !== text)) return []
  return [{ at: at + text.length, values: { ...values, [piece.token]: text } }]
}

/** Where a `*` that starts at `at` may end, looking one piece ahead. */
function starEnds(key: string, at: number, next: Piece | undefined): readonly number[] {
  const slash = key.indexOf('/', at)
  const limit = slash < 0 ? key.length : slash
  const hidden = key[at] === '.' && (at === 0 || key[at - 1] === '/')
  if (hidden) return [at]
  if (next === undefined) return limit === key.length ? [limit] : []
  const ends = Array.from({ length: limit - at + 1 }, (_, index) => at + index)
  return next.kind === 'text' ? ends.filter((end) => key.startsWith(next.text, end)) : ends
}

function distinct(readings: readonly Reading[]): readonly Reading[] {
  const byState = readings.map((reading): [string, Reading] => [
    `${reading.at} ${reading.values.yyyy} ${reading.values.MM} ${reading.values.dd} ${reading.values.HH}`,
    reading,
  ])
  return [...new Map(byState).values()]
}

function realHour(values: Reading['values']): ArchiveHour | undefined {
  const date = `${values.yyyy}-${values.MM}-${values.dd}`
  const hour = values.HH ?? ''
  return isDate(date) && HOURS.includes(hour) ? { date, hour } : undefined
}
