import fc from 'fast-check'
import type { EventReader, Reading } from '../../lib/intake/reading.ts'

/** What a reader gives, as values that stay: batches are good until the next one only. */
export interface Read {
  /** `event` and `rejected` with their texts. */
  readonly readings: readonly Plain[]
  readonly blank: number
  /** Bytes of the longest batch. */
  readonly heldBytes: number
}

export type Plain =
  | { readonly json: string; readonly value: unknown; readonly line: number; readonly byte: number }
  | {
      readonly reason: string
      readonly text: string
      readonly part: number
      readonly line: number
      readonly byte: number
    }

export const LIMITS = { maxLineBytes: 4096, maxDepth: 8 }

export async function readAll(
  reader: EventReader,
  content: AsyncIterable<Uint8Array> | Uint8Array | string,
  limits = LIMITS,
): Promise<Read> {
  const chunks = typeof content === 'string' ? once(Buffer.from(content)) : content
  const batches = reader.read(chunks instanceof Uint8Array ? once(chunks) : chunks, 'a.log', limits)
  const readings: Plain[] = []
  let heldBytes = 0
  for (;;) {
    const { done, value } = await batches.next()
    if (done) return { readings, blank: value.blank, heldBytes }
    heldBytes = Math.max(heldBytes, sum(value.map((one) => (one.kind === 'event' ? one.json : one.text).length)))
    readings.push(...value.map(plain))
  }
}

function plain(reading: Reading): Plain {
  const { line, byte, entry } = reading.position
  if (entry !== 'a.log') throw new Error(`a reading of ${entry}`)
  if (reading.kind === 'event') return { json: latin(reading.json), value: reading.value, line, byte }
  const { reason, text, part } = reading
  return { reason, text: latin(text), part, line, byte }
}

/** Bytes one by one, so that none of them is lost or mended. */
function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

/**
 * Content cut at any places, each chunk in memory of its own that is overwritten when the next one is asked for: as the
 * contract of streams allows.
 */
export async function* cutAt(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b)
  let start = 0
  for (const end of ends) {
    const chunk = Uint8Array.from(bytes.subarray(start, end))
    yield chunk
    chunk.fill(0x7e)
    start = end
  }
}

export const cuts = fc.array(fc.nat(), { maxLength: 12 })
