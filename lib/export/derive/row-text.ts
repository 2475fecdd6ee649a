import type { ColumnNode } from '../../parquet/read-tree.ts'
import { formatPath, type PathStep } from '../../path-pattern.ts'
import { parseTimestamp } from '../../time/timestamp.ts'
import type { Row } from '../settings.ts'
import { SEEN, type Trace } from './trace.ts'
import { Traces } from './traces.ts'

/** Thrown inside one row and caught around it: a value that no export can hold. */
export class Unwritable {
  readonly path: readonly PathStep[]
  readonly seen: string

  constructor(path: readonly PathStep[], seen: string) {
    this.path = path
    this.seen = seen
  }

  get text(): string {
    return this.path.length === 0 ? this.seen : `${this.seen} at ${formatPath(this.path)}`
  }
}

export const WRITABLE =
  'null, undefined, a boolean, a finite number, a bigint of 64 bits, a text, a Date, a list, a plain object or a Map'

/** Deepest nesting of what functions give. */
const MAX_DEPTH = 64
/** UTF-16 code units of a row's text. */
const MAX_LENGTH = 2 ** 27
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
/** A longer text is no timestamp. */
const MAX_TIMESTAMP_LENGTH = 64
/** Of a Date in the years 0 to 9999. */
const ISO_LENGTH = 24

/**
 * Rows as lines of JSON, and what they hold. A number that is no integer of 53 bits is written as a double, so that a
 * column of doubles never meets an integer that it cannot hold.
 */
export class RowText {
  readonly traces: Traces
  /** The traces that the rows since `accept` changed, each with what it was. */
  private readonly changed: { readonly trace: Trace; readonly seen: number }[] = []
  private readonly around: object[] = []

  constructor(hint: ColumnNode | undefined) {
    this.traces = new Traces(hint)
  }

  /** One line, without its end. @throws Unwritable */
  write(row: Row): string {
    this.around.length = 0
    try {
      const text = this.value(row, this.traces.root)
      if (text.length <= MAX_LENGTH) return text
    } catch (error) {
      // V8's own limit on the length of a string.
      if (!(error instanceof RangeError)) throw error
    }
    throw new Unwritable([], `a row of more than ${MAX_LENGTH} characters`)
  }

  /** The rows since the last time are rows. */
  accept(): void {
    this.changed.length = 0
  }

  /** The rows since `accept` are none. */
  takeBack(): void {
    for (const { trace, seen } of this.changed.reverse()) trace.seen = seen
    this.changed.length = 0
  }

  private note(trace: Trace, bit: number): void {
    if ((trace.seen & bit) !== 0) return
    this.changed.push({ trace, seen: trace.seen })
    trace.seen |= bit
  }

  private value(value: unknown, trace: Trace): string {
    this.note(trace, SEEN.there)
    switch (typeof value) {
      case 'string':
        return this.string(value, trace)
      case 'number':
        return this.number(value, trace)
      case 'boolean':
        this.note(trace, SEEN.bool)
        return value ? 'true' : 'false'
      case 'bigint':
        return this.bigint(value, trace)
      case 'undefined':
        return 'null'
      case 'object':
        return value === null ? 'null' : this.object(value, trace)
      default:
        throw new Unwritable(trace.path, `a ${typeof value}`)
    }
  }

  private string(value: string, trace: Trace): string {
    if (!value.isWellFormed()) throw new Unwritable(trace.path, 'a text with half of a surrogate pair')
    const mayBeMoment = trace.hint?.kind === 'timestamp' && (trace.seen & SEEN.string) === 0
    this.note(trace, mayBeMoment && isTimestamp(value) ? SEEN.moment : SEEN.string)
    return JSON.stringify(value)
  }

