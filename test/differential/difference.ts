import type { ColumnBatch, LeafColumn, LeafValues } from '../../lib/shred/batch.ts'
import { droppedColumns } from '../../lib/shred/dropped.ts'
import { compileRules } from '../../lib/shred/rules.ts'
import type { Schema, Type } from '../../lib/shred/type.ts'
import { dremelRow } from '../model/dremel-row.ts'
import { droppedModel } from '../model/dropped-model.ts'
import { asColumns, modelOf } from '../model/model-of-schema.ts'
import { rulesModel } from '../model/rules-model.ts'
import type { ModelFields, ModelType } from '../model/schema-model.ts'
import { shred } from '../parquet/reference-shred.ts'
import { expectedWithEarlyMaps } from './early-maps.ts'
import { type Expected, type Hour, scanOptionsOf } from './expected.ts'
import { type Scanned, scan } from './scan.ts'

/** The first thing in which the product and the model differ about an hour; undefined when they agree on everything. */
export async function differenceIn(hour: Hour): Promise<string | undefined> {
  let seen: Scanned
  try {
    seen = await scan(hour.bytes, scanOptionsOf(hour))
  } catch (error) {
    return `thrown: ${error instanceof Error ? error.stack : String(error)}`
  }
  const wanted = expectedWithEarlyMaps(hour, modelOf(seen.columns))
  return (
    rejectDifference(seen, wanted) ??
    countDifference(seen, wanted) ??
    columnDifference(seen, wanted) ??
    valueDifference(seen, wanted) ??
    droppedDifference(seen, wanted, hour)
  )
}

/** Says what was seen and wanted, if their texts differ. */
function unlike(what: string, seen: unknown, wanted: unknown): string | undefined {
  const [seenText, wantedText] = [seen, wanted].map((value) => JSON.stringify(value))
  return seenText === wantedText ? undefined : `${what}\n  seen   ${seenText}\n  wanted ${wantedText}`
}

function rejectDifference({ rejects }: Scanned, wanted: Expected): string | undefined {
  const lines = new Map(wanted.rejects.map((line) => [line.number, line]))
  for (const { number, offset, reason, bytes } of rejects) {
    const line = lines.get(number)
    if (line?.fate.kind !== 'reject') return `line ${number} is quarantined as ${reason}, and is none to quarantine`
    if (!line.fate.reasons.includes(reason)) return unlike(`line ${number}`, reason, line.fate.reasons)
    if (offset !== line.offset || !bytes.equals(line.bytes)) {
      return unlike(`line ${number}`, [offset, bytes.toString('latin1')], [line.offset, line.bytes.toString('latin1')])
    }
    lines.delete(number)
  }
  const [missed] = lines.values()
  return missed && unlike(`line ${missed.number} is not quarantined, or twice`, null, missed.fate)
}

function countDifference({ counts, batches }: Scanned, { lines, rows, rejects, columns }: Expected) {
  const blank = lines.filter(({ fate }) => fate.kind === 'blank').length
  const wanted = {
    lines_read: lines.length,
    blank,
    rows_written: rows.length,
    rows_quarantined: rejects.length,
  }
  const batchRows = batches.reduce((sum, batch) => sum + batch.rows, 0)
  return unlike('counts', counts, wanted) ?? unlike('rows in batches', batchRows, columns.size === 0 ? 0 : rows.length)
}

function columnDifference(seen: Scanned, wanted: Expected): string | undefined {
  const columns = entriesOf(modelOf(seen.columns))
  const others = seen.batches.map((batch) => unlike('columns of a batch', shape(batch.schema), shape(seen.columns)))
  return firstUnlike('columns', columns, entriesOf(wanted.columns)) ?? others.find((other) => other !== undefined)
}

const shape = (schema: Schema): unknown => entriesOf(asColumns(modelOf(schema)))

/**
 * With the order of the columns; but not inside a map: it may have been a struct first, of which no profile tells in
 * what order the fields of several keys came.
 */
function entriesOf(fields: ModelFields, ordered = true): unknown {
  const names = [...fields.keys()]
  return (ordered ? names : names.sort()).map((name) => {
    const { key, type } = fields.get(name)!
    return [name, key, typeEntries(type, ordered)]
  })
}

function typeEntries(type: ModelType, ordered: boolean): unknown {
  if (typeof type === 'string') return type
  if ('struct' in type) return { struct: entriesOf(type.struct, ordered) }
  return 'list' in type ? { list: typeEntries(type.list, ordered) } : { map: typeEntries(type.map, false) }
}

