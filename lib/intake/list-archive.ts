import { type DayListing, listDay, listDays } from '../archive/day-listing.ts'
import { type Layout, parseLayout } from '../archive/layout.ts'
import type { Dataset } from '../config.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { listUploads, type Uploads } from './ledger-listing.ts'
import { sliceId } from './upload-keys.ts'

/** What an archive holds of one day, and of uploads. */
export interface ArchiveDay {
  /** Without slices that no ledger lets count. */
  readonly listing: DayListing
  /** Undefined for a dataset without them: nothing more is listed then. */
  readonly uploads: Uploads | undefined
}

export interface ArchiveDays {
  readonly listings: readonly DayListing[]
  readonly uploads: Uploads | undefined
}

/** Lists one day completely. The ledgers come first: all slices that they let count are there by then. */
export async function listArchiveDay(
  dataset: Dataset,
  archive: ObjectStore,
  layout: Layout,
  date: string,
): Promise<ArchiveDay> {
  const uploads = await uploadsOf(dataset, archive)
  return { listing: await listDay(archive, layout, date, countsIn(uploads)), uploads }
}

/** Lists every day of which the archive holds an hour that counts. */
export async function listArchiveDays(dataset: Dataset, archive: ObjectStore): Promise<ArchiveDays> {
  const uploads = await uploadsOf(dataset, archive)
  return { listings: await listDays(archive, parseLayout(dataset.archive.layout), countsIn(uploads)), uploads }
}

/** Whether a key is a slice of an upload that was replaced: no seal needs it any more, whether it is still there or not. */
export function isRetired(uploads: Uploads | undefined, key: string): boolean {
  const id = uploads === undefined ? undefined : sliceId(key)
  return id !== undefined && uploads?.retired.has(id) === true
}

/**
 * Tells which of the sources of a sealed day are retired. A slice is deleted once the ledger is there that retires it: where
 * one is gone that was not retired when the ledgers were listed, before the day, they are listed once more.
 */
export async function retirement(
  dataset: Dataset,
  archive: ObjectStore,
  { listing, uploads }: ArchiveDay,
  sources: readonly { readonly key: string }[],
): Promise<(key: string) => boolean> {
  const there = new Set([...listing.hours.values()].flat().map(({ key }) => key))
  const isGone = (key: string) => sliceId(key) !== undefined && !there.has(key) && !isRetired(uploads, key)
  const now = sources.some(({ key }) => isGone(key)) ? await uploadsOf(dataset, archive) : uploads
  return (key) => isRetired(now, key)
}

async function uploadsOf({ uploads }: Dataset, archive: ObjectStore): Promise<Uploads | undefined> {
  return uploads === undefined ? undefined : listUploads(archive, uploads.prefix)
}

/** What is no slice counts as it does without uploads. */
function countsIn(uploads: Uploads | undefined): (key: string) => boolean {
  return (key) => uploads === undefined || sliceId(key) === undefined || uploads.isLive(key)
}
