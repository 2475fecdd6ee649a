import { z } from 'zod'
import { typeJson } from './shred/schema-json.ts'

/*
 * Dataset configuration: the only place that reads raw configuration. `dayseal.config.ts` exports what `defineConfig`
 * takes; everything else in Dayseal sees the parsed `Dataset`.
 */

const level = z.enum(['error', 'warn']).default('error')
const path = z.string().min(1)

const overrideKind = z.enum(['map', 'struct', 'json', 'drop', 'timestamp'])
const override = z.union([
  overrideKind,
  z.strictObject({ as: overrideKind.optional(), rename: z.string().min(1).optional() }),
])

export const limitsSchema = z.strictObject({
  /** Longest line, bytes. */
  maxLineBytes: z.int().min(1024).max(256 * 2 ** 20).default(16 * 2 ** 20),
  /** Deepest nesting of objects and lists in a line. */
  maxDepth: z.int().min(1).max(100).default(64),
  /** Largest decompressed object, bytes. */
  maxExpandedBytes: z.int().positive().default(64 * 2 ** 30),
  /** Share of an hour's non-blank lines that may be quarantined before the hour fails. */
  maxQuarantineShare: z.number().min(0).max(1).default(0.05),
  /** Most paths (columns and containers) in a schema. */
  maxPaths: z.int().positive().default(20_000),
})

const verifySchema = z.strictObject({
  /** Columns (dotted paths) that must exist. */
  required: z.array(path).default([]),
  /** Of each group at least one column must exist. */
  oneOf: z.array(z.array(path).min(1)).default([]),
  /** Columns that must not exist. */
  absent: z.array(path).default([]),
  /** Rules for values, checked on a seeded sample of rows. */
  rules: z
    .array(
      z.strictObject({
        path,
        nonEmpty: z.boolean().optional(),
        timestamp: z.boolean().optional(),
        min: z.number().optional(),
        max: z.number().optional(),
        level,
      }),
    )
    .default([]),
  /** Rules for a struct that only some rows have. Shares are of all rows. */
  blocks: z
    .array(
      z.strictObject({
        path,
        minShare: z.number().min(0).max(1).optional(),
        maxShare: z.number().min(0).max(1).optional(),
        /** Paths inside the block that must not be null when the block is there. */
        required: z.array(path).default([]),
        /** A boolean column that must be true exactly when the block is there. */
        flag: path.optional(),
        level,
      }),
    )
    .default([]),
  /** Largest share of nulls per column. */
  nulls: z.record(z.string(), z.number().min(0).max(1)).default({}),
  /** What a column that is null in every row is. */
  allNull: z.enum(['error', 'warn']).default('warn'),
})

const datasetSchema = z.strictObject({
  archive: z.strictObject({ location: z.string().min(1), layout: z.string().min(1).default('{yyyy}{MM}{dd}/{HH}.jsonl.gz') }),
  out: z.string().min(1),
  /** The column whose smallest and largest value the manifest names (dotted path). */
  eventTime: path.optional(),
  schema: z
    .discriminatedUnion('mode', [
      z.strictObject({ mode: z.literal('infer').default('infer'), overrides: z.record(z.string(), override).default({}) }),
      z.strictObject({
        mode: z.literal('strict'),
        columns: z.record(z.string(), typeJson),
        overrides: z.record(z.string(), override).default({}),
      }),
    ])
    .prefault({ mode: 'infer' }),
  guards: z.strictObject({ minHours: z.int().min(1).max(24).default(24), deadline: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/).optional() }).prefault({}),
  limits: limitsSchema.prefault({}),
  verify: verifySchema.prefault({}),
})

export const configSchema = z.strictObject({ datasets: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/), datasetSchema) })

export type Config = z.input<typeof configSchema>
export type DatasetSettings = z.infer<typeof datasetSchema>
export type Limits = z.infer<typeof limitsSchema>
export type VerifyRules = z.infer<typeof verifySchema>
export type Override = z.infer<typeof override>
/** One archive and how to seal it, parsed. */
export type Dataset = DatasetSettings & { readonly name: string }

/** For `dayseal.config.ts`: gives the editor its types, changes nothing. */
export function defineConfig(config: Config): Config {
  return config
}
