import { DaysealError } from './errors.ts'

/*
 * Where everything lies under a dataset's output. Hours are "00" to "23", dates YYYY-MM-DD.
 */

/** Where a bucket is asked whether it checks conditions: every seal writes there, and nobody who reads looks there. */
export const PROBED_FOLDER = 'hourly/'

export const SCHEMA_KEY = 'schema.json'

export function partKey(date: string, hour: string): string {
  return `hourly/${date}/${hour}.parquet`
}

export function ledgerKey(date: string, hour: string): string {
  return `hourly/${date}/${hour}.json`
}

export function quarantineKey(date: string, hour: string): string {
  return `quarantine/${date}/${hour}.jsonl.gz`
}

export function generationKey(date: string, generation: number, attempt: string): string {
  return `generations/${date}/g${generationNumber(generation)}-${attempt}.parquet`
}

/** Whether a key is one that `generationKey` makes. */
export function isGenerationKey(key: string): boolean {
  return /^generations\/[^/]+\/g\d{4}-[^/]+\.parquet$/.test(key)
}

export function historyPrefix(date: string): string {
  return `history/${date}/`
}

export function historyKey(date: string, generation: number): string {
  return `${historyPrefix(date)}manifest.g${generationNumber(generation)}.json`
}

/** The generation that a history key names; undefined for any other key. */
export function generationOf(key: string): number | undefined {
  const digits = /\/manifest\.g(\d{4,})\.json$/.exec(key)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export function viewManifestKey(date: string): string {
  return `daily/${date}/manifest.json`
}

export function viewDataKey(date: string): string {
  return `daily/${date}/data.parquet`
}

/** In a bucket: names the view's data for Athena (see `hiveTable`), alone in its folder. */
export function symlinkKey(date: string): string {
  return `daily/${date}/athena/symlink.txt`
}

function generationNumber(generation: number): string {
  if (generation > 9999)
    throw new DaysealError('storage', `a day cannot have ${generation} generations`, { wanted: 'at most 9999' })
  return String(generation).padStart(4, '0')
}
