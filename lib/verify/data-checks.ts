import type { Footer } from '../parquet/read.ts'
import { fieldsOfNode } from '../parquet/read-tree.ts'
import { formatPath, type PathStep } from '../path-pattern.ts'
import { aboutFile } from '../seal/about-file.ts'
import type { Manifest } from '../seal/manifest.ts'
import type { FieldJson, TypeJson } from '../shred/schema-json.ts'
import type { ObjectInfo } from '../store/object-store.ts'
import type { ScanFacts } from './scan.ts'
import { type Check, check, many, some } from './verdict.ts'

/** That the data file is there, whole, and has the bytes that were sealed. `sha256` is undefined where it was not read. */
export function checkDataFile(
  manifest: Manifest,
  info: ObjectInfo | undefined,
  sha256: string | undefined,
): readonly Check[] {
  const key = manifest.data_key ?? ''
  const there = check({
    id: 'presence.data',
    title: 'the data file is there',
    holds: info !== undefined,
    seen: info === undefined ? 'no such file' : key,
    wanted: key,
  })
  if (info === undefined) return [there]
  return [
    there,
    check({
      id: 'presence.size',
      title: 'the data file has its size',
      holds: info.size === manifest.parquet_size_bytes,
      seen: many(info.size, 'byte'),
      wanted: many(manifest.parquet_size_bytes ?? 0, 'byte'),
    }),
    check({
      id: 'manifest.parquet_sha256',
      title: 'the data file has the bytes that were sealed',
      holds: sha256 === manifest.parquet_sha256,
      seen: String(sha256),
      wanted: String(manifest.parquet_sha256),
    }),
  ]
}

/** What the footer says, against the manifest. */
export function checkFooter(manifest: Manifest, footer: Footer): readonly Check[] {
  const grouped = footer.groups.reduce((sum, group) => sum + group.rows, 0)
  const differences = schemaDifferences(manifest.schema, footer)
  const codecs = [...new Set(footer.groups.flatMap((group) => group.chunks.map(({ codec }) => codec)))]
  return [
    check({
      id: 'parquet.rows',
      title: 'the footer has the rows of the manifest',
      holds: footer.rows === manifest.row_count && grouped === footer.rows,
      seen: `${footer.rows}; by row group ${grouped}`,
      wanted: String(manifest.row_count),
    }),
    check({
      id: 'parquet.schema',
      title: 'the footer has the schema of the manifest',
      holds: differences.length === 0,
      seen: differences.length === 0 ? many(footer.leaves.length, 'leaf column') : some(differences),
      wanted: 'every column and type of the manifest, in its order',
    }),
    checkAbout(manifest, footer),
    check({
      id: 'parquet.compression',
      title: 'every chunk is compressed with zstd',
      holds: codecs.every((codec) => codec === 'ZSTD'),
      seen: codecs.join(', ') || 'no chunks',
      wanted: 'ZSTD',
    }),
  ]
}

/** Files of earlier versions say nothing of themselves. */
function checkAbout(manifest: Manifest, { keyValues }: Footer): Check {
  const wanted = Object.entries(aboutFile(manifest))
  const said = wanted.filter(([key]) => Object.hasOwn(keyValues, key))
  const wrong = said.filter(([key, value]) => keyValues[key] !== value).map(([key]) => `${key} ${keyValues[key]}`)
  return check({
    id: 'parquet.metadata',
    title: 'the footer says which seal it is of',
    holds: wrong.length === 0,
    seen: wrong.length === 0 ? said.map(([, value]) => value).join(', ') || 'nothing' : some(wrong),
    wanted: wanted.map(([, value]) => value).join(', '),
  })
}

/** The manifest's types and the footer's, leaf by leaf. A footer does not tell int64_wide from int64, nor has it keys. */
export function schemaDifferences(schema: readonly FieldJson[], footer: Footer): readonly string[] {
  const wanted = leafLines([], { struct: [...schema] })
  const seen = leafLines([], { struct: fieldsOfNode(footer.root) })
  const length = Math.max(wanted.length, seen.length)
  return Array.from({ length }, (_, i) => [seen[i] ?? 'no column', wanted[i] ?? 'no column'] as const)
    .filter(([a, b]) => a !== b)
    .map(([a, b]) => `${a} where the manifest has ${b}`)
}

function leafLines(path: readonly PathStep[], type: TypeJson): string[] {
  if (typeof type === 'string') return [`${formatPath(path)} ${type === 'int64_wide' ? 'int64' : type}`]
  if ('list' in type) return leafLines([...path, { kind: 'element' }], type.list)
  if ('map' in type) return leafLines([...path, { kind: 'any' }], type.map)
  return type.struct.flatMap((field) => leafLines([...path, { kind: 'name', name: field.name }], field.type))
}

/** What decoding every page showed. */
export function checkScan(facts: ScanFacts): readonly Check[] {
  const chunks = many(facts.chunks, 'chunk')
  return [
    listing('parquet.pages', 'every page of every column decodes', facts.unreadable, chunks),
    listing(
      'parquet.levels',
      'columns agree on where a struct, list or map is null or empty',
      facts.disagreeing,
      chunks,
    ),
    listing('statistics.footer', 'the statistics are those of the values', facts.misstated, chunks),
  ]
}

function listing(id: string, title: string, problems: readonly string[], chunks: string): Check {
  const holds = problems.length === 0
  return check({ id, title, holds, seen: holds ? chunks : some(problems), wanted: chunks })
}
