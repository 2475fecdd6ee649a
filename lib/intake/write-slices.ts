import type { Layout } from '../archive/layout.ts'
import { atOnce } from '../at-once.ts'
import type { Progress } from '../progress.ts'
import { hashingSink } from '../store/hashing-sink.ts'
import { compareKeys } from '../store/key.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { SliceSpool, SpooledFile } from './slice-spool.ts'
import { SPOOLED_QUARANTINE } from './spool-events.ts'
import { uploadQuarantineKey } from './upload-keys.ts'
import type { PartitionedUpload, SliceAccount } from './upload-ledger.ts'

/** Objects that are written at the same time. */
const AT_ONCE = 8

/** A slice, or the quarantine, that is spooled and has its place in the archive. */
export interface PlacedFile {
  readonly key: string
  readonly file: SpooledFile
}

export interface PlacedFiles {
  /** In key order. */
  readonly slices: readonly (PlacedFile & { readonly date: string; readonly hour: string })[]
  readonly quarantine: PlacedFile | undefined
}

/** Where spooled files go under an upload's id. */
export function placeFiles(files: readonly SpooledFile[], layout: Layout, id: string): PlacedFiles {
  const quarantine = files.find(({ name }) => name === SPOOLED_QUARANTINE)
  const slices = files
    .filter((file) => file !== quarantine)
    .map((file) => {
      const [date = '', hour = ''] = file.name.split('/')
      return { key: layout.keyOf(date, hour, id), file, date, hour }
    })
    .sort((a, b) => compareKeys(a.key, b.key))
  return { slices, quarantine: quarantine && { key: uploadQuarantineKey(id), file: quarantine } }
}

/** What a ledger says of the files. */
export type FileAccounts = Pick<PartitionedUpload, 'slices' | 'quarantine'>

export interface WriteOptions {
  readonly signal: AbortSignal | undefined
  /** Phase `slices`, of files. */
  readonly onProgress: (progress: Progress) => void
}

/**
 * Writes the files to the archive, the slices in key order, in the place of what is there under these keys: it has the same
 * bytes. `rejected`: how many lines the quarantine is about, where a long one takes several records.
 *
 * Memory: eight sinks, and a gzip member of each.
 */
export async function writeFiles(
  { slices, quarantine }: PlacedFiles,
  rejected: number,
  spool: SliceSpool,
  archive: ObjectStore,
  { signal, onProgress }: WriteOptions,
): Promise<FileAccounts> {
  const total = slices.length + (quarantine === undefined ? 0 : 1)
  let done = 0
  const written = async (placed: PlacedFile) => {
    signal?.throwIfAborted()
    const account = await writeFile(placed, spool, archive)
    onProgress({ phase: 'slices', done: ++done, total })
    return account
  }
  const accounts = await atOnce(slices, AT_ONCE, async (slice): Promise<SliceAccount> => {
    const { date, hour, file } = slice
    return { ...(await written(slice)), date, hour, rows: file.lines }
  })
  return { slices: accounts, quarantine: quarantine ? { ...(await written(quarantine)), lines: rejected } : null }
}

async function writeFile({ key, file }: PlacedFile, spool: SliceSpool, archive: ObjectStore) {
  const sink = hashingSink(await archive.write(key))
  try {
    for await (const chunk of spool.read(file)) await sink.write(chunk)
    const { sha256, bytes } = await sink.commit()
    return { key, sha256, bytes }
  } catch (error) {
    await sink.abort()
    throw error
  }
}
