import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import { normalLocation } from '../store/location.ts'

/** An object of an archive, and the hour that its key names. */
export interface ArchiveHour {
  readonly dataset: Dataset
  readonly date: string
  readonly hour: string
  /** Relative to the archive. */
  readonly key: string
}

/** The hours that an object in a bucket belongs to: one for each dataset whose archive and layout explain its key. */
export function archiveHours(datasets: Iterable<Dataset>, bucket: string, key: string): readonly ArchiveHour[] {
  return [...datasets].flatMap((dataset) => {
    const root = `${normalLocation(dataset.archive.location)}/`
    const url = `s3://${bucket}/${key}`
    if (!url.startsWith(root)) return []
    const inside = url.slice(root.length)
    const named = parseLayout(dataset.archive.layout).match(inside)
    return named === undefined ? [] : [{ dataset, key: inside, ...named }]
  })
}
