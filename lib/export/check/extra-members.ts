import type { LeafColumn, LeafValues } from '../../shred/batch.ts'
import type { ScalarKind } from '../../shred/type.ts'
import type { TimeForm } from '../../time/time-form.ts'
import { AUTO_TIME, timeReader } from '../../time/time-reader.ts'

/** A member of every row's JSON text, before its columns, that is no column: a text, or a column once more. */
export type ExtraMember = { readonly name: string; readonly type: ScalarKind } & (
  | { readonly text: string }
  /** A leaf of the columns, in no list or map. */
  | { readonly leaf: number; readonly maxDefinition: number }
  /** The time of a leaf, which is written in the form there, as JSON. */
  | { readonly leaf: number; readonly maxDefinition: number; readonly form: TimeForm }
)

/** How many rows have another value there than they should. */
export function countWrong(member: ExtraMember, seen: LeafColumn, columns: readonly LeafColumn[]): number {
  if ('text' in member) return countOthers(seen, Buffer.from(member.text, 'utf8'))
  const equal = 'form' in member ? sameTime(member.form) : equalValues
  return countDifferent(seen, columns[member.leaf]!, member.maxDefinition, equal)
}

function countOthers({ entries, definition, values }: LeafColumn, text: Buffer): number {
  if (values.physical !== 'BYTE_ARRAY') return entries
  let wrong = 0
  let value = 0
  for (let i = 0; i < entries; i++) {
    if (definition[i] !== 1 || Buffer.compare(bytesAt(values, value++), text) !== 0) wrong++
  }
  return wrong
}

type Equal = (a: LeafValues, i: number, b: LeafValues, j: number) => boolean

function countDifferent(seen: LeafColumn, column: LeafColumn, maxDefinition: number, equal: Equal): number {
  let wrong = 0
  let a = 0
  let b = 0
  for (let i = 0; i < seen.entries; i++) {
    const isThere = seen.definition[i] === 1
    const wanted = column.definition[i] === maxDefinition
    if (isThere !== wanted || (isThere && !equal(seen.values, a, column.values, b))) wrong++
    if (isThere) a++
    if (wanted) b++
  }
  return wrong
}

function equalValues(a: LeafValues, i: number, b: LeafValues, j: number): boolean {
  if (a.physical === 'BYTE_ARRAY' || b.physical === 'BYTE_ARRAY') {
    if (a.physical !== 'BYTE_ARRAY' || b.physical !== 'BYTE_ARRAY') return false
    return Buffer.compare(bytesAt(a, i), bytesAt(b, j)) === 0
  }
  return Object.is(a.values[i], b.values[j])
}

function sameTime(form: TimeForm): Equal {
  const reader = timeReader(form)
  return (a, i, b, j) => {
    const text = JSON.parse(textAt(a, i)) as unknown
    const wanted = textAt(b, j)
    const micros = AUTO_TIME.text(String(text))?.micros
    return String(text) === wanted || (micros !== undefined && micros === reader.text(wanted)?.micros)
  }
}

function textAt(values: LeafValues, index: number): string {
  if (values.physical !== 'BYTE_ARRAY') return String(values.values[index])
  return Buffer.from(bytesAt(values, index)).toString('utf8')
}

function bytesAt({ ids, dictionary }: Extract<LeafValues, { physical: 'BYTE_ARRAY' }>, index: number): Uint8Array {
  const id = ids[index]!
  return dictionary.bytes.subarray(dictionary.offsets[id], dictionary.offsets[id + 1])
}
