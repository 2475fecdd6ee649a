import * as z from 'zod'
import { closed } from '../closed-object.ts'
import { timeForm } from '../time/time-form.ts'

/*
 * The formats and their options, as configurations and the command line write them. Apart from the formats themselves, so
 * that reading a configuration loads none of them. Columns are named as they are called in the export, by dotted path
 * (`lib/path-pattern.ts`).
 */

const column = z.string().min(1)

/** How the times of `time` are written, where it is no timestamp. */
const formOfTime = timeForm.default('auto')

const json = closed({
  format: z.literal('json'),
  /** Indented by two spaces. */
  pretty: z.boolean().default(false),
})

const ndjson = closed({
  format: z.literal('ndjson'),
  /** The first record is `{"_type":"schema","_version":"1.0.0","columns":[…]}`, and every record has `_schema_version`. */
  schemaRecord: z.boolean().default(false),
})

const csv = closed({
  format: z.literal('csv'),
  delimiter: z.enum([',', ';', '\t', '|']).default(','),
  header: z.boolean().default(true),
  /** Structs: a column for each of their fields, with a dotted name, or one of JSON text. Lists and maps are JSON text. */
  nested: z.enum(['columns', 'json']).default('columns'),
  /** Puts `'` before a text that a spreadsheet would take for a formula: one that begins with = + - @, a tab or a carriage return. */
  formulaGuard: z.boolean().default(false),
})

const xml = closed({
  format: z.literal('xml'),
  /** The element of a row, a name that XML allows. The root element is `rows`. */
  row: z.string().default('row'),
  pretty: z.boolean().default(false),
})

const parquet = closed({
  format: z.literal('parquet'),
  codec: z.enum(['uncompressed', 'snappy', 'gzip', 'brotli', 'lz4_raw', 'zstd']).default('zstd'),
  /** `date` (the sealed day, unless a column is called so) or columns: the rows of each combination go to a folder `key=value/…` of their own. */
  partitionBy: z.array(column).default([]),
})

const elasticsearch = closed({
  format: z.literal('elasticsearch'),
  /** May contain {dataset}, {yyyy}, {MM}, {dd} and {HH}: of `time`; where that is null, or (without {HH}) not named, of the sealed day. */
  index: z.string().min(1).default('{dataset}-{yyyy}.{MM}.{dd}'),
  /** The column of the document's id, a string or int64. Default, and where it is null: Elasticsearch gives it one. */
  id: column.optional(),
  /** A timestamp, or a text or number that is a time. */
  time: column.optional(),
  timeForm: formOfTime,
})

const datadog = closed({
  format: z.literal('datadog'),
  /** `ddsource`, by which Datadog chooses how to read the entries. */
  source: z.string().default('dayseal'),
  service: z.string().optional(),
  hostname: z.string().optional(),
  /** `key:value`. */
  tags: z.array(z.string()).default([]),
  /** The column of the text. Default: the column `message`, if there is one. */
  message: column.optional(),
  /** The column of the time, a timestamp or a text or number that is a time. Default: the column `timestamp`, if there is one. */
  time: column.optional(),
  timeForm: formOfTime,
})

const splunk = closed({
  format: z.literal('splunk'),
  /** `hec`: JSON events for the HTTP Event Collector. `line`: `timestamp level="…" message="…" key="value" …`. */
  form: z.enum(['hec', 'line']).default('hec'),
  /** These four say the same of each event, and only with `hec`. */
  host: z.string().optional(),
  source: z.string().optional(),
  sourcetype: z.string().optional(),
  index: z.string().optional(),
  /** The column of the time, a timestamp or a text or number that is a time. */
  time: column.optional(),
  timeForm: formOfTime,
  /** The columns of `level` and `message`, only with `line`. Default: those that are called so, if there are any. */
  level: column.optional(),
  message: column.optional(),
})

const sqlite = closed({
  format: z.literal('sqlite'),
  /** The name of the table. Default: the dataset's. */
  table: z.string().min(1).optional(),
  /** The columns with an index each. Default: the key columns of an incremental export. */
  indexes: z.array(column).default([]),
})

const geojson = closed({
  format: z.literal('geojson'),
  /**
   * One column of GeoJSON (a text, json or struct) or WKT, or two of degrees. Default: `geometry`, of either, else `longitude`
   * and `latitude`, else `lon` and `lat`.
   */
  geometry: z
    .union([
      closed({ geojson: column }),
      closed({ wkt: column }),
      closed({ longitude: column, latitude: column, altitude: column.optional() }),
    ])
    .optional(),
  id: column.optional(),
})

export const FORMATS = { json, ndjson, csv, xml, parquet, elasticsearch, datadog, splunk, sqlite, geojson } as const

export type FormatName = keyof typeof FORMATS
export type FormatOptions<N extends FormatName = FormatName> = z.infer<(typeof FORMATS)[N]>

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

/** Options by format, or the name alone for its defaults. */
export const formatOptions = z.union([
  z.enum(FORMAT_NAMES).transform((format): FormatOptions => FORMATS[format].parse({ format })),
  z.discriminatedUnion('format', [json, ndjson, csv, xml, parquet, elasticsearch, datadog, splunk, sqlite, geojson]),
])
