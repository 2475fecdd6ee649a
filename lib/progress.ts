/** How far a use case has come; `done` of `total` in the phase. */
export interface Progress {
  readonly phase: 'list' | 'convert' | 'join' | 'check' | 'commit'
  readonly done: number
  readonly total: number
  readonly detail?: string
}
