/*
 * What readers of uploads make of bytes: events, each one JSON object on one line, and what could not become one.
 */

/** Where something is in an upload's content, after decompression. */
export interface Position {
  /** The file in a zip; undefined for an upload that is no zip. */
  readonly entry: string | undefined
  /** From 1: the line, or for records in an array the record. */
  readonly line: number
  /** The first byte, from 0, in the entry's content. */
  readonly byte: number
}

export interface UploadEvent {
  readonly kind: 'event'
  /** One JSON object without a line end, UTF-8. Good until the next batch is asked for. */
  readonly json: Uint8Array
  /** The same, parsed: where the timestamp is looked for. */
  readonly value: Readonly<Record<string, unknown>>
  readonly position: Position
}

export interface RejectedEvent {
  readonly kind: 'rejected'
  readonly reason: RejectReason
  /** What exactly is wrong. */
  readonly detail: string
  /** The text as it was; of one that is longer than a line may be, pieces one after the other. */
  readonly text: Uint8Array
  /** 1 for a whole text and for the first piece of one, then 2, 3 …. Only a first piece counts. */
  readonly part: number
  readonly position: Position
}

/** Those of the last line are found by the partitioner, the others by readers. */
export type RejectReason =
  | 'not_json'
  | 'not_object'
  | 'not_utf8'
  | 'too_long'
  | 'too_deep'
  | 'fields' // a csv row with another number of fields than its header
  | 'type' // a cell that is none of its column's type
  | 'no_match' // a line that the pattern does not match
  | 'ambiguous' // a line of a preset whose fields cannot be told for sure
  | 'no_timestamp'
  | 'impossible_timestamp'
  | 'outside_window'

export type Reading = UploadEvent | RejectedEvent

export interface ReaderLimits {
  readonly maxLineBytes: number
  readonly maxDepth: number
}

/** One format. Blank lines are no events; they are counted by the generator's return value. */
export interface EventReader {
  /**
   * Batches of readings in the order of the content. Memory: a batch (at most some 256 KiB of content, or one line).
   * @throws DaysealError `source` where the content as a whole is not of the format (a binary file, JSON that ends early)
   */
  read(
    content: AsyncIterable<Uint8Array>,
    entry: string | undefined,
    limits: ReaderLimits,
  ): AsyncGenerator<readonly Reading[], { readonly blank: number }>
}
