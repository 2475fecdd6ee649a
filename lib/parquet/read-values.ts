import type { ByteDictionary, LeafValues } from '../shred/batch.ts'
import type { ReadLeaf } from './read-tree.ts'

type Bytes = Extract<LeafValues, { readonly physical: 'BYTE_ARRAY' }>

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** The values of a chunk's pages in one. Pages of one chunk have one physical type. */
export function concatValues(leaf: ReadLeaf, pages: readonly LeafValues[]): LeafValues {
  const first = pages[0]
  if (first !== undefined && pages.length === 1) return first
  const count = pages.reduce((sum, page) => sum + page.count, 0)
  switch (leaf.kind) {
    case 'bool': {
      const values = new Uint8Array(count)
      place(pages, (page, at) => page.physical === 'BOOLEAN' && values.set(page.values, at))
      return { physical: 'BOOLEAN', count, values }
    }
    case 'int64':
    case 'timestamp': {
      const values = new BigInt64Array(count)
      place(pages, (page, at) => page.physical === 'INT64' && values.set(page.values, at))
      return { physical: 'INT64', count, values }
    }
    case 'double': {
      const values = new Float64Array(count)
      place(pages, (page, at) => page.physical === 'DOUBLE' && values.set(page.values, at))
      return { physical: 'DOUBLE', count, values }
    }
    default:
      return concatByteArrays(
        pages.filter((page): page is Bytes => page.physical === 'BYTE_ARRAY'),
        count,
      )
  }
}

function place(pages: readonly LeafValues[], put: (page: LeafValues, at: number) => void): void {
  let at = 0
  for (const page of pages) {
    put(page, at)
    at += page.count
  }
}

/** Pages that look up in the same dictionary keep sharing it. */
function concatByteArrays(pages: readonly Bytes[], count: number): LeafValues {
  const dictionaries = [...new Set(pages.map((page) => page.dictionary))]
  const starts = new Map<ByteDictionary, number>()
  let entries = 0
  for (const dictionary of dictionaries) {
    starts.set(dictionary, entries)
    entries += dictionary.count
  }
  const ids = new Uint32Array(count)
  let at = 0
  for (const page of pages) {
    const start = starts.get(page.dictionary)!
    for (let i = 0; i < page.count; i++) ids[at++] = page.ids[i]! + start
  }
  return { physical: 'BYTE_ARRAY', count, ids, dictionary: joinDictionaries(dictionaries, entries) }
}

function joinDictionaries(dictionaries: readonly ByteDictionary[], count: number): ByteDictionary {
  if (dictionaries.length === 1) return dictionaries[0]!
  const offsets = new Uint32Array(count + 1)
  let entry = 0
  for (const dictionary of dictionaries) {
    const base = offsets[entry]!
    for (let i = 1; i <= dictionary.count; i++) offsets[++entry] = base + dictionary.offsets[i]!
  }
  const bytes = concatBytes(
    dictionaries.map((dictionary) => dictionary.bytes.subarray(0, dictionary.offsets[dictionary.count])),
  )
  return { count, distinct: false, bytes, offsets }
}
