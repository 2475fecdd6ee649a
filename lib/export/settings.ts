import * as z from 'zod'
import { closed } from '../closed-object.ts'
import { schemeOf } from '../store/location.ts'
import { locationSchema } from '../store/location-schema.ts'
import { s3Schema } from '../store/s3-schema.ts'
import { timeForm } from '../time/time-form.ts'
import { formatOptions } from './format-options.ts'

/*
 * What a configuration says of an export. Columns are dotted paths; those that choose (`columns`, `exclude`, `rename`,
 * `time`, `where`) are the dataset's, all others are named as they are called in the export.
 */

const column = z.string().min(1)
const scalar = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.null()])

/** A moment, in any form that is read (`auto`); a date alone is its midnight, UTC. */
const moment = z.string().min(1)

/** Columns, and of each the values that meet the condition. */
const condition = byName(z.union([scalar, z.array(scalar).min(1)]))

/** Which rows and columns go in. */
export const selection = {
  /** In this order. Default: all. */
  columns: z.array(column).min(1).optional(),
  exclude: z.array(column).default([]),
  /** Dataset's column → its name in the export (the last step of its path). */
  rename: byName(z.string().min(1)).default({}),
  /**
   * Rows whose column, a timestamp or a text or number that is a time, lies from `from` (included) to `to` (excluded).
   * Default column: the dataset's `eventTime`; default form: that of `eventTime` for its column, else `auto`.
   */
  time: closed({
    column: column.optional(),
    form: timeForm.optional(),
    from: moment.optional(),
    to: moment.optional(),
  }).optional(),
  /** Rows in which each of these columns has one of the values; in a list or map: some entry has. */
  where: condition.default({}),
  /** Most rows, the first in order of day, hour, key and line. */
  limit: z.int().positive().optional(),
}

export const selectionSchema = closed(selection)
/** Parsed. */
export type Selection = z.infer<typeof selectionSchema>

/** Values by names. zod leaves a key `__proto__` out without a word, so it is refused. */
function byName<V extends z.ZodType>(value: V) {
  const refuse = (input: unknown, context: z.RefinementCtx) => {
    if (input instanceof Object && Object.hasOwn(input, '__proto__'))
      context.issues.push({ code: 'custom', message: 'wanted another name than __proto__', input })
    return input
  }
  return z.preprocess(refuse, z.record(z.string().min(1), value))
}

/** What one column of a row per group is. Of values that are not null; null where there are none (counts: 0). */
const aggregate = z.union([
  /** Rows, or those for which a condition holds. (So a column that is called `rows` is counted under another name.) */
  closed({ count: z.literal('rows'), where: condition.optional() }),
  /** Rows in which the column is not null. */
  closed({ count: column, where: condition.optional() }),
  /** Of int64 or double. A sum that its type cannot hold is an error. */
  closed({ sum: column, where: condition.optional() }),
  /** Of numbers, times, texts (by their UTF-8 bytes) and booleans. */
  closed({ min: column }),
  closed({ max: column }),
  closed({ mean: column, where: condition.optional() }),
  /** In the order of rows, or of the column `by`; rows in which that is null are passed over then. */
  closed({ first: column, by: column.optional() }),
  closed({ last: column, by: column.optional() }),
  /** How many distinct values: exact. */
  closed({ distinct: column }),
  /** Exact: interpolated linearly between the nearest two values. */
  closed({ quantile: column, q: z.number().min(0).max(1) }),
  /** Seconds from the first to the last moment in a timestamp column (or a text that is one). */
  closed({ duration: column }),
  /** One column of `columns` divided by another, by their names: a success rate. Null where the divisor is 0 or null. */
  closed({ ratio: z.tuple([column, column]) }),
])
export type Aggregate = z.infer<typeof aggregate>

/** One row per group, in the order in which rows bring the groups; first the keys, then the columns. Null is a key like any other. */
export const groupBySchema = closed({
  /** Columns; `{ hour: 'ts' }` and the like cut a time to its beginning. Default: one group of all rows. */
  keys: byName(
    z.union([
      column,
      closed({ minute: column }),
      closed({ hour: column }),
      closed({ day: column }),
      closed({ month: column }),
    ]),
  ).default({}),
  /** Name of the column in the export → what it is. */
  columns: byName(aggregate),
  /** Groups that are held in memory at most; more are an error that says so. */
  maxGroups: z
    .int()
    .positive()
    .max(2 ** 26)
    .default(1_000_000),
  /** Values that all `distinct` and `quantile` columns hold in memory together, some 80 bytes each; more are an error that says so. */
  maxValues: z
    .int()
    .positive()
    .max(2 ** 26)
    .default(2_000_000),
})
export type GroupBy = z.infer<typeof groupBySchema>

export type Row = Record<string, unknown>

