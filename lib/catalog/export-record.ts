import * as z from 'zod'
import { count, datasetName, date, instant, name, objectKey, prose } from './fields.ts'

/** Files that a record names one by one; a partitioned export may have more. */
export const FILES_LIMIT = 64

const exportName = datasetName

/** A file that a run wrote. */
const exportFile = z.strictObject({ format: name(64), key: objectKey, bytes: count })

/** One run of an export, from its start to its end. Together with `started`, `run_id` is the record's identity. */
export const exportRecord = z
  .strictObject({
    dataset: datasetName,
    export: exportName,
    run_id: name(512),
    started: instant,
    /** Null while it goes on. */
    ended: instant.nullable(),
    outcome: z.enum(['running', 'exported', 'nothing-new', 'failed']),
    /** The first and the last sealed day that it is about; null for none. */
    first_day: date.nullable(),
    last_day: date.nullable(),
    days: count,
    rows_in: count,
    rows_out: count,
    bytes: count,
    /** Where the keys are. */
    location: name(2048),
    files: z.array(exportFile).max(FILES_LIMIT),
    error: prose(2000).nullable(),
  })
  .refine(({ ended, outcome }) => (ended === null) === (outcome === 'running'), {
    message: 'a run that has ended is not running',
    path: ['outcome'],
  })
export type ExportRecord = Readonly<z.infer<typeof exportRecord>>

/** What an export has done so far: where an incremental one goes on. */
export const exportStateContent = z.strictObject({
  dataset: datasetName,
  export: exportName,
  /** The last run that succeeded. */
  run_id: name(512),
  succeeded: instant,
  /** The generation of each day that has been exported. */
  days: z.record(date, z.int().positive()),
  /** The greatest value of a column that has been exported: an integer, or microseconds since the epoch. */
  watermark: z.strictObject({ column: name(4096), value: z.string().regex(/^-?\d+$/) }).nullable(),
  /** What the last run wrote, with the end of each name: `latest` may still have to point there. Not in states of before. */
  outputs: z.array(z.strictObject({ key: objectKey, extension: name(64) })).default([]),
})
/** `version`: 1 for the first record, +1 for each that replaces it. */
export const exportState = z.strictObject({ ...exportStateContent.shape, version: z.int().positive() })

export type ExportStateContent = Readonly<z.infer<typeof exportStateContent>>
export type ExportState = Readonly<z.infer<typeof exportState>>
