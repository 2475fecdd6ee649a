import * as z from 'zod'
import { closed } from '../closed-object.ts'
import { FIRST_DAY } from '../deployment.ts'
import { timeForm } from '../time/time-form.ts'

/*
 * What a configuration says of a dataset's uploads: files of any shape that are split by UTC day and hour into the
 * archive.
 */

/** A dotted path (`lib/path-pattern.ts`) of names. */
const path = z.string().min(1)

const jsonl = closed({ format: z.literal('jsonl') })
const jsonRecords = closed({
  format: z.literal('json-records'),
  /** The path of the array in the document (CloudTrail: `Records`). Default: the document is the array. */
  records: path.optional(),
})
const delimited = {
  /** In the place of a header. */
  columns: z.array(z.string()).min(1).optional(),
  /** Columns that are not texts (`string`): a row with a cell that is none of its type is quarantined, an empty cell is null. */
  types: z.record(z.string(), z.enum(['int64', 'double', 'bool', 'string'])).default({}),
}
const csv = closed({ format: z.literal('csv'), delimiter: z.enum([',', ';', '|']).default(','), ...delimited })
const tsv = closed({ format: z.literal('tsv'), ...delimited })

export const PRESETS = ['apache-combined', 'nginx-combined', 'aws-alb', 'cloudfront', 's3-access'] as const
const pattern = closed({
  format: z.literal('pattern'),
  /** One of these, or `pattern`. */
  preset: z.enum(PRESETS).optional(),
  /** A regular expression with named groups; each is a column. */
  pattern: z.string().min(1).optional(),
  types: delimited.types,
  /** A line that does not match belongs to the event before, whose column of this name it goes on. */
  continuation: z.string().min(1).optional(),
})

export const uploadsSchema = closed({
  /** Below this in the archive's location. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*\/$/, 'a folder with a slash at its end')
    .default('uploads/'),
  format: z.union([
    z.enum(['jsonl', 'json-records', 'csv', 'tsv', ...PRESETS]).transform((name): UploadFormat => {
      const preset = PRESETS.find((one) => one === name)
      if (preset !== undefined) return pattern.parse({ format: 'pattern', preset })
      return formats.parse({ format: name })
    }),
    z.lazy(() => formats),
  ]),
  /** The column of an event's time; `arrival`: the time at which the upload was put. */
  timestamp: z.union([z.literal('arrival'), closed({ path, form: timeForm.prefault('auto') })]),
  /**
   * What makes two uploads one. `content`: equal content counts once, whatever its name, and content that another begins
   * with has grown into it. `name-and-content`: only under one name.
   */
  identity: z.enum(['content', 'name-and-content']).default('content'),
  /** What becomes of an upload that has lines in common with what its name was before. Without it, it is held. */
  onReplace: z.enum(['replace', 'keep']).optional(),
  /** Events before this day, or later than so many hours after the upload was put, are quarantined. */
  firstDay: z.iso.date().default(FIRST_DAY),
  futureHours: z.number().min(0).default(24),
  /** Hours ("00" to "23") that may be without an event, or `any`. */
  silentHours: z.union([z.literal('any'), z.array(z.string().regex(/^([01]\d|2[0-3])$/))]).default([]),
  /** Minutes after the last upload for a day, and after its end, before it is sealed. */
  quietMinutes: z.int().min(0).default(60),
})

const formats = z.discriminatedUnion('format', [jsonl, jsonRecords, csv, tsv, pattern])
export type UploadFormat = z.infer<typeof formats>
export type UploadsInput = z.input<typeof uploadsSchema>
export type UploadSettings = z.infer<typeof uploadsSchema>
