import * as z from 'zod'
import { parseLayout } from './archive/layout.ts'
import { closed } from './closed-object.ts'
import { describeProblems } from './config-problems.ts'
import { type Deployment, deploymentSchema } from './deployment.ts'
import { DaysealError } from './errors.ts'
import type { EventTimeSetting } from './event-time.ts'
import { offloadSchema } from './export/offload-settings.ts'
import { ADHOC, type ExportSettings, exportSchema } from './export/settings.ts'
import { SLICES_LAYOUT, uploadProblems } from './intake/check-settings.ts'
import { type UploadSettings, uploadsSchema } from './intake/settings.ts'
import { DEFAULT_NAME } from './owner.ts'
import { parsePath } from './path-pattern.ts'
import { columnsOfDeclared, declaredType } from './shred/declared-columns.ts'
import { countPaths, deepestLevel, levelsAt, MAX_LEVELS } from './shred/levels.ts'
import { schemaFromJson } from './shred/schema-json.ts'
import { normalLocation } from './store/location.ts'
import { locationSchema } from './store/location-schema.ts'
import { s3Schema } from './store/s3-schema.ts'
import { timeForm } from './time/time-form.ts'

/*
 * Dataset configuration: the only place that reads raw configuration. `dayseal.config.ts` exports what `defineConfig`
 * takes; everything else in Dayseal sees the parsed `Dataset`.
 */

const level = z.enum(['error', 'warn']).default('error')
const path = z.string().check(readableBy(parsePath))
/** A column: no `*` and no `[]`, so that it is one. */
const column = z.string().check(readableBy(parseColumn))

const overrideKind = z.enum(['map', 'struct', 'json', 'drop', 'timestamp', 'string', 'int64', 'double'])
const override = z.union([
  overrideKind,
  closed({
    as: overrideKind.optional(),
    /** In the place of `as: 'timestamp'`: a timestamp whose times are written in this form. */
    timestamp: timeForm.optional(),
    rename: z.string().min(1).optional(),
  }).refine(({ as, timestamp }) => timestamp === undefined || as === undefined || as === 'timestamp', {
    path: ['as'],
    message: 'wanted none beside timestamp',
  }),
])

export const limitsSchema = closed({
  /** Longest line, bytes. */
  maxLineBytes: z
    .int()
    .min(1024)
    .max(256 * 2 ** 20)
    .default(16 * 2 ** 20),
  /** Deepest nesting of objects and lists in a line. */
  maxDepth: z.int().min(1).max(100).default(64),
  /** Largest decompressed object, bytes. */
  maxExpandedBytes: z
    .int()
    .positive()
    .default(64 * 2 ** 30),
  /** Share of an hour's non-blank lines that may be quarantined before the hour fails. */
  maxQuarantineShare: z.number().min(0).max(1).default(0.05),
  /** Most columns, structs, lists and maps of a day. */
  maxPaths: z.int().positive().default(20_000),
})

