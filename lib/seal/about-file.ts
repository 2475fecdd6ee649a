import type { KeyValues } from '../parquet/key-values.ts'
import type { Manifest } from './manifest.ts'

/** What a sealed file says of itself, in its key-value metadata: which seal it is of. */
export function aboutFile({
  dataset,
  date_utc,
  generation,
  schema_sha256,
}: Pick<Manifest, 'dataset' | 'date_utc' | 'generation' | 'schema_sha256'>): KeyValues {
  return {
    'dayseal.dataset': dataset,
    'dayseal.date': date_utc,
    'dayseal.generation': String(generation),
    'dayseal.schema_sha256': schema_sha256,
  }
}
