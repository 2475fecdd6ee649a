import { inspect } from 'node:util'
import { DaysealError, messageOf } from '../../errors.ts'
import { setOwn } from '../../set-own.ts'
import type { Derivation, Row } from '../settings.ts'
import { isPlain, isPromise, type RowText, Unwritable, WRITABLE } from './row-text.ts'

/** What became of a row. */
export type Made =
  /** As lines of JSON: none, one or several. */
  { readonly kind: 'rows'; readonly lines: readonly string[] } | Failed

export interface Failed {
  readonly kind: 'failed'
  /** `compute.NAME` or `transform`. */
  readonly where: string
  readonly seen: string
  readonly wanted?: string
  readonly cause?: unknown
}

export interface RowFunctions {
  readonly compute: ReadonlyMap<string, Derivation['compute'][string]>
  readonly transform: Derivation['transform']
}

const MAX_SHOWN = 500
const ROWS = 'a row as a plain object, a list of such rows, null or undefined'

/** Runs the functions on a row, which is theirs to change. Each of `compute` sees what those before it gave. */
export function makeRows(functions: RowFunctions, row: Row, text: RowText): Made {
  try {
    return rowsOf(functions, row, text)
  } catch (cause) {
    if (cause instanceof DaysealError) throw cause
    // A getter or a proxy that a function gave.
    return threw(functions.transform === undefined ? 'compute' : 'transform', cause)
  }
}

function rowsOf({ compute, transform }: RowFunctions, row: Row, text: RowText): Made {
  for (const [name, give] of compute) {
    const where = `compute.${name}`
    const given = call(where, () => give(row))
    if (given.kind === 'failed') return given
    setOwn(row, name, given.value)
  }
  if (transform === undefined)
    return writeRows([row], text, (first) => (compute.has(first) ? `compute.${first}` : `column ${first}`))
  const given = call('transform', () => transform(row))
  if (given.kind === 'failed') return given
  const { value } = given
  const rows: readonly unknown[] = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value]
  for (const made of rows) {
    if (!isRow(made)) return { kind: 'failed', where: 'transform', seen: shown(made), wanted: ROWS }
  }
  return writeRows(rows as readonly Row[], text, () => 'transform')
}

type Given = { readonly kind: 'given'; readonly value: unknown } | Failed

function call(where: string, act: () => unknown): Given {
  let value: unknown
  try {
    value = act()
  } catch (cause) {
    return threw(where, cause)
  }
  if (!isPromise(value)) return { kind: 'given', value }
  // Nobody waits for it, so nobody else would hear of its failure.
  Promise.resolve(value).catch(() => undefined)
  return {
    kind: 'failed',
    where,
    seen: 'a promise',
    wanted: 'a function that gives its value at once, not an async one',
  }
}

function writeRows(rows: readonly Row[], text: RowText, whereOf: (column: string) => string): Made {
  try {
    const lines = rows.map((row) => text.write(row))
    text.accept()
    return { kind: 'rows', lines }
  } catch (thrown) {
    text.takeBack()
    if (!(thrown instanceof Unwritable)) throw thrown
    const [first] = thrown.path
    const where = whereOf(first?.kind === 'name' ? first.name : '')
    return { kind: 'failed', where, seen: thrown.text, wanted: WRITABLE }
  }
}

function threw(where: string, cause: unknown): Failed {
  return { kind: 'failed', where, seen: cause instanceof Error ? cut(messageOf(cause)) : shown(cause), cause }
}

function isRow(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isPlain(value)
}

function shown(value: unknown): string {
  return cut(inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY, customInspect: false, getters: false }))
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`
}
