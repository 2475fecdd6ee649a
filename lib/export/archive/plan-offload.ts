import { parseLayout } from '../../archive/layout.ts'
import { newestGeneration, newestKeys } from '../../seal/history.ts'
import { refuseOtherSeal } from '../../seal/own-output.ts'
import type { ObjectStore } from '../../store/object-store.ts'
import type { OffloadOptions } from './offload-day.ts'
import { listOffloads } from './offloaded.ts'
import { presentSources } from './source-files.ts'

/** The sealed days from the first to the last of `range` (open where one is not given), in order. */
export async function sealedDays(
  out: ObjectStore,
  range: { readonly from?: string | undefined; readonly to: string },
): Promise<readonly string[]> {
  const sealed = [...(await newestKeys(out)).keys()].sort()
  return sealed.filter((date) => date <= range.to && (range.from === undefined || date >= range.from))
}

/** What an offload of a day would be about, from listings and the manifest; nothing is read or written. */
export interface OffloadPlan {
  readonly date: string
  /** Null: the day is not sealed. */
  readonly generation: number | null
  /** Sources of the seal in the archive, and their bytes. */
  readonly files: number
  readonly bytes: number
  readonly gone: number
  /** The zips that are there. */
  readonly zips: readonly string[]
}

export async function planOffload({
  dataset,
  date,
  out,
  archive,
  to,
}: Pick<OffloadOptions, 'dataset' | 'date' | 'out' | 'archive' | 'to'>): Promise<OffloadPlan> {
  const zips = (await listOffloads(to, date)).map(({ key }) => key)
  const newest = await newestGeneration(out, date)
  if (newest === undefined) return { date, generation: null, files: 0, bytes: 0, gone: 0, zips }
  refuseOtherSeal(dataset, newest, out)
  const present = await presentSources(archive, parseLayout(dataset.archive.layout), newest.manifest)
  const bytes = [...present.values()].reduce((sum, { size }) => sum + size, 0)
  const { generation, sources } = newest.manifest
  return { date, generation, files: present.size, bytes, gone: sources.length - present.size, zips }
}
