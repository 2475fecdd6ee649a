import { DaysealError } from '../errors.ts'
import { parseJson } from '../parse-json.ts'
import { parsePath } from '../path-pattern.ts'
import type { TimeForm } from '../time/time-form.ts'
import { timeReader } from '../time/time-reader.ts'
import type { UploadEvent } from './reading.ts'

export type EventTime =
  /** Microseconds since the epoch. */
  | { readonly kind: 'time'; readonly micros: bigint }
  /** Nothing is there, or null, or an empty text. */
  | { readonly kind: 'missing' }
  /** No time of the form; `seen` is no longer than a line of a terminal. */
  | { readonly kind: 'impossible'; readonly seen: string }

export type EventTimeReader = (event: Pick<UploadEvent, 'json' | 'value'>) => EventTime

const MISSING: EventTime = { kind: 'missing' }

/**
 * Reads the time of events at a dotted path of names, written in one form. Any time that a calendar has, from the year 1 to
 * 9999, is one: 1970 and before too. Numbers count as their digits: one that is an integer beyond 2^53 (nanoseconds) is read from
 * the event's own text, which costs about as much as parsing it ten times.
 * @throws DaysealError `usage` for a path of anything but names, or a pattern that cannot be used
 */
export function eventTimeReader({ path, form }: { readonly path: string; readonly form: TimeForm }): EventTimeReader {
  const names = namesOf(path)
  const reader = timeReader(form)
  return ({ json, value }) => {
    const found = valueAt(value, names)
    if (found === undefined || found === null || found === '') return MISSING
    const text = typeof found === 'number' ? digitsOf(found, json, names) : found
    const time = typeof text === 'string' ? reader.text(text) : undefined
    return time === undefined ? { kind: 'impossible', seen: shown(text) } : { kind: 'time', micros: time.micros }
  }
}

function namesOf(path: string): readonly string[] {
  return parsePath(path).map((step) => {
    if (step.kind === 'name') return step.name
    throw new DaysealError('usage', `the path of the timestamp, ${JSON.stringify(path)}, must lead to one value`, {
      wanted: 'names with dots between them',
    })
  })
}

function valueAt(event: unknown, names: readonly string[]): unknown {
  let value = event
  for (const name of names) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, name))
      return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** A number as it was written, or as shortly as it can be: the same digits wherever there are at most 15 of them. */
function digitsOf(found: number, json: Uint8Array, names: readonly string[]): unknown {
  if (Math.abs(found) <= Number.MAX_SAFE_INTEGER) return String(found)
  const text = Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString('utf8')
  return valueAt(
    parseJson(text, (_, written) => written),
    names,
  )
}

const SHOWN = 60

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value)
}