  private number(value: number, trace: Trace): string {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.note(trace, SEEN.int)
      return String(value)
    }
    if (!Number.isFinite(value)) throw new Unwritable(trace.path, String(value))
    this.note(trace, SEEN.double)
    if (value === 0) return '-0.0'
    // From 10^21 on there is an exponent.
    return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : String(value)
  }

  private bigint(value: bigint, trace: Trace): string {
    if ((value < INT64_MIN || value > INT64_MAX) && !isJson(trace)) {
      throw new Unwritable(trace.path, 'a bigint beyond 64 bits')
    }
    this.note(trace, Number.isSafeInteger(Number(value)) ? SEEN.int : SEEN.wide)
    return String(value)
  }

  private object(value: object, trace: Trace): string {
    if (value instanceof Date) return this.date(value, trace)
    if (this.around.includes(value)) throw new Unwritable(trace.path, 'an object inside of itself')
    if (this.around.length > MAX_DEPTH) throw new Unwritable(trace.path, `more than ${MAX_DEPTH} objects in each other`)
    this.around.push(value)
    const text = this.container(value, trace)
    this.around.pop()
    return text
  }

  private container(value: object, trace: Trace): string {
    if (Array.isArray(value)) return this.list(value, trace)
    if (value instanceof Map) return this.map(value, trace)
    if (isPromise(value))
      throw new Unwritable(trace.path, 'a promise (functions of an export give their values at once)')
    if (!isPlain(value)) throw new Unwritable(trace.path, `an object of the class ${className(value)}`)
    return this.plain(value, trace)
  }

  private list(list: readonly unknown[], trace: Trace): string {
    this.note(trace, SEEN.list)
    if (list.length === 0) return '[]'
    const element = isJson(trace) ? trace : this.traces.element(trace)
    let text = '['
    for (let i = 0; i < list.length; i++) text += (i === 0 ? '' : ',') + this.value(list[i], element)
    return `${text}]`
  }

  private plain(object: object, trace: Trace): string {
    this.note(trace, SEEN.object)
    const keys = Object.keys(object)
    trace.objects++
    trace.members += keys.length
    const json = isJson(trace)
    let text = ''
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!
      const member = json ? trace : this.traces.member(trace, key)
      const name = json ? keyText(key, trace) : (member.key ?? keyText(key, trace))
      text += (i === 0 ? name : `,${name}`) + this.value((object as Row)[key], member)
    }
    return `{${text}}`
  }

  private map(map: ReadonlyMap<unknown, unknown>, trace: Trace): string {
    this.note(trace, SEEN.map)
    const values = isJson(trace) ? trace : this.traces.mapValue(trace)
    let text = ''
    for (const [key, value] of map) {
      if (typeof key !== 'string') throw new Unwritable(trace.path, 'a Map with a key that is no text')
      text += (text === '' ? '' : ',') + keyText(key, trace) + this.value(value, values)
    }
    return `{${text}}`
  }

  private date(date: Date, trace: Trace): string {
    if (Number.isNaN(date.getTime())) throw new Unwritable(trace.path, 'an invalid Date')
    const text = date.toISOString()
    if (text.length !== ISO_LENGTH || text.startsWith('0000')) {
      throw new Unwritable(trace.path, 'a Date outside of the years 1 to 9999')
    }
    this.note(trace, SEEN.moment)
    return `"${text.slice(0, -1)}000Z"`
  }
}

/** A json column holds anything, so nothing inside of it is traced. */
function isJson({ hint }: Trace): boolean {
  return hint?.kind === 'json'
}

function keyText(key: string, trace: Trace): string {
  if (key.isWellFormed()) return `${JSON.stringify(key)}:`
  throw new Unwritable(trace.path, 'a key with half of a surrogate pair')
}

function isTimestamp(text: string): boolean {
  if (text.length > MAX_TIMESTAMP_LENGTH) return false
  const bytes = Buffer.from(text)
  return parseTimestamp(bytes, 0, bytes.length) !== undefined
}

export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export function isPromise(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function className(value: object): string {
  const made: unknown = value.constructor
  return typeof made === 'function' && made.name !== '' ? made.name : 'without a name'
}
