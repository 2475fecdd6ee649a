import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { HOURS } from '../../lib/archive/guards.ts'

export const DATE = '2025-03-14'

export interface HourFilesOptions {
  readonly date?: string
  readonly hours?: readonly string[]
  /** More lines for some hours, as they are. */
  readonly lines?: Readonly<Record<string, readonly string[]>>
}

/** Two rows for each hour, in the default layout: contents by path. */
export function hourFiles(options: HourFilesOptions = {}): ReadonlyMap<string, Buffer> {
  const { date = DATE, hours = HOURS, lines = {} } = options
  return new Map(
    hours.map((hour) => {
      const rows = [0, 1].map((n) =>
        JSON.stringify({ ts: `${date}T${hour}:0${n}:00Z`, n, meta: { host: `h${n}` }, empty: {} }),
      )
      const text = [...rows, ...(lines[hour] ?? [])].map((line) => `${line}\n`).join('')
      return [`${date.replaceAll('-', '')}/${hour}.jsonl.gz`, gzipSync(text)]
    }),
  )
}

/** Writes `hourFiles` into `archive`. */
export async function writeHours(archive: string, options: HourFilesOptions = {}): Promise<void> {
  for (const [path, content] of hourFiles(options)) {
    const file = join(archive, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}
