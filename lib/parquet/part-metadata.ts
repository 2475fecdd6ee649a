import type { ColumnMetaData } from 'hyparquet'
import type { PhysicalType } from './schema.ts'

/** Most level entries of one chunk: more than row groups of any use have. */
const MAX_ENTRIES = 2n ** 31n

type Check = (value: unknown) => boolean

const isCount: Check = (value) => typeof value === 'bigint' && value >= 0n
const isEntries: Check = (value) => isCount(value) && (value as bigint) <= MAX_ENTRIES
const isText: Check = (value) => typeof value === 'string'
const isFlag: Check = (value) => typeof value === 'boolean'
const isList =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const isMissingOr =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const ENCODING_STATS = { page_type: isText, encoding: isText, count: Number.isSafeInteger }

const METADATA = {
  codec: (value: unknown) => value === 'ZSTD',
  path_in_schema: isList(isText),
  encodings: isList(isText),
  num_values: isEntries,
  total_uncompressed_size: isCount,
  total_compressed_size: isCount,
  data_page_offset: isCount,
  dictionary_page_offset: isMissingOr(isCount),
  encoding_stats: isList((value) => wrongField(value, ENCODING_STATS) === undefined),
}

/** Bounds as they are stored. */
const STATISTICS: Readonly<Record<PhysicalType, Readonly<Record<string, Check>>>> = {
  BOOLEAN: statisticsWith(isFlag),
  INT64: statisticsWith((value) => typeof value === 'bigint'),
  DOUBLE: statisticsWith(Number.isFinite),
  BYTE_ARRAY: statisticsWith((value) => value instanceof Uint8Array),
}

function statisticsWith(isBound: Check) {
  return {
    null_count: isCount,
    min_value: isMissingOr(isBound),
    max_value: isMissingOr(isBound),
    is_min_value_exact: isMissingOr(isFlag),
    is_max_value_exact: isMissingOr(isFlag),
  }
}

/**
 * The first field of a chunk's metadata that is not as Dayseal writes it, if there is one: of all that is written again, as
 * hyparquet gives it. In an altered file it may be anything.
 *
 * By hand, because a day has thousands of chunks: zod took a tenth of the time of joining them.
 */
export function strangeField(meta: ColumnMetaData, physical: PhysicalType): string | undefined {
  if (meta.type !== physical) return 'type'
  const field = wrongField(meta, METADATA)
  if (field !== undefined) return field
  const statistic = wrongField(meta.statistics, STATISTICS[physical])
  return statistic === undefined ? undefined : `statistics.${statistic}`
}

function wrongField(value: unknown, checks: Readonly<Record<string, Check>>): string | undefined {
  if (typeof value !== 'object' || value === null) return '(none)'
  for (const name in checks) if (!checks[name]!(value[name as keyof typeof value])) return name
  return undefined
}
