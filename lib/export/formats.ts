import { DaysealError } from '../errors.ts'
import { nearestHint } from '../nearest-name.ts'
import type { Format } from './format.ts'
import { FORMAT_NAMES, type FormatName, type FormatOptions } from './format-options.ts'

type Loaders = { readonly [N in FormatName]: () => Promise<Format<FormatOptions<N>>> }

/** Each format is loaded when it is first written: a database or a geometry library costs nobody else a start. */
const LOADERS: Loaders = {
  json: async () => (await import('./formats/json.ts')).json,
  ndjson: async () => (await import('./formats/ndjson.ts')).ndjson,
  csv: async () => (await import('./formats/csv.ts')).csv,
  xml: async () => (await import('./formats/xml.ts')).xml,
  parquet: async () => (await import('./formats/parquet.ts')).parquet,
  elasticsearch: async () => (await import('./formats/elasticsearch.ts')).elasticsearch,
  datadog: async () => (await import('./formats/datadog.ts')).datadog,
  splunk: async () => (await import('./formats/splunk.ts')).splunk,
  sqlite: async () => (await import('./formats/sqlite.ts')).sqlite,
  geojson: async () => (await import('./formats/geojson.ts')).geojson,
}

/** The format that the options are of. */
export async function loadFormat<N extends FormatName>(options: FormatOptions<N>): Promise<Format<FormatOptions<N>>> {
  return LOADERS[options.format as N]()
}

/** Throws `usage` unless `name` is a format. */
export function formatNamed(name: string): FormatName {
  const known = FORMAT_NAMES.find((format) => format === name)
  if (known !== undefined) return known
  throw new DaysealError('usage', `there is no format ${JSON.stringify(name)}`, {
    wanted: FORMAT_NAMES.join(', '),
    ...nearestHint(name, FORMAT_NAMES),
  })
}
