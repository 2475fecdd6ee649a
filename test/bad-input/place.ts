import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { listDay } from '../../lib/archive/day-listing.ts'
import { parseLayout } from '../../lib/archive/layout.ts'
import { type Dataset, datasetFromFlags, type Limits } from '../../lib/config.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import { convertHour } from '../../lib/convert/convert-hour.ts'
import { convertSettings } from '../../lib/convert/settings.ts'
import type { SealOutcome } from '../../lib/seal/outcome.ts'
import { type SealOptions, seal } from '../../lib/seal/seal.ts'
import { openStore } from '../../lib/store/open-store.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { verify } from '../../lib/verify/verify.ts'
import { DATE } from '../archive-day.ts'
import { type Ran, dayseal as runDayseal } from '../cli/dayseal.ts'
import { butForHours } from '../verify/but-for-hours.ts'

/** For the environment: what Node has compiled is kept from one process to the next, so that each starts in half the time. */
export const COMPILE_CACHE = {
  NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../node_modules/.cache/dayseal-tests'),
}

/** Runs the command as a user would, and waits for its end. */
export function dayseal(args: readonly string[]): Promise<Ran> {
  return runDayseal(args, { env: COMPILE_CACHE })
}

/** A folder with an archive and an output, neither of which is there yet. */
export interface Place {
  readonly folder: string
  readonly archive: string
  readonly out: string
  /** `--archive … --out …` */
  readonly flags: readonly string[]
}

/** For one test; removed after it. */
export async function testPlace(): Promise<Place> {
  const { place, remove } = await openPlace()
  onTestFinished(remove)
  return place
}

/** For a whole file: `remove` is what `beforeAll` has to return. */
export async function openPlace(): Promise<{ readonly place: Place; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'dayseal-test-'))
  const [archive, out] = [join(folder, 'archive'), join(folder, 'sealed')]
  const remove = () => rm(folder, { recursive: true, force: true })
  return { place: { folder, archive, out, flags: ['--archive', archive, '--out', out] }, remove }
}

export interface DatasetChoice {
  readonly layout?: string
  readonly limits?: Partial<Limits>
}

export function datasetOf({ archive, out }: Place, { layout, limits = {} }: DatasetChoice = {}): Dataset {
  const dataset = datasetFromFlags({ archive, out, layout })
  return { ...dataset, limits: { ...dataset.limits, ...limits } }
}

const NOW = new Date('2025-06-01T00:05:00.000Z')

/** Seals by the use case; any other time and other options on demand. */
export function sealDay(
  place: Place,
  choice: DatasetChoice & Partial<Omit<SealOptions, 'dataset'>> = {},
): Promise<SealOutcome> {
  const { layout, limits, ...options } = choice
  const dataset = datasetOf(place, { ...(layout ? { layout } : {}), ...(limits ? { limits } : {}) })
  let ids = 0
  return seal({ dataset, date: DATE, now: NOW, newId: () => `id${++ids}`, converter: convertHere(), ...options })
}

/**
 * Seals by the use case, with the hours converted in this thread beforehand: several times as fast, and for where the
 * seal itself is not what is tested.
 */
export async function sealFast(place: Place, date: string): Promise<void> {
  const dataset = datasetOf(place)
  const stores = { archive: openStore(place.archive), out: openStore(place.out, { createRoot: true }) }
  const { hours } = await listDay(stores.archive, parseLayout(dataset.archive.layout), date)
  const settings = convertSettings(dataset)
  for (const [hour, sources] of hours) {
    await convertHour({ date, hour, sources, settings, base: [], day: null }, stores)
  }
  const outcome = await sealDay(place, { date, minHours: hours.size })
  if (outcome.kind !== 'sealed') throw new Error(outcome.kind)
}

/** Verifies by the use case, with the archive unless `source` is false; but for how complete the day is. */
export async function verifyDay(
  place: Place,
  choice: DatasetChoice & { readonly date?: string; readonly source?: boolean } = {},
): Promise<Verdict> {
  const { date = DATE, source = true, ...rest } = choice
  const archive = source ? { archive: openStore(place.archive) } : {}
  return butForHours(await verify({ dataset: datasetOf(place, rest), date, out: openStore(place.out), ...archive }))
}

/** `failed manifest.place: …` for every check that did not pass, but for how complete the day is. */
export function notPassed(verdict: Verdict): string[] {
  const { checks } = butForHours(verdict)
  return checks.filter(({ result }) => result !== 'passed').map(({ result, id, seen }) => `${result} ${id}: ${seen}`)
}

/** Every file below a folder, by its path in it, sorted; none when there is no folder. */
export async function filesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort()
}

/** Every file below a folder with the SHA-256 of its content: equal only while nothing at all has changed. */
export async function snapshot(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = (await filesIn(folder)).map(async (name) => {
    return [
      name,
      createHash('sha256')
        .update(await readFile(join(folder, name)))
        .digest('hex'),
    ] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** One day in what `--json` prints. */
export interface DayReport {
  readonly date_utc: string
  readonly exit_code: number
  readonly outcome?: string
  readonly result?: string
  readonly generation?: number | null
  readonly error?: { readonly code: string; readonly message: string }
  readonly unexpected_keys?: readonly string[]
  readonly checks?: readonly { readonly id: string; readonly result: string; readonly seen: string }[]
  readonly manifest?: {
    readonly row_count: number
    readonly totals: Readonly<Record<'lines_read' | 'blank' | 'rows_written' | 'rows_quarantined', number>>
    readonly rows_by_hour: Readonly<Record<string, number>>
    readonly sources: readonly object[]
    readonly parquet_sha256: string | null
    readonly data_key: string | null
  }
}

/** The days in what `--json` printed, which must be one object, by date; verdicts but for how complete the days are. */
export function daysOf(stdout: string): ReadonlyMap<string, DayReport> {
  const { days }: { days: readonly DayReport[] } = JSON.parse(stdout)
  const reportOf = ({ checks, ...day }: DayReport) => (checks === undefined ? day : butForHours({ ...day, checks }))
  return new Map(days.map((day) => [day.date_utc, reportOf(day)]))
}

/** The date of case number `index`, from 0: days of March 2025 and on. */
export function dateOfCase(index: number, month = 3): string {
  return new Date(Date.UTC(2025, month - 1, 1 + index)).toISOString().slice(0, 10)
}
