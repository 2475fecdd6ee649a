import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { HOURS } from '../lib/archive/guards.ts'

export const DATE = '2025-03-14'

export interface ArchiveDay {
  /** @default DATE */
  readonly date?: string
  /** The hours that get a file. @default all 24 */
  readonly hours?: readonly string[]
  /** What is in them. @default `rowsOf` */
  readonly rows?: (hour: string, date: string) => readonly object[]
  /** Files by their name in the day's folder, beside those of the hours or in their place; null: there is none. */
  readonly files?: Readonly<Record<string, Uint8Array | string | null>>
}

/** Writes hour files into `archive` in the default layout, `20250314/05.jsonl.gz`. */
export async function writeDay(archive: string, day: ArchiveDay = {}): Promise<void> {
  const { date = DATE, hours = HOURS, rows = rowsOf, files = {} } = day
  const ofHours = hours.map((hour) => [`${hour}.jsonl.gz`, gzipSync(jsonl(rows(hour, date)))] as const)
  for (const [name, content] of Object.entries({ ...Object.fromEntries(ofHours), ...files })) {
    const file = join(archive, folderOf(date), name)
    if (content === null) {
      await rm(file, { force: true })
      continue
    }
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}

/** `2025-03-14` → `20250314`. */
export function folderOf(date: string): string {
  return date.replaceAll('-', '')
}

/** Two rows of an hour, with something of every shape. */
export function rowsOf(hour: string, date: string = DATE): readonly object[] {
  return [0, 1].map((n) => ({
    ts: `${date}T${hour}:0${n}:00Z`,
    n,
    meta: { host: `host-${n}`, load: n / 4 },
    tags: n === 0 ? [] : ['a', null],
    empty: {},
  }))
}

/** One row per line, each with its newline. */
export function jsonl(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}