const verifySchema = closed({
  /** Columns (dotted paths) that must exist. */
  required: z.array(path).default([]),
  /** Of each group at least one column must exist. */
  oneOf: z.array(z.array(path).min(1)).default([]),
  /** Columns that must not exist. */
  absent: z.array(path).default([]),
  /** Rules for values, checked on a seeded sample of rows. */
  rules: z
    .array(
      closed({
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
      closed({
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
  nulls: z.record(path, z.number().min(0).max(1)).default({}),
  /** What a column that is null in every row is. */
  allNull: z.enum(['error', 'warn']).default('warn'),
})

const datasetName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a name of letters, digits, _ and -, starting with a letter or digit')

const datasetShape = {
  /** Names that the dataset had: what was written under them is its own. */
  formerly: z.array(datasetName).check(namedOnce).default([]),
  archive: closed({
    location: locationSchema,
    layout: z.string().check(readableBy(parseLayout)).optional(),
  }),
  out: locationSchema,
  /** How the buckets of `s3://` locations are reached. */
  s3: s3Schema.prefault({}),
  /** The column whose smallest and largest value the manifest names (dotted path), or with how its times are written. */
  eventTime: z.union([column, closed({ column, form: timeForm })]).optional(),
  schema: z
    .discriminatedUnion('mode', [
      closed({
        mode: z.literal('infer').default('infer'),
        overrides: z.record(path, override).default({}),
        /** `detect`: a path where every text of a day is a time, date, time of day and offset, is a timestamp on that day. Default: `text`. */
        times: z.enum(['text', 'detect']).optional(),
      }),
      closed({
        mode: z.literal('strict'),
        /** The top-level columns; every key of a row must be declared, at every level. */
        columns: z.record(z.string(), declaredType),
      }),
    ])
    .prefault({ mode: 'infer' }),
  guards: z
    .strictObject({
      minHours: z.int().min(1).max(24).default(24),
      deadline: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in UTC, 00:00 to 23:59')
        .default('06:00'),
      /** What an hour is whose files have no line: `refuse` takes it for a missing one. */
      emptyHours: z.enum(['warn', 'refuse']).default('warn'),
    })
    .prefault({}),
  limits: limitsSchema.prefault({}),
  verify: verifySchema.prefault({}),
  /** What leaves the dataset: see docs/exports.md. */
  exports: z.array(exportSchema).check(distinctNames).default([]),
  /** What becomes of old source files, on AWS: see docs/archives.md. */
  offload: offloadSchema.optional(),
  /** Files of any shape, split by day and hour into the archive: see docs/uploads.md. */
  uploads: uploadsSchema.optional(),
}
const datasetSchema = closed(datasetShape).check(uploadsFit, columnsFit).transform(withLayout)

const flagsSchema = closed({ name: datasetName, ...datasetShape })
  .check(uploadsFit, columnsFit)
  .transform(withLayout)

export const configSchema = closed({
  datasets: z.record(datasetName, datasetSchema),
  deployment: deploymentSchema.prefault({}),
})

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

/**
 * Reads what a configuration file exports. `from` names it in messages. Throws one `usage` error with every problem in
 * it: where it is, what was seen and what was wanted.
 */
export function parseConfig(value: unknown, from: string): ReadonlyMap<string, Dataset> {
  const parsed = configSchema.safeParse(value)
  const problems = parsed.success ? [] : describeProblems(parsed.error.issues, value)
  problems.push(...sharedOutputs(outputsOf(value)))
  if (parsed.success) problems.push(...sharedUploads(parsed.data.datasets), ...presentNames(parsed.data.datasets))
  if (parsed.success && Object.keys(parsed.data.datasets).length === 0)
    problems.push('datasets: seen {}, wanted one or more')
  if (!parsed.success || problems.length > 0) throw unusable(from, problems)
  return new Map(Object.entries(parsed.data.datasets).map(([name, settings]) => [name, { ...settings, name }]))
}

/** What a configuration says of its deployment. Throws as `parseConfig` does. */
export function parseDeployment(value: unknown, from: string): Deployment {
  const parsed = configSchema.safeParse(value)
  if (!parsed.success) throw unusable(from, describeProblems(parsed.error.issues, value))
  return parsed.data.deployment
}

/** What can be said of a dataset without a configuration file. Everything else has its default. */
export interface DatasetFlags {
  /** @default 'default' */
  readonly name?: string | undefined
  readonly archive: string
  readonly out: string
  readonly layout?: string | undefined
  readonly s3?: z.input<typeof s3Schema> | undefined
  readonly eventTime?: EventTimeSetting | undefined
  readonly uploads?: z.input<typeof uploadsSchema> | undefined
}

/** A dataset from the command line. Throws `usage`, as `parseConfig` does. */
export function datasetFromFlags({ name = DEFAULT_NAME, archive, layout, ...others }: DatasetFlags): Dataset {
  const settings = { archive: { location: archive, layout }, ...others }
  const parsed = flagsSchema.safeParse({ name, ...settings })
  if (parsed.success) return parsed.data
  throw unusable('the dataset on the command line', describeProblems(parsed.error.issues, { name, ...settings }))
}

/** Where a dataset writes. The same bucket at two endpoints is two places. */
export interface Output {
  readonly out: string
  readonly s3?: { readonly endpoint?: string | undefined } | undefined
}

/** Two datasets that write to one place would seal over each other. `outputs` are by dataset. */
export function sharedOutputs(outputs: ReadonlyMap<string, Output>): string[] {
  return sharedPlaces(outputs, 'one out')
}

/** What is known of an archive's uploads is known by their names alone. */
function sharedUploads(datasets: Readonly<Record<string, DatasetSettings>>): string[] {
  const withThem = Object.entries(datasets).filter(([, { uploads }]) => uploads !== undefined)
  const archives = withThem.map(([name, { archive, s3 }]) => [name, { out: archive.location, s3 }] as const)
  return sharedPlaces(new Map(archives), 'uploads in one archive')
}

/** A former name that a dataset has now says of two datasets that the same things are theirs. */
function presentNames(datasets: Readonly<Record<string, DatasetSettings>>): string[] {
  return Object.entries(datasets).flatMap(([name, { formerly }]) =>
    formerly
      .filter((former) => Object.hasOwn(datasets, former))
      .map((former) =>
        former === name
          ? `datasets.${name}.formerly: seen ${former}, its own name, wanted names that it had before`
          : `datasets.${name}.formerly: seen ${former}, wanted a name that no dataset has now`,
      ),
  )
}

function sharedPlaces(places: ReadonlyMap<string, Output>, what: string): string[] {
  const datasets = Map.groupBy(places, ([, place]) => placeOf(place))
  return [...datasets.values()]
    .filter((same) => same.length > 1)
    .map(
      (same) =>
        `datasets ${same.map(([name]) => name).join(' and ')}: seen ${what}, ${same[0]![1].out}, wanted one each`,
    )
}

function placeOf({ out, s3 }: Output): string {
  const place = normalLocation(out)
  return place.startsWith('s3://') && s3?.endpoint !== undefined ? `${s3.endpoint} ${place}` : place
}

export function unusable(from: string, problems: readonly string[]): DaysealError {
  return new DaysealError('usage', `${from} cannot be used:`, { problems })
}

const output = z.object({
  out: z.string(),
  s3: z.object({ endpoint: z.string().optional() }).optional().catch(undefined),
})

/** The outputs that are there, whatever else is wrong. */
function outputsOf(value: unknown): ReadonlyMap<string, Output> {
  const parsed = z.object({ datasets: z.record(z.string(), z.unknown()) }).safeParse(value)
  const datasets = Object.entries(parsed.success ? parsed.data.datasets : {})
  const withOut = datasets.map(([name, dataset]) => [name, output.safeParse(dataset)] as const)
  return new Map(withOut.flatMap(([name, { data }]) => (data === undefined ? [] : [[name, data]])))
}

/** A check that passes what `parse` takes, and says otherwise what `parse` says. */
function readableBy(parse: (text: string) => unknown): z.core.CheckFn<string> {
  return (context) => {
    try {
      parse(context.value)
    } catch (error) {
      if (!(error instanceof DaysealError)) throw error
      context.issues.push({ code: 'custom', message: error.message, input: context.value })
    }
  }
}

/** A dataset whose archive has no layout of its own gets the one that suits it. */
function withLayout<T extends DatasetPlaces>(settings: T) {
  const { archive, uploads } = settings
  const layout = archive.layout ?? (uploads === undefined ? '{yyyy}{MM}{dd}/{HH}.jsonl.gz' : SLICES_LAYOUT)
  return { ...settings, archive: { ...archive, layout } }
}

type DatasetPlaces = Readonly<{
  archive: Readonly<{ location: string; layout?: string | undefined }>
  uploads?: UploadSettings | undefined
}>

function uploadsFit({ value, issues }: z.core.ParsePayload<DatasetPlaces>): void {
  if (value.uploads === undefined) return
  const { layout } = withLayout(value).archive
  for (const { path, message } of uploadProblems(value.uploads, layout))
    issues.push({ code: 'custom', path: [...path], message, input: value })
}

function namedOnce({ value, issues }: z.core.ParsePayload<string[]>): void {
  for (const [index, name] of value.entries()) {
    if (value.indexOf(name) < index)
      issues.push({ code: 'custom', path: [index], message: `${name} is named twice`, input: name })
  }
}

type DatasetColumns = Readonly<{
  schema:
    | { readonly mode: 'infer'; readonly overrides: Readonly<Record<string, Override>> }
    | { readonly mode: 'strict'; readonly columns: Readonly<Record<string, z.infer<typeof declaredType>>> }
  limits: Limits
}>

/** What is declared must be columns that a file can have. */
function columnsFit({ value, issues }: z.core.ParsePayload<DatasetColumns>): void {
  const { schema, limits } = value
  const report = (path: string[], message: string) =>
    issues.push({ code: 'custom', path: ['schema', ...path], message, input: value })
  if (schema.mode === 'infer') {
    for (const path of Object.keys(schema.overrides)) {
      const levels = levelsAt(parsePath(path))
      if (levels > MAX_LEVELS) report(['overrides', path], `seen ${levels} levels, wanted at most ${MAX_LEVELS}`)
    }
    return
  }
  const columns = Object.entries(schema.columns).map(([name, type]) =>
    schemaFromJson(columnsOfDeclared({ [name]: type })),
  )
  for (const column of columns) {
    const levels = deepestLevel(column)
    if (levels > MAX_LEVELS) {
      report(
        ['columns', column[0]!.name],
        `seen ${levels} levels, wanted at most ${MAX_LEVELS}: declare json inside it`,
      )
    }
  }
  const paths = columns.reduce((sum, column) => sum + countPaths(column), 0)
  if (paths > limits.maxPaths) {
    report(
      ['columns'],
      `seen ${paths} columns, structs, lists and maps, wanted at most ${limits.maxPaths} (limits.maxPaths)`,
    )
  }
}

/** An export's files, history and state are known by its name. */
function distinctNames(context: z.core.ParsePayload<ExportSettings[]>): void {
  const seen = new Set<string>()
  for (const [index, { name }] of context.value.entries()) {
    if (seen.has(name) || name === ADHOC) {
      const message = name === ADHOC ? `${name} is the name of exports without one` : `two exports are called ${name}`
      context.issues.push({ code: 'custom', path: [index, 'name'], message, input: name })
    }
    seen.add(name)
  }
}

function parseColumn(text: string): void {
  if (parsePath(text).every((step) => step.kind === 'name')) return
  throw new DaysealError('usage', `the path ${JSON.stringify(text)} may mean several columns`, {
    wanted: 'no * and no []',
  })
}
