import { DaysealError } from '../../errors.ts'
import { formatMicros } from '../../time/timestamp.ts'

const MICROS_PER_HOUR = 3_600_000_000n
/** The years 0001 to 9999. */
const FIRST_MICROS = -62_135_596_800_000_000n
const END_MICROS = 253_402_300_800_000_000n

const MAX_BYTES = 255
/** Elasticsearch, "Create index API": what a name must not have, and the colon, which it keeps for clusters. */
const FORBIDDEN = /[\\/*?"<>|,#:\s\p{Cc}]/u

const PLACEHOLDER = /\{([^{}]*)\}/g
const TIME_PARTS = new Set(['yyyy', 'MM', 'dd', 'HH'])

/** The names of indexes by the hours of their rows. */
export interface IndexNames {
  /** Whether the name tells days, hours apart. */
  readonly byTime: boolean
  readonly byHour: boolean
  /** @param micros since the epoch; not looked at unless `byTime` */
  nameAt(micros: bigint): string
}

/**
 * @param pattern may contain {dataset}, {yyyy}, {MM}, {dd}, {HH}
 * @throws DaysealError `usage` for any other placeholder, and where the names would be none for Elasticsearch
 */
export function indexNames(pattern: string, dataset: string): IndexNames {
  const parts = [...pattern.matchAll(PLACEHOLDER)].map(([, part]) => part!)
  const strange = parts.find((part) => part !== 'dataset' && !TIME_PARTS.has(part))
  if (strange !== undefined) {
    throw new DaysealError('usage', `index: ${JSON.stringify(pattern)} has a placeholder that means nothing`, {
      seen: `{${strange}}`,
      wanted: '{dataset}, {yyyy}, {MM}, {dd} or {HH}',
    })
  }
  const nameAt = (time: string) => filled(pattern, dataset, time)
  const example = nameAt('2025-03-14T00')
  assertName(example)
  const byTime = parts.some((part) => TIME_PARTS.has(part))
  return {
    byTime,
    byHour: parts.includes('HH'),
    nameAt: byTime ? inHours((micros) => nameAt(formatMicros(micros).slice(0, 13))) : () => example,
  }
}

/** `time` is `2025-03-14T01`. */
function filled(pattern: string, dataset: string, time: string): string {
  const [yyyy, MM, dd, HH] = time.split(/[-T]/)
  const values = new Map(Object.entries({ dataset, yyyy, MM, dd, HH }))
  return pattern.replace(PLACEHOLDER, (_, part: string) => values.get(part)!)
}

/** Names of one pattern differ in digits alone, so one stands for all. */
function assertName(name: string): void {
  const wrong = problemOf(name)
  if (wrong === undefined) return
  throw new DaysealError('usage', `index: Elasticsearch has no index of such a name: ${wrong}`, {
    seen: JSON.stringify(name),
    wanted: `lower case, at most ${MAX_BYTES} bytes, none of \\ / * ? " < > | , # : or white space, not - _ or + first`,
    hint: 'set `index`',
  })
}

function problemOf(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'it is no name'
  if (name !== name.toLowerCase()) return 'it has capital letters'
  if (/^[-_+]/.test(name)) return `it begins with ${name[0]}`
  const forbidden = FORBIDDEN.exec(name)
  if (forbidden !== null) return `it has ${JSON.stringify(forbidden[0])}`
  return Buffer.byteLength(name) > MAX_BYTES ? `it has ${Buffer.byteLength(name)} bytes` : undefined
}

/** Keeps the name of the last hour, which rows mostly share. */
function inHours(nameOf: (micros: bigint) => string): (micros: bigint) => string {
  let start = 0n
  let name: string | undefined
  return (micros) => {
    if (name !== undefined && micros >= start && micros < start + MICROS_PER_HOUR) return name
    if (micros < FIRST_MICROS || micros >= END_MICROS) {
      throw new DaysealError('usage', 'index: a row is of a year that an index name has no place for', {
        seen: `${micros} microseconds since 1970`,
        wanted: 'the years 1 to 9999',
      })
    }
    start = micros - (((micros % MICROS_PER_HOUR) + MICROS_PER_HOUR) % MICROS_PER_HOUR)
    name = nameOf(micros)
    return name
  }
}
