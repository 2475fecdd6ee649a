import { isUtf8 } from 'node:buffer'
import { DaysealError } from '../../errors.ts'
import { blocksOf } from '../blocks.ts'
import { type DocumentFault, DocumentWalker, type RecordPiece } from '../document-walker.ts'
import { readObject } from '../json-object.ts'
import type { EventReader, ReaderLimits, Reading } from '../reading.ts'
import { rejected } from '../rejected.ts'

/**
 * The records of a JSON document: its elements, or those of the array at a path of names in it (CloudTrail: `Records`).
 * An event's bytes are the record's own, but for line ends, which become spaces. The document is never in memory as a whole.
 *
 * A document that ends early, or is none around its records, is a `source` error: it may come after any number of events,
 * which must not count then.
 */
export function jsonRecords(path: readonly string[]): EventReader {
  return {
    async *read(content, entry, limits) {
      const walker = new DocumentWalker(path, limits.maxLineBytes, (fault) => noDocument(entry, fault))
      for await (const block of blocksOf(content)) {
        const found: RecordPiece[] = []
        walker.push(block, found)
        if (found.length > 0) yield found.map((record) => readRecord(record, entry, limits))
      }
      walker.end()
      return { blank: 0 }
    },
  }
}

function readRecord(record: RecordPiece, entry: string | undefined, limits: ReaderLimits): Reading {
  const { bytes, number: line, start, offset, part } = record
  const position = { entry, line, byte: start + offset }
  if (part !== undefined) {
    const detail = `longer than ${limits.maxLineBytes} bytes`
    return { kind: 'rejected', reason: 'too_long', detail, text: bytes, part, position }
  }
  if (!isUtf8(bytes)) return rejected('not_utf8', 'bytes that are not UTF-8', bytes, position)
  const reading = readObject(bytes, position, limits.maxDepth)
  return reading.kind === 'event' ? { ...reading, json: onOneLine(bytes) } : reading
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20

/** Of what is JSON: no text in it has a line end. */
function onOneLine(json: Buffer): Buffer {
  if (!json.includes(LINE_FEED) && !json.includes(CARRIAGE_RETURN)) return json
  const line = Buffer.from(json)
  for (const [at, byte] of json.entries()) if (byte === LINE_FEED || byte === CARRIAGE_RETURN) line[at] = SPACE
  return line
}

function noDocument(entry: string | undefined, { seen, wanted, offset }: DocumentFault): DaysealError {
  const what = entry === undefined ? 'the upload' : `the entry ${JSON.stringify(entry)}`
  return new DaysealError('source', `${what} is no JSON document of records, at byte ${offset} of its content`, {
    seen,
    wanted,
  })
}
