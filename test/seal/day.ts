import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { HOURS } from '../../lib/archive/guards.ts'
import { parseLayout } from '../../lib/archive/layout.ts'
import { type Dataset, datasetFromFlags } from '../../lib/config.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import type { AttemptOptions } from '../../lib/seal/attempt.ts'
import type { SealOutcome } from '../../lib/seal/outcome.ts'
import { type SealOptions, seal } from '../../lib/seal/seal.ts'
import { sealInThreads } from '../../lib/seal/seal-in-threads.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { verify } from '../../lib/verify/verify.ts'

export const DATE = '2025-03-14'
export const NOW = new Date('2025-03-16T00:05:00.000Z')

/** A day in temporary directories, and the use cases on it. */
export interface Day {
  readonly archive: string
  readonly out: string
  readonly dataset: Dataset
  writeHour(hour: string, rows: readonly object[]): Promise<void>
  removeHour(hour: string): Promise<void>
  /** Converts in this thread. */
  seal(options?: Partial<SealOptions>): Promise<SealOutcome>
  sealInThreads(workers: number, options?: Partial<SealOptions>): Promise<SealOutcome>
  verify(): Promise<Verdict>
}

/** Two rows per hour, unless `rowsOf` says otherwise. */
export async function makeDay(rowsOf: (hour: string) => readonly object[] = twoRows): Promise<Day> {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  const archive = join(root, 'archive')
  const out = join(root, 'out')
  const dataset = datasetFromFlags({ name: 'logs', archive, out })
  const fileOf = (hour: string) => join(archive, DATE.replaceAll('-', ''), `${hour}.jsonl.gz`)
  let ids = 0
  const common = { dataset, date: DATE, now: NOW, newId: () => `id${++ids}` }
  const day: Day = {
    archive,
    out,
    dataset,
    async writeHour(hour, rows) {
      await writeFile(fileOf(hour), gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join('')))
    },
    removeHour: (hour) => rm(fileOf(hour)),
    seal: (options = {}) => seal({ ...common, converter: convertHere(), ...options }),
    sealInThreads: (workers, options = {}) => sealInThreads({ ...common, ...options, workers }),
    verify: () => verify({ dataset, date: DATE, out: openStore(out), archive: openStore(archive) }),
  }
  await mkdir(join(archive, DATE.replaceAll('-', '')), { recursive: true })
  for (const hour of HOURS) await day.writeHour(hour, rowsOf(hour))
  return day
}

export function twoRows(hour: string): readonly object[] {
  return [
    { hour: Number(hour), text: `first of ${hour}`, nested: { n: 1 } },
    { hour: Number(hour), text: `second of ${hour}`, nested: { n: 2, list: [hour] } },
  ]
}

/** The outcome, which must be of this kind. */
export function ofKind<K extends SealOutcome['kind']>(
  outcome: SealOutcome,
  kind: K,
): Extract<SealOutcome, { readonly kind: K }> {
  if (outcome.kind !== kind) throw new Error(`the outcome is ${JSON.stringify(outcome)}`)
  return outcome as Extract<SealOutcome, { readonly kind: K }>
}

/** Of one attempt at the day as `Day.seal` seals it, in other stores. */
export function attemptOptions(
  dataset: Dataset,
  out: ObjectStore,
  archive = openStore(dataset.archive.location),
): AttemptOptions {
  return {
    dataset,
    date: DATE,
    archive,
    out,
    layout: parseLayout(dataset.archive.layout),
    now: NOW,
    minHours: 24,
    newId: () => 'attempt',
    allowRemoval: false,
    force: false,
    converter: convertHere(),
    signal: undefined,
    onProgress: () => undefined,
    todayState: 'passed',
    allowIncomplete: false,
  }
}
