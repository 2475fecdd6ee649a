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

/** Writes two rows for each hour into `archive`, in the default layout. */
export async function writeHours(archive: string, options: HourFilesOptions = {}): Promise<void> {
  const { date = DATE, hours = HOURS, lines = {} } = options
  for (const hour of hours) {
    const rows = [0, 1].map((n) =>
      JSON.stringify({ ts: `${date}T${hour}:0${n}:00Z`, n, meta: { host: `h${n}` }, empty: {} }),
    )
    const text = [...rows, ...(lines[hour] ?? [])].map((line) => `${line}\n`).join('')
    const file = join(archive, date.replaceAll('-', ''), `${hour}.jsonl.gz`)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, gzipSync(text))
  }
}
