import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Dataset } from '../../lib/config.ts'
import { type ArchiveOptions, archiveDays, type WrittenArchive } from '../../lib/export/archive/archive-days.ts'
import { type OffloadOptions, type OffloadOutcome, offloadDay } from '../../lib/export/archive/offload-day.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { DATE } from '../archive-day.ts'
import { type DatasetChoice, datasetOf, filesIn, type Place } from '../bad-input/place.ts'

export const NOW = new Date('2025-06-01T12:00:00.000Z')

/** Archives the sealed days of a place, as the command would. */
export function archive(
  place: Place,
  options: Partial<ArchiveOptions> = {},
  choice: DatasetChoice = {},
): Promise<WrittenArchive> {
  const out = openStore(place.out)
  return archiveDays({
    dataset: datasetOf(place, choice),
    out,
    archive: openStore(place.archive),
    exportDay: undefined,
    name: 'all',
    dates: [DATE],
    parts: ['sealed'],
    unsealed: 'refuse',
    existing: 'refuse',
    to: { store: out, prefix: 'archives/' },
    now: NOW,
    ...options,
  })
}

export function offload(
  place: Place,
  options: Partial<OffloadOptions> = {},
  dataset: Dataset = datasetOf(place),
): Promise<OffloadOutcome> {
  const out = openStore(place.out)
  return offloadDay({
    dataset,
    date: DATE,
    out,
    archive: openStore(place.archive),
    to: { store: out, prefix: 'offloads/' },
    sources: 'delete',
    now: NOW,
    ...options,
  })
}

/** The outcome, which must be of this kind. */
export function ofKind<K extends OffloadOutcome['kind']>(
  outcome: OffloadOutcome,
  kind: K,
): Extract<OffloadOutcome, { readonly kind: K }> {
  if (outcome.kind !== kind) throw new Error(`the outcome is ${JSON.stringify(outcome)}`)
  return outcome as Extract<OffloadOutcome, { readonly kind: K }>
}

/** What a folder of the output holds that anybody would see. */
export async function visibleFiles(folder: string): Promise<readonly string[]> {
  return (await filesIn(folder)).filter((file) => !file.includes('.dayseal-tmp-'))
}

/** Writes what `data/` of a bag held. */
export async function unpack(payload: ReadonlyMap<string, Buffer>, folder: string): Promise<void> {
  for (const [path, content] of payload) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
}

/** Another byte in the middle of a file, at the same length. A new file: what is linked to it stays. */
export async function flipByte(file: string): Promise<void> {
  const bytes = await readFile(file)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(`${file}.other`, bytes)
  await rename(`${file}.other`, file)
}

/** A store that gives one wrong byte of every object whose key ends so, near the middle of what is read. */
export function flippingReads(store: ObjectStore, ending: string): ObjectStore {
  return {
    ...store,
    async *read(key, options) {
      for await (const chunk of store.read(key, options)) {
        if (key.endsWith(ending) && chunk.length > 1000) chunk[chunk.length >> 1]! ^= 1
        yield chunk
      }
    },
  }
}
