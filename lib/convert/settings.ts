import { canonicalJson } from '../canonical-json.ts'
import type { Dataset, Limits, Override } from '../config.ts'
import { type EventTime, eventTimeOf } from '../event-time.ts'
import { sha256 } from '../sha256.ts'
import { columnsOfDeclared, formsOfDeclared } from '../shred/declared-columns.ts'
import { compileRules, type ShredRules } from '../shred/rules.ts'
import type { FieldJson } from '../shred/schema-json.ts'
import { schemaFromJson } from '../shred/schema-json.ts'

/** Goes up when the same lines would make another part: parts of an older format are converted again. */
const PART_FORMAT = 4

/** A row group closes once its lines reach this many bytes. */
const ROW_GROUP_BYTES = 32 * 2 ** 20

/** All the configuration that shapes a part, as plain data: it crosses to worker threads and is hashed. */
export interface ConvertSettings {
  readonly partFormat: number
  readonly rowGroupBytes: number
  readonly overrides: Readonly<Record<string, Override>>
  /** Strict mode: the declared columns; null in infer mode. */
  readonly declared: readonly FieldJson[] | null
  /** Whether texts that are times become timestamps by themselves. */
  readonly times: 'text' | 'detect'
  readonly eventTime: EventTime | null
  readonly limits: Limits
}

export function convertSettings(dataset: Dataset): ConvertSettings {
  const { schema, limits, eventTime } = dataset
  return {
    partFormat: PART_FORMAT,
    rowGroupBytes: ROW_GROUP_BYTES,
    overrides: schema.mode === 'infer' ? schema.overrides : formsOfDeclared(schema.columns),
    declared: schema.mode === 'strict' ? columnsOfDeclared(schema.columns) : null,
    times: schema.mode === 'infer' ? (schema.times ?? 'text') : 'text',
    eventTime: eventTimeOf(eventTime) ?? null,
    limits,
  }
}

/** Of what makes a part another part. Limits that only fail an hour do not. */
export function settingsSha256({ limits, ...shape }: ConvertSettings): string {
  const { maxQuarantineShare: _, maxExpandedBytes: __, ...shaping } = limits
  return sha256(canonicalJson({ ...shape, limits: shaping }))
}

export function rulesOf(settings: ConvertSettings): ShredRules {
  const { overrides, declared, times } = settings
  return compileRules(overrides, declared === null ? undefined : schemaFromJson(declared), times)
}
