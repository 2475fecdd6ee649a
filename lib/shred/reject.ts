/** Why a line could not become a row. */
export type RejectReason =
  | 'not_json'
  | 'not_object'
  | 'not_utf8'
  | 'too_long'
  | 'too_deep'
  | 'too_wide'
  | 'timestamp'
  | 'schema'

/** Thrown inside the scan of one line and caught around it. Not an Error: hostile files throw one per line. */
export class Reject {
  readonly reason: RejectReason
  readonly detail: string

  constructor(reason: RejectReason, detail: string) {
    this.reason = reason
    this.detail = detail
  }
}
