import { HOURS, parseDate } from '../archive/guards.ts'
import { parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import { convertHour } from '../convert/convert-hour.ts'
import type { Ledger } from '../convert/ledger.ts'
import { convertSettings, settingsSha256 } from '../convert/settings.ts'
import { DaysealError } from '../errors.ts'
import { listArchiveDay, retirement } from '../intake/list-archive.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { readBaseSchema } from './base-schema.ts'
import { currentLedger } from './current-ledger.ts'
import { type Generation, newestGeneration } from './history.ts'
import { refuseOtherOutput, refuseOtherSeal } from './own-output.ts'
import { planHour, sameContent } from './plan.ts'
import { sourcesToRead } from './prepare-hours.ts'
import { readLedger } from './read-ledgers.ts'

export interface PrepareHourOptions {
  readonly dataset: Dataset
  readonly archive: ObjectStore
  readonly out: ObjectStore
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** "00" to "23". */
  readonly hour: string
  readonly signal?: AbortSignal
}

export type PreparedHour =
  | {
      readonly kind: 'converted' | 'unchanged'
      readonly ledger: Ledger
      /** The day's newest generation when it was sealed with other content of this hour. */
      readonly stale: Generation | undefined
      /** Hours of the day that have an object. */
      readonly hoursFound: number
    }
  /** The archive has no object of this hour. */
  | { readonly kind: 'empty'; readonly hoursFound: number }

/**
 * Makes the part of one hour ahead of the day's seal, of what the archive holds now. An hour whose part is of the same
 * content is left as it is, so that repeated and late calls do no harm. A seal trusts none of this: it looks again.
 *
 * Memory: that of `convertHour`.
 * @throws DaysealError `usage`, `source`, `storage`, `corrupt`
 */
export async function prepareHour(options: PrepareHourOptions): Promise<PreparedHour> {
  const { dataset, archive, out, date, hour, signal } = options
  refuseNoHour(hour)
  await refuseOtherOutput(dataset, out)
  const layout = parseLayout(dataset.archive.layout)
  const day = await listArchiveDay(dataset, archive, layout, parseDate(date))
  const { listing } = day
  const previous = await newestGeneration(out, date)
  if (previous !== undefined) refuseOtherSeal(dataset, previous, out)
  const settings = convertSettings(dataset)
  const ledger = await readLedger(out, date, hour)
  const plan = planHour(hour, {
    listing,
    ledgers: new Map(ledger === undefined ? [] : [[hour, ledger]]),
    previous: previous?.manifest,
    configSha256: settingsSha256(settings),
    allowRemoval: false,
    isRetired: await retirement(dataset, archive, day, previous?.manifest.sources ?? []),
    force: false,
  })
  const hoursFound = listing.hours.size
  if (plan === undefined) return { kind: 'empty', hoursFound }
  const present = await currentLedger(plan, { archive, out })
  if (present !== undefined)
    return { kind: 'unchanged', ledger: present, stale: outdated(previous, present), hoursFound }
  const base = (await readBaseSchema(out)).schema
  const task = { date, hour, sources: sourcesToRead(plan), settings, base, day: null }
  const converted = await convertHour(task, { archive, out }, signal === undefined ? {} : { signal })
  return { kind: 'converted', ledger: converted, stale: outdated(previous, converted), hoursFound }
}

function outdated(previous: Generation | undefined, { hour, sources }: Ledger): Generation | undefined {
  const sealed = previous?.manifest.sources.filter((source) => source.hour === hour) ?? []
  return sameContent(sealed, sources) ? undefined : previous
}

function refuseNoHour(hour: string): void {
  if (HOURS.includes(hour)) return
  throw new DaysealError('usage', 'not an hour', { seen: JSON.stringify(hour), wanted: '00 to 23' })
}
