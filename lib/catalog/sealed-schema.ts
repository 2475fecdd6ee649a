import type { Dataset } from '../config.ts'
import { DaysealError } from '../errors.ts'
import { type FileBytes, type Footer, readFooter } from '../parquet/read.ts'
import type { ColumnNode } from '../parquet/read-tree.ts'
import { formatPath, type PathStep, parsePath } from '../path-pattern.ts'
import { newestGeneration } from '../seal/history.ts'
import type { Manifest } from '../seal/manifest.ts'
import { refuseOtherSeal } from '../seal/own-output.ts'
import type { TypeJson } from '../shred/schema-json.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { openStore } from '../store/open-store.ts'

/** One column of a sealed day, or a struct, list or map, or what is inside one. */
export interface SchemaLine {
  /** Dotted, with `[]` for the elements of a list and `*` for the values of a map. */
  readonly path: string
  /** `string`, `int64` …; `struct`, `list` and `map` for containers, whose insides follow. */
  readonly type: string
  /** A timestamp that nothing says is one: its texts were times all day. */
  readonly detected?: true
  /**
   * The share of nulls among a leaf's entries, 0 to 1. An entry is a row, or inside lists and maps an element; one whose
   * list, map or struct is null or empty counts as null. Null for containers and for leaves without statistics.
   */
  readonly null_share: number | null
}

export interface SealedSchema {
  readonly date: string
  readonly generation: number
  readonly rows: number
  /** Depth first, in the file's order. */
  readonly columns: readonly SchemaLine[]
  /** The same as the manifest has it: names and types alone. */
  readonly schema: Manifest['schema']
  readonly dropped: Manifest['dropped_columns']
}

/**
 * The columns of a sealed day's newest generation, from its Parquet footer alone. Throws `usage` for a day that is not
 * sealed, `corrupt` for files that are not what was written.
 */
export async function sealedSchema({
  dataset,
  date,
  signal,
}: {
  dataset: Dataset
  date: string
  signal?: AbortSignal
}): Promise<SealedSchema> {
  const out = openStore(dataset.out, { s3: dataset.s3, signal })
  const sealed = await newestGeneration(out, date)
  if (sealed === undefined) {
    throw new DaysealError('usage', `${date} is not sealed`, {
      seen: `no manifest of it in ${out.location}`,
      hint: SEAL_IT,
    })
  }
  refuseOtherSeal(dataset, sealed, out)
  const { manifest } = sealed
  const columns =
    manifest.data_key === null
      ? []
      : detectedIn(manifest, schemaLines(await readFooter(await fileBytes(out, manifest.data_key))))
  const { generation, row_count: rows, schema, dropped_columns: dropped } = manifest
  return { date, generation, rows, columns, schema, dropped }
}

const SEAL_IT = '`dayseal seal` makes it; `dayseal status` lists the days that are'

async function fileBytes(store: ObjectStore, key: string): Promise<FileBytes> {
  const info = await store.head(key)
  if (info === undefined) throw new DaysealError('corrupt', `${key} is missing`, { wanted: 'the data of a sealed day' })
  const read = async (start: number, end: number) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of store.read(key, { start, end, etag: info.etag })) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  return { size: info.size, read }
}

function schemaLines(footer: Footer): SchemaLine[] {
  const shares = footer.leaves.map((_, leaf) => nullShare(footer, leaf))
  return footer.root.fields.flatMap((field) => linesOf(field, [nameStep(field)], shares))
}

/** The manifest has paths of the source: what is renamed is called otherwise in the file. */
function detectedIn({ schema, times = [] }: Manifest, lines: readonly SchemaLine[]): SchemaLine[] {
  const detected = times.flatMap(({ path, detected }) => (detected ? [columnPath(schema, path)] : []))
  return lines.map((line) => (detected.includes(line.path) ? { ...line, detected: true } : line))
}

function columnPath(schema: Manifest['schema'], path: string): string {
  return formatPath(namesOf({ struct: schema }, parsePath(path)))
}

function namesOf(type: TypeJson, [step, ...rest]: readonly PathStep[]): PathStep[] {
  if (step === undefined || typeof type === 'string') return []
  if ('list' in type) return [step, ...namesOf(type.list, rest)]
  if ('map' in type) return [step, ...namesOf(type.map, rest)]
  const field = type.struct.find(({ name, key = name }) => step.kind === 'name' && key === step.name)
  return field === undefined ? [] : [{ kind: 'name', name: field.name }, ...namesOf(field.type, rest)]
}

function nullShare(footer: Footer, leaf: number): number | null {
  let entries = 0
  let nulls = 0
  for (const { chunks } of footer.groups) {
    const count = chunks[leaf]!.statistics?.nullCount
    if (count === undefined) return null
    entries += chunks[leaf]!.entries
    nulls += count
  }
  return entries === 0 ? null : nulls / entries
}

function linesOf(node: ColumnNode, path: readonly PathStep[], shares: readonly (number | null)[]): SchemaLine[] {
  const line = { path: formatPath(path), type: node.kind }
  switch (node.kind) {
    case 'struct':
      return [
        { ...line, null_share: null },
        ...node.fields.flatMap((field) => linesOf(field, [...path, nameStep(field)], shares)),
      ]
    case 'list':
      return [{ ...line, null_share: null }, ...linesOf(node.element, [...path, { kind: 'element' }], shares)]
    case 'map':
      return [{ ...line, null_share: null }, ...linesOf(node.value, [...path, { kind: 'any' }], shares)]
    default:
      return [{ ...line, null_share: shares[node.firstLeaf]! }]
  }
}

function nameStep(node: ColumnNode): PathStep {
  return { kind: 'name', name: node.name }
}
