import { historyKey } from '../../keys.ts'
import { safePath } from './safe-path.ts'

/*
 * Where everything lies in a bag of Dayseal's. `data/` is built as a dataset's output is, and `data/archive/` as its
 * archive, so that an unpacked bag can be verified like any other place: `verify --out N/data --archive N/data/archive`.
 */

/** An object of the output. */
export function outputPath(key: string): string {
  return `data/${safePath(key)}`
}

export function historyPath(date: string, generation: number): string {
  return outputPath(historyKey(date, generation))
}

/** Says which files of `data/archive/` are which of the archive. */
export function sourcesPath(date: string): string {
  return `data/sources/${date}.json`
}

/** `path` is one of `safePaths`. */
export function archivePath(path: string): string {
  return `data/archive/${path}`
}

export function exportPath(path: string): string {
  return `data/exports/${safePath(path)}`
}
