import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'

/** What Elasticsearch keeps beside a document under names of its own, which no field at the top may have. */
const METADATA = new Set([
  ...['_id', '_index', '_type', '_source', '_routing', '_field_names', '_ignored', '_ignored_source', '_version'],
  ...['_seq_no', '_primary_term', '_nested_path', '_doc_count', '_tier', '_size', '_feature', '_data_stream_timestamp'],
])

/**
 * Refuses columns whose documents Elasticsearch would. It takes a dot in a name for a step into an object. The keys of
 * maps and what is inside json columns are data, and not looked at.
 * @throws DaysealError `usage` for names with an empty or blank step, for names of metadata, and for two columns whose
 * values would be one field, or one a field inside another
 */
export function assertFields(root: RootNode): void {
  const paths = fieldsUnder(root, '')
  const all = new Set(paths)
  const seen = new Set<string>()
  for (const path of paths) {
    if (path.split('.').some((step) => step.trim() === '')) throw refused(path, 'a name, or a part of it, is blank')
    if (METADATA.has(path.split('.')[0]!)) throw refused(path, 'the name is that of metadata')
    if (seen.has(path) || stepsInto(path).some((step) => all.has(step))) {
      throw refused(path, 'a dot means a field of an object, and another column has its place')
    }
    seen.add(path)
  }
}

/** `a` and `a.b` of `a.b.c`. */
function stepsInto(path: string): string[] {
  return [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index))
}

/** The fields with values, as Elasticsearch names them. */
function fieldsUnder(node: ColumnNode, path: string): string[] {
  if (node.kind === 'list') return fieldsUnder(node.element, path)
  if (node.kind !== 'struct') return [path]
  const isRow = node.definition === 0
  return node.fields.flatMap((field) => fieldsUnder(field, isRow ? field.name : `${path}.${field.name}`))
}

function refused(path: string, why: string): DaysealError {
  return new DaysealError('usage', `elasticsearch cannot take the column ${JSON.stringify(path)}`, {
    seen: why,
    hint: 'rename or exclude the column',
  })
}
