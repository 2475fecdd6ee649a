import type { LeafValues } from '../shred/batch.ts'
import { bytesAt, encoder, fill, rooms } from './encoder.ts'
import { dictionaryBytes, encodeDictionary } from './plain.ts'
import { bitWidth } from './rle.ts'

/** A chunk's distinct values in order of first use, and per value its index among them: good until the next one is made. */
export interface Dictionary {
  readonly count: number
  readonly ids: Uint32Array
  /** The size of the distinct values in PLAIN. */
  readonly bytes: number
  /** The distinct values in PLAIN: the dictionary page, good until something else is encoded. */
  encode(): Uint8Array
}

/** A dictionary has no more entries than this. */
const MAX_ENTRIES = 2 ** 20
/** After so many numbers of which more than this share are distinct, there is no point in going on. */
const PROBE = 2 ** 14
const PROBE_SHARE = 0.98
/** Numbers are handed over so many at a time. */
const BLOCK_VALUES = 2 ** 15

/** Made once for all: the ids of numbers are good until the next dictionary of numbers is made. */
let numberIds = new Uint32Array(0)

interface Numbers {
  readonly values: BigInt64Array | Float64Array
  readonly count: number
}

/** Undefined where a dictionary could not pay: booleans, and values that hardly repeat. */
export function dictionaryOf(values: LeafValues): Dictionary | undefined {
  switch (values.physical) {
    case 'BOOLEAN':
      return undefined
    case 'INT64':
    case 'DOUBLE':
      return numberDictionary(values)
    case 'BYTE_ARRAY': {
      const { ids, dictionary, count } = values
      if (!dictionary.distinct || dictionary.count > MAX_ENTRIES || dictionary.count === count) return undefined
      const bytes = dictionaryBytes(dictionary)
      return { count: dictionary.count, ids, bytes, encode: () => encodeDictionary(dictionary) }
    }
  }
}

/** Numbers by their bits, so that -0 and 0 stay apart. Undefined once more than half of all are distinct. */
function numberDictionary({ values, count }: Numbers): Dictionary | undefined {
  const most = Math.min(MAX_ENTRIES, Math.floor(count / 2))
  if (most === 0) return undefined
  const slotBits = bitWidth(most * 2)
  const [slots, found, idsAt, blockAt] = rooms(4 << slotBits, most * 8, count * 4, BLOCK_VALUES * 8)
  const { startDistinct, addDistinct } = encoder()
  startDistinct(slots, slotBits, found, most, PROBE, PROBE_SHARE)
  let distinct = 0
  for (let start = 0; start < count; start += BLOCK_VALUES) {
    const block = values.subarray(start, Math.min(start + BLOCK_VALUES, count))
    fill(blockAt, block)
    distinct = addDistinct(blockAt, block.length, idsAt + start * 4)
    if (distinct < 0) return undefined
  }
  const words = bytesAt(found, found + distinct * 8).slice()
  if (numberIds.length < count) numberIds = new Uint32Array(count)
  const ids = numberIds.subarray(0, count)
  ids.set(new Uint32Array(bytesAt(idsAt, idsAt + count * 4).buffer, idsAt, count))
  return { count: distinct, ids, bytes: words.length, encode: () => words }
}
