import type { Manifest } from './manifest.ts'
import type { Shrunk } from './shrunk.ts'
import type { UploadsRefusal } from './uploads-guard.ts'

/** What became of a day. */
export type SealOutcome =
  | {
      readonly kind: 'sealed'
      readonly date: string
      readonly generation: number
      readonly manifest: Manifest
      readonly manifestKey: string
      /** The hours that were converted for it; the others' parts were there. */
      readonly converted: readonly string[]
      /** Paths of objects and lists that are JSON text because there would be too many columns. */
      readonly folded: readonly string[]
      /** Keys in the day's folder that the layout does not explain. */
      readonly unexpected: readonly string[]
    }
  | {
      readonly kind: 'already-sealed'
      readonly date: string
      readonly generation: number
      readonly manifest: Manifest
      readonly unexpected: readonly string[]
      /** The configuration would make other parts than those that were sealed: `force` seals with it. */
      readonly configurationChanged: boolean
    }
  | {
      readonly kind: 'dry-run'
      readonly date: string
      /** What would be committed, or what is. */
      readonly manifest: Manifest
      readonly wouldBe: 'sealed' | 'already-sealed'
      readonly unexpected: readonly string[]
    }
  | {
      readonly kind: 'refused'
      readonly date: string
      readonly guard: 'today' | 'hours'
      readonly missing: readonly string[]
      /** Hours with a source, and those that may be silent. */
      readonly found: number
      readonly wanted: number
      /** Files without a line, whose hours are among the missing ones. */
      readonly empty: readonly string[]
    }
  | {
      /** More uploads may be on their way. */
      readonly kind: 'refused'
      readonly date: string
      readonly guard: 'uploads'
      readonly missing: readonly string[]
      readonly found: number
      readonly wanted: number
      readonly empty: readonly string[]
      readonly uploads: UploadsRefusal
    }
  | {
      /** Of some sources fewer events would be sealed than were in the generation before. */
      readonly kind: 'refused'
      readonly date: string
      readonly guard: 'removal'
      readonly missing: readonly string[]
      readonly found: number
      readonly wanted: number
      readonly empty: readonly string[]
      readonly shrunk: readonly Shrunk[]
    }
