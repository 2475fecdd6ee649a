import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { datasetName, date, instant, name, prose } from './fields.ts'

/** One piece of work, from its start to its end. */
export const runRecord = z
  .strictObject({
    dataset: datasetName,
    /** The caller's name for the run. Together with `started` it is the record's identity. */
    run_id: name(512),
    kind: z.enum(['convert', 'seal', 'verify', 'backfill', 'export']),
    /** Null for work on several days. */
    date: date.nullable(),
    started: instant,
    /** Null while it goes on, as is its outcome. */
    ended: instant.nullable(),
    outcome: prose(64).nullable(),
    detail: prose(4000).nullable(),
  })
  .refine(({ ended, outcome }) => (ended === null) === (outcome === null), {
    message: 'a run that has ended has an outcome, and no other has one',
    path: ['outcome'],
  })
  .refine(({ started, ended }) => ended === null || ended >= started, {
    message: 'an end that is not before the start',
    path: ['ended'],
  })

export type RunRecord = Readonly<z.infer<typeof runRecord>>

/** What starts and ends. */
export interface Ending {
  readonly started: string
  readonly ended: string | null
}

/** Whether `told` says more than `present`: a run that has ended does not go on again, and the later end counts. */
export function isNewsOfRun<T extends Ending>(present: T | undefined, told: T): boolean {
  if (present === undefined) return true
  if (present.ended !== null && (told.ended === null || told.ended < present.ended)) return false
  return !isDeepStrictEqual(present, told)
}

const KEPT_MS = 90 * 86_400_000

/** When the record may be forgotten: 90 days after the end, or the start of what goes on; in seconds since the epoch. */
export function expiryOf({ started, ended }: Ending): number {
  return Math.ceil((Date.parse(ended ?? started) + KEPT_MS) / 1000)
}
