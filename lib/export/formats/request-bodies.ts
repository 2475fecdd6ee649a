import type { ByteBuffer } from '../byte-buffer.ts'

/** Datadog, "Send logs" (API v2): what one request may hold, uncompressed. */
const MAX_ENTRIES = 1_000
const MAX_BYTES = 5_000_000

const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = Buffer.from(']\n')

/** JSON arrays of entries, each on a line of its own and as long as a request may be. */
export interface RequestBodies {
  /** An entry that is shorter than a request may be. */
  add(out: ByteBuffer, entry: ByteBuffer): void
  /** Ends the last array, if one is open. */
  end(out: ByteBuffer): void
}

export function requestBodies(): RequestBodies {
  let entries = 0
  let bytes = 0
  const end = (out: ByteBuffer) => {
    if (entries > 0) out.append(CLOSE)
    entries = 0
    bytes = 0
  }
  return {
    end,
    add(out, entry) {
      if (entries === MAX_ENTRIES || bytes + 1 + entry.length + CLOSE.length > MAX_BYTES) end(out)
      out.byte(entries === 0 ? OPEN : COMMA)
      out.appendPart(entry.bytes, 0, entry.length)
      entries++
      bytes += 1 + entry.length
    },
  }
}
