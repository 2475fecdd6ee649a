import { yesterday } from '../archive/guards.ts'
import type { ExportState } from '../catalog/export-record.ts'
import { DaysealError } from '../errors.ts'
import { generationOf } from '../keys.ts'
import type { Owner } from '../owner.ts'
import { type Generation, newestKeys, readGeneration } from '../seal/history.ts'
import { refuseOtherSeal } from '../seal/own-output.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { ExportSettings } from './settings.ts'

export interface DayWish {
  /** The days that were asked for by name; undefined for what the settings say. */
  readonly dates: readonly string[] | undefined
  /** Every day again, whatever has been exported. */
  readonly full: boolean
  readonly now: Date
}

/**
 * The sealed days that a run is about, earliest first; none when nothing is new.
 *
 * Named days are taken as they are. Otherwise an incremental export takes the days that were sealed, or sealed again, since
 * its last success (all days there are, once one is new, when it keeps everything in one file); any other takes the last
 * `days` that are sealed, or yesterday's. `days` bounds an incremental export too.
 * @throws DaysealError `guard` for a day that is not sealed, `usage` for one of another dataset
 */
export async function planDays(
  dataset: Owner,
  out: ObjectStore,
  { days, incremental }: Pick<ExportSettings, 'days' | 'incremental'>,
  { dates, full, now }: DayWish,
  state: ExportState | undefined,
): Promise<readonly Generation[]> {
  const sealed = await newestKeys(out)
  const all = [...sealed.keys()].sort().slice(days === undefined ? 0 : -days)
  if (incremental === undefined) {
    return read(dataset, out, sealed, dates ?? (days === undefined ? [yesterday(now)] : all))
  }
  const isNew = (date: string) => full || state?.days[date] !== generationOf(sealed.get(date)!)
  const wanted = dates ?? all.filter(isNew)
  const inOneFile = incremental.into !== 'files' && wanted.length > 0
  return read(dataset, out, sealed, inOneFile ? [...new Set([...all, ...wanted])].sort() : wanted)
}

/** How many rows the days have together. */
export function sealedRows(generations: readonly Generation[]): number {
  return generations.reduce((sum, { manifest }) => sum + manifest.row_count, 0)
}

async function read(
  dataset: Owner,
  out: ObjectStore,
  sealed: ReadonlyMap<string, string>,
  dates: readonly string[],
): Promise<readonly Generation[]> {
  const missing = dates.filter((date) => !sealed.has(date))
  if (missing.length > 0) {
    const newest = [...sealed.keys()].sort().at(-1)
    throw new DaysealError('guard', `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not sealed`, {
      seen: newest === undefined ? `no sealed day in ${out.location}` : `sealed days up to ${newest}`,
      wanted: 'sealed days: only what is complete and committed is exported',
      hint: 'run `dayseal seal` first, or name other days',
    })
  }
  return Promise.all(
    dates.map(async (date) => {
      const generation = await readGeneration(out, sealed.get(date)!)
      refuseOtherSeal(dataset, generation, out)
      return generation
    }),
  )
}
