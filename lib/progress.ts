/** How far a use case has come; `done` of `total` in the phase: of `upload` and `read` bytes. */
export interface Progress {
  readonly phase: 'list' | 'convert' | 'join' | 'check' | 'commit' | 'upload' | 'read' | 'slices'
  readonly done: number
  readonly total: number
  readonly detail?: string
}
