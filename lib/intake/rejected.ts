import type { Position, RejectedEvent, RejectReason } from './reading.ts'

/** A whole text that could not become an event. */
export function rejected(reason: RejectReason, detail: string, text: Uint8Array, position: Position): RejectedEvent {
  return { kind: 'rejected', reason, detail, text, part: 1, position }
}