/** Functions of the configuration; they are given a row as an object of their own, and see nothing else. */
const derivation = {
  /**
   * New columns by name, or those of that name replaced; each sees what the ones before it gave. Undefined and null are
   * null, a Date is a timestamp (a copy of a timestamp is text), a Map a map. See `derive` for the types of columns.
   */
  compute: byName(z.custom<(row: Row) => unknown>((value) => typeof value === 'function')).default({}),
  /** What a row becomes: one, several, or none. Runs after `compute`, and may change the row. */
  transform: z
    .custom<(row: Row) => Row | readonly Row[] | null | undefined>((value) => typeof value === 'function')
    .optional(),
  /** A row for which a function throws, or gives what JSON cannot hold (NaN, a function): to the export's rejects, or the export fails. */
  onError: z.enum(['fail', 'reject']).default('fail'),
  groupBy: groupBySchema.optional(),
}
export const derivationSchema = closed(derivation)
export type Derivation = z.infer<typeof derivationSchema>

const compression = z.union([
  z.enum(['none', 'gzip', 'zstd', 'brotli']).transform((codec) => ({ codec, level: undefined })),
  closed({ codec: z.enum(['gzip', 'zstd', 'brotli']), level: z.int().min(-7).max(22).optional() }),
])
export type Compression = z.infer<typeof compression>

const incremental = closed({
  /** `generation`: days that were sealed or sealed again since the last success. Or the column whose greatest value so far is the watermark. */
  by: z.union([z.literal('generation'), closed({ watermark: column })]).default('generation'),
  /** `files`: a file of its own for each run. `append` and `merge`: into one file, which is replaced whole. */
  into: z.enum(['files', 'append', 'merge']).default('files'),
  /** For `merge`: rows with equal keys are one, the newest. */
  keys: z.array(column).default([]),
})
export type Incremental = z.infer<typeof incremental>

/** What an export is called that no configuration declares. */
export const ADHOC = 'adhoc'

const settings = closed({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a name of letters, digits, _ and -, starting with a letter or digit'),
  formats: z.array(formatOptions).min(1),
  ...selection,
  ...derivation,
  /** The last so many sealed days. Default: all days that the run is about. */
  days: z.int().positive().optional(),
  compression: compression.prefault('none'),
  /** age recipients (`age1…`). */
  encryptTo: z.array(z.string().startsWith('age1')).default([]),
  /** Writes `<file>.meta.json`. */
  includeMetadata: z.boolean().default(true),
  /** Rows that are handled at once. */
  batchSize: z.int().min(1).max(1_000_000).default(10_000),
  fileName: z.string().min(1).default('{name}_{yyyy}{MM}{dd}_{HH}{mm}{ss}'),
  /** Keeps `latest.<extension>` beside the files. */
  latest: z.boolean().default(false),
  /** Keeps the newest so many exports, and removes the others after a success. */
  retentionCount: z.int().positive().optional(),
  /** Removes exports that are older than so many days after a success. */
  retentionDays: z.int().positive().optional(),
  /** Where the files go: a directory or s3://bucket/prefix. Default: the dataset's `out`, below `exports/`. */
  to: locationSchema.optional(),
  /** How the bucket of `to` is reached. Default: as the dataset's are. */
  toS3: s3Schema.optional(),
  /** When it is due: minute, hour, day of the month, month, day of the week, as cron has them; UTC. */
  schedule: z.string().min(1).optional(),
  /** Due every so many hours from midnight UTC on, in place of `schedule`. */
  everyHours: z.int().min(1).max(24).optional(),
  /** Runs after each seal of a day, for that day. */
  afterSeal: z.boolean().default(false),
  incremental: incremental.optional(),
})
/** Parsed. */
export type ExportSettings = z.infer<typeof settings>

export const exportSchema = settings.check(consistent)

/** What one setting asks of another. */
function consistent(context: z.core.ParsePayload<z.infer<typeof settings>>): void {
  const { to, toS3, schedule, everyHours, incremental, limit, includeMetadata, retentionCount, retentionDays } =
    context.value
  const refuse = (path: string, message: string) =>
    context.issues.push({ code: 'custom', path: [path], message, input: context.value })
  if (schedule !== undefined && everyHours !== undefined) refuse('everyHours', 'wanted this or schedule, not both')
  if (toS3 !== undefined && schemeOf(to ?? '') !== 's3')
    refuse('toS3', 'wanted none, or a `to` in a bucket: s3://bucket/prefix')
  if (incremental !== undefined && limit !== undefined)
    refuse('limit', 'wanted none: the rows beyond it would never be exported by an incremental export')
  if (incremental?.into === 'merge' && incremental.keys.length === 0)
    refuse('incremental', "merge needs the key columns: keys: ['id']")
  if (incremental !== undefined && incremental.into !== 'merge' && incremental.keys.length > 0)
    refuse('incremental', `keys are for into: 'merge', seen into: '${incremental.into}'`)
  if (!includeMetadata && (retentionCount !== undefined || retentionDays !== undefined))
    refuse('includeMetadata', 'wanted true: retention knows exports by their meta files')
}
