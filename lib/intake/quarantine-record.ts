import { isUtf8 } from 'node:buffer'
import type { RejectedEvent } from './reading.ts'

/** What is in the quarantine of an upload: `part` only for the pieces of a text that is longer than a line may be. */
export type QuarantineRecord = Pick<RejectedEvent, 'reason' | 'detail' | 'text' | 'part' | 'position'>

/**
 * One JSON line of an upload's quarantine: the text verbatim (`text`, or `base64` where it is not UTF-8), where it was, and why
 * it is there. The upload's name is not: two uploads of one content have one quarantine.
 */
export function quarantineLine({ reason, detail, text, part, position }: QuarantineRecord): Uint8Array {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const { entry, line, byte } = position
  const record = {
    ...(entry === undefined ? {} : { entry }),
    line,
    offset: byte,
    bytes: bytes.length,
    reason,
    detail,
    ...(reason === 'too_long' ? { part } : {}),
    ...(isUtf8(bytes) ? { text: bytes.toString('utf8') } : { base64: bytes.toString('base64') }),
  }
  return Buffer.from(JSON.stringify(record))
}
