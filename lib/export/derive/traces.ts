import { DaysealError } from '../../errors.ts'
import type { ColumnNode } from '../../parquet/read-tree.ts'
import { formatPath, type PathStep } from '../../path-pattern.ts'
import { joinTypes, NULL } from '../../shred/type.ts'
import { SEEN, type Trace } from './trace.ts'
import { keysAreData, traceType } from './trace-type.ts'

/** Places in the rows, of which as many as a schema may have. */
const MAX_PLACES = 20_000
/** An object's keys are looked at when there are so many, and whenever they have doubled. */
const FIRST_KEYS_CHECK = 1_024

/** Makes the traces of one stream of rows. Memory: bounded by the places, at most 20,000. */
export class Traces {
  readonly root: Trace
  private places = 0

  /** `hint`: a struct with the columns whose types the rows keep as long as their values allow it. */
  constructor(hint: ColumnNode | undefined) {
    this.root = this.create([], hint)
  }

  /** The rows have these columns, whatever comes. */
  expect(names: Iterable<string>): void {
    for (const name of names) this.member(this.root, name).seen |= SEEN.there
  }

  member(trace: Trace, key: string): Trace {
    if (trace.values !== undefined) return trace.values
    const known = trace.fields.get(key)
    if (known !== undefined) return known
    if (trace !== this.root && trace.fields.size >= trace.nextCheck && this.collapse(trace)) return trace.values!
    const { hint } = trace
    const column = hint?.kind === 'struct' ? hint.fields.find(({ name }) => name === key) : undefined
    const text = key.isWellFormed() ? `${JSON.stringify(key)}:` : undefined
    const made = this.create([...trace.path, { kind: 'name', name: key }], column, text)
    trace.fields.set(key, made)
    return made
  }

  mapValue(trace: Trace): Trace {
    trace.values ??= this.create([...trace.path, { kind: 'any' }], undefined)
    return trace.values
  }

  element(trace: Trace): Trace {
    const { hint } = trace
    trace.element ??= this.create(
      [...trace.path, { kind: 'element' }],
      hint?.kind === 'list' ? hint.element : undefined,
    )
    return trace.element
  }

  private create(path: readonly PathStep[], hint: ColumnNode | undefined, key?: string): Trace {
    if (++this.places > MAX_PLACES) {
      throw new DaysealError('usage', 'the functions of the export make too many columns', {
        seen: `more than ${MAX_PLACES}, the last one ${formatPath(path)}`,
        hint: 'give objects whose keys are data as a Map',
      })
    }
    const trace: Trace = {
      path,
      key,
      hint,
      seen: 0,
      objects: 0,
      members: 0,
      fields: new Map(),
      nextCheck: FIRST_KEYS_CHECK,
      values: undefined,
      settled: NULL,
      element: undefined,
    }
    if (hint?.kind === 'map') trace.values = this.create([...path, { kind: 'any' }], hint.value)
    return trace
  }

  /** Forgets the keys of an object that are data, and keeps what their values are. */
  private collapse(trace: Trace): boolean {
    trace.nextCheck *= 2
    if (!keysAreData(trace)) return false
    for (const field of trace.fields.values()) trace.settled = joinTypes(trace.settled, traceType(field))
    this.places -= trace.fields.size
    trace.fields.clear()
    this.mapValue(trace)
    return true
  }
}
