import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeFolder } from '../../lib/store/folder.ts'
import { logLine } from './log-row.ts'
import { type Random, seededRandom } from './random.ts'

/** Past, and a plain day: any will do. */
export const DEMO_DATE = '2025-03-14'

/** How many of 1,000 rows each hour gets: quiet nights, two peaks. */
const PER_MILLE = [18, 12, 9, 8, 8, 11, 20, 34, 50, 58, 60, 58, 62, 60, 56, 54, 55, 60, 68, 72, 66, 50, 32, 19] as const

export interface HourFile {
  /** `20250314/05.jsonl.gz`, below the archive. */
  readonly key: string
  readonly bytes: Uint8Array
}

/**
 * A day of application logs as 24 gzipped hour files, with the oddities of real ones. Equal arguments give equal
 * files. One hour is in memory at a time.
 */
export function* demoDay(rows = 20_000, seed = 1): Generator<HourFile> {
  const random = seededRandom(seed)
  for (const [hour, share] of PER_MILLE.entries()) {
    const lines = rowLines(random, hour, Math.max(3, Math.round((rows * share) / 1_000)))
    const hh = String(hour).padStart(2, '0')
    yield { key: `${DEMO_DATE.replaceAll('-', '')}/${hh}.jsonl.gz`, bytes: hourFile(hour, withOddLines(hour, lines)) }
  }
}

/** Writes the day below `folder`; returns the folder of the day. */
export async function writeDemoDay(folder: string, rows?: number, seed?: number): Promise<string> {
  const day = join(folder, DEMO_DATE.replaceAll('-', ''))
  await makeFolder(day)
  for (const file of demoDay(rows, seed)) await writeFile(join(folder, file.key), file.bytes)
  return day
}

function rowLines(random: Random, hour: number, count: number): Buffer[] {
  const start = Date.parse(`${DEMO_DATE}T00:00:00Z`) + hour * 3_600_000
  return Array.from({ length: count }, (_, row) => {
    // The first rows of the day were logged just before midnight and shipped after it.
    const isEarly = hour === 0 && row < 3
    const ms = start + (isEarly ? (row - 3) * 1_000 : Math.floor((row * 3_600_000) / count))
    const ts = `${new Date(ms).toISOString().slice(0, -1)}${String(random.int(0, 999)).padStart(3, '0')}Z`
    return Buffer.from(logLine(random, ts, hour >= 12))
  })
}

/** The lines of an hour with what goes wrong in it: broken lines are quarantined, blank ones are counted. */
function withOddLines(hour: number, lines: readonly Buffer[]): Buffer[] {
  const at = Math.floor(lines.length / 2)
  const odd: Readonly<Record<number, readonly Buffer[]>> = {
    4: [Buffer.from('FATAL: out of memory, restarting')],
    9: [Buffer.from('{"ts":"2025-03-14T09:30:00Z","service":"Z\xfcrich"}', 'latin1')],
    10: [Buffer.from(''), Buffer.from('')],
    15: [Buffer.from('["a","list","is","no","row"]')],
    20: [Buffer.from('{"ts":"2025-03-14T20:30:00Z","level":"in')],
  }
  return [...lines.slice(0, at), ...(odd[hour] ?? []), ...lines.slice(at)]
}

function hourFile(hour: number, lines: readonly Buffer[]): Uint8Array {
  const lineEnd = hour === 3 ? '\r\n' : '\n'
  const join = (some: readonly Buffer[]) =>
    gzipSync(Buffer.concat(some.flatMap((line) => [line, Buffer.from(lineEnd)])))
  if (hour !== 7) return join(lines)
  // Two gzip members in one file, as a shipper writes that appends.
  const half = Math.floor(lines.length / 2)
  return Buffer.concat([join(lines.slice(0, half)), join(lines.slice(half))])
}
