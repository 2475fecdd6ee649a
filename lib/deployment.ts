import * as z from 'zod'
import { isDate } from './archive/guards.ts'
import { closed } from './closed-object.ts'

/*
 * How the datasets of a configuration are run on AWS: what the CDK app in infra/ reads, and the command with `--remote`.
 * The functions have no use for it.
 */

export const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in UTC, 00:00 to 23:59')
const share = z.number().min(0).max(1)

/** The retentions that CloudWatch Logs knows (PutRetentionPolicy). */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const

/** Athena looks for no day before it: earlier than most archives, and not so early that looking takes long. */
export const FIRST_DAY = '2020-01-01'

const MIB = 2 ** 20
const GIB = 2 ** 30

export const deploymentSchema = closed({
  /** What the stacks and everything with a name of its own are called after. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,23}$/, 'up to 24 small letters, digits and -, starting with a letter')
    .default('dayseal'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'an account number of 12 digits')
    .optional(),
  region: z.string().min(1).optional(),
  /** Buckets that are there already. Every other bucket that a dataset names is made. */
  existingBuckets: z.array(z.string()).default([]),
  /** When yesterday is sealed. */
  sealAt: timeOfDay.default('00:05'),
  /** Every day a part of the sealed days is verified again, so that each has its turn within `everyDays`. */
  reverify: closed({
    at: timeOfDay.default('03:00'),
    everyDays: z.int().min(1).max(3650).default(90),
  }).prefault({}),
  /** The largest hour and day, bytes of JSON: what the functions must be able to do. */
  largestHour: z
    .int()
    .positive()
    .default(512 * MIB),
  largestDay: z
    .int()
    .positive()
    .default(8 * GIB),
  /** Hours that are converted at the same time. SQS asks for at least 2. */
  convertConcurrency: z.int().min(2).max(1000).default(24),
  /** Days that a backfill seals at the same time. */
  backfillConcurrency: z.int().min(1).max(1000).default(4),
  /** What an export may hold in memory, bytes: one vCPU has 1769 MiB, and more memory is more of them. */
  exportMemory: z
    .int()
    .min(512 * MIB)
    .max(10 * GIB)
    .default(1769 * MIB),
  /** What an export may keep on disk while it runs, bytes: a SQLite database, rows that functions make. */
  exportScratch: z
    .int()
    .min(512 * MIB)
    .max(10 * GIB)
    .default(2 * GIB),
  /** Uploads that are partitioned at the same time. */
  uploadConcurrency: z.int().min(2).max(1000).default(8),
  /** What partitioning an upload may keep on disk, bytes: what the upload is when it is compressed with gzip. */
  uploadScratch: z
    .int()
    .min(512 * MIB)
    .max(10 * GIB)
    .default(4 * GIB),
  logRetentionDays: z.union(RETENTION_DAYS.map((days) => z.literal(days))).default(90),
  /** When rejected lines are deleted; a day cannot be verified as a whole after that. */
  quarantineDays: z.int().positive().optional(),
  /** Who is told of alarms. */
  alarmEmail: z.email().optional(),
  /** The share of an hour's, or an upload's, lines in quarantine above which there is an alarm. */
  alarmQuarantineShare: share.default(0.01),
  /** The first day that Athena looks for. */
  firstDay: z.string().refine(isDate, 'a day, YYYY-MM-DD').default(FIRST_DAY),
})

export type Deployment = z.infer<typeof deploymentSchema>

/** The stack of all that works on the data: its outputs name what there is. */
export function pipelineStack({ name }: Pick<Deployment, 'name'>): string {
  return `${name}-pipeline`
}