function valueDifference({ columns, batches }: Scanned, wanted: Expected): string | undefined {
  const names = columns.flatMap(({ name, type }) => leafNames(name, type))
  let from = 0
  for (const batch of batches) {
    const rows = wanted.rows.slice(from, from + batch.rows)
    from += batch.rows
    const expected = shred(
      columns,
      rows.map((row) => dremelRow(row, wanted.columns)),
    )
    const difference = batchDifference(batch, expected, names)
    if (difference !== undefined) return difference
  }
  return undefined
}

function leafNames(name: string, type: Type): string[] {
  switch (type.kind) {
    case 'struct':
      return type.fields.flatMap((field) => leafNames(`${name}.${field.name}`, field.type))
    case 'list':
      return leafNames(`${name}[]`, type.element)
    case 'map':
      return [`${name} (keys)`, ...leafNames(`${name}.*`, type.value)]
    default:
      return [`${name}: ${type.kind}`]
  }
}

function batchDifference(seen: ColumnBatch, wanted: ColumnBatch, names: readonly string[]): string | undefined {
  if (seen.leaves.length !== wanted.leaves.length) return unlike('leaves', seen.leaves.length, wanted.leaves.length)
  for (const [i, leaf] of seen.leaves.entries()) {
    const [a, b] = [leaf, wanted.leaves[i]!].map(readableLeaf) as [ReadableLeaf, ReadableLeaf]
    for (const part of ['entries', 'definition', 'repetition', 'physical', 'count', 'values', 'dictionary'] as const) {
      const difference = firstUnlike(`${part} of ${names[i]}`, a[part], b[part])
      if (difference !== undefined) return difference
    }
  }
  return undefined
}

/** As `unlike`, of texts too long to show. */
function firstUnlike(what: string, seen: unknown, wanted: unknown): string | undefined {
  const [a, b] = [seen, wanted].map((value) => (typeof value === 'string' ? value : String(JSON.stringify(value))))
  if (a === b) return undefined
  let same = 0
  while (same < a!.length && a![same] === b![same]) same++
  const from = Math.max(0, same - 60)
  return unlike(`${what}, from character ${from} of its text`, a!.slice(from, from + 160), b!.slice(from, from + 160))
}

type ReadableLeaf = ReturnType<typeof readableLeaf>

/** A column as texts that are equal when it is. */
function readableLeaf({ entries, definition, repetition, values }: LeafColumn) {
  return {
    entries,
    definition: definition.subarray(0, entries).join(),
    repetition: repetition?.subarray(0, entries).join(),
    physical: values.physical,
    count: values.count,
    values: valueText(values),
    dictionary: dictionaryFault(values),
  }
}

function valueText(values: LeafValues): string {
  const { count } = values
  if (values.physical === 'BYTE_ARRAY') {
    const { bytes, offsets } = values.dictionary
    const texts = Array.from({ length: values.dictionary.count }, (_, i) =>
      Buffer.from(bytes.subarray(offsets[i]!, offsets[i + 1]!)).toString('latin1'),
    )
    return Array.from(values.ids.subarray(0, count), (id) => JSON.stringify(texts[id])).join()
  }
  // By their bits, which tell −0 from 0.
  if (values.physical === 'DOUBLE') {
    return Array.from(values.values.subarray(0, count), (value) => (Object.is(value, -0) ? '-0' : value)).join()
  }
  return values.values.subarray(0, count).join()
}

/** What a dictionary promises and does not keep; the reference's keeps it. */
function dictionaryFault(values: LeafValues): string | undefined {
  if (values.physical !== 'BYTE_ARRAY') return undefined
  const { ids, count, dictionary } = values
  const used = new Set(ids.subarray(0, count)).size
  if (used !== dictionary.count) return `${used} of ${dictionary.count} entries are in use`
  const { bytes, offsets } = dictionary
  const entries = Array.from({ length: dictionary.count }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i]!, offsets[i + 1]!)).toString('latin1'),
  )
  return dictionary.distinct && new Set(entries).size < entries.length ? 'distinct, but has equal entries' : undefined
}

function droppedDifference({ columns, profile }: Scanned, wanted: Expected, hour: Hour): string | undefined {
  if (hour.declared !== undefined) return undefined
  const rules = compileRules(scanOptionsOf(hour).overrides, undefined)
  const seen = droppedColumns(columns, profile, rules).map(({ path, reason, saw }) => [path, { reason, saw }] as const)
  return unlike(
    'dropped paths',
    droppedTexts(seen),
    droppedTexts([...droppedModel(wanted.rows, wanted.columns, rulesModel(hour.rules))]),
  )
}

/** What was seen is not looked into where the configuration drops it. */
function droppedTexts(
  dropped: readonly (readonly [string, { readonly reason: string; readonly saw: readonly string[] }])[],
): string[] {
  return dropped
    .map(([path, { reason, saw }]) => [path, reason, ...(reason === 'empty' ? [...saw].sort() : [])].join())
    .sort()
}
