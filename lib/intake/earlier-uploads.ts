import { isObjectMissing, type ObjectStore } from '../store/object-store.ts'
import { afterPrefix, haveLineInCommon, linesOf } from './slice-lines.ts'
import type { SliceSpool, SpooledFile } from './slice-spool.ts'
import { SPOOLED_QUARANTINE } from './spool-events.ts'
import type { PartitionedUpload } from './upload-ledger.ts'

/*
 * How an upload that has just been spooled, whole, relates to uploads that are in slices already.
 */

export interface Comparison {
  readonly archive: ObjectStore
  readonly spool: SliceSpool
  readonly files: readonly SpooledFile[]
}

/** Whether it has a line in common with an earlier upload; `unknown` where slices are gone, or of other settings. */
export async function linesInCommon(
  { archive, spool, files }: Comparison,
  earlier: PartitionedUpload,
  settings: { readonly sha256: string; readonly isArrival: boolean },
): Promise<'none' | 'some' | 'unknown'> {
  for (const file of files.filter(({ name }) => name !== SPOOLED_QUARANTINE)) {
    // An event's hour is that of its time, unless that is its arrival's.
    const slices = earlier.slices.filter(({ date, hour }) => settings.isArrival || file.name === `${date}/${hour}`)
    if (slices.length > 0 && earlier.settings_sha256 !== settings.sha256) return 'unknown'
    for (const { key } of slices) {
      try {
        const others = () => linesOf(key, archive.read(key))
        if (await haveLineInCommon(linesOf(file.name, spool.read(file)), others)) return 'some'
      } catch (error) {
        if (isObjectMissing(error)) return 'unknown'
        throw error
      }
    }
  }
  return 'none'
}

/**
 * Whether an earlier upload, of the same settings, begins with all that the upload has, so that it adds nothing: it was cut.
 * Where that was within a line, which is the last one in its quarantine (`cut`), a line of the earlier one must begin so.
 * `chain`: the account of the earlier upload, from the version that it has grown out of to itself.
 */
export async function isBeginningOf(
  { archive, spool, files }: Comparison,
  chain: readonly PartitionedUpload[],
  cut: Uint8Array | undefined,
): Promise<boolean> {
  const keys = Map.groupBy(chain.flatMap(placedIn), ({ name }) => name)
  const byName = new Map(files.map((file) => [file.name, file]))
  let isCutFound = cut === undefined
  try {
    for (const name of new Set([...byName.keys(), ...keys.keys()])) {
      const file = byName.get(name)
      const but = cut !== undefined && name === SPOOLED_QUARANTINE ? 1 : 0
      const others = linesAt(
        archive,
        (keys.get(name) ?? []).map(({ key }) => key),
      )
      const rest = await afterPrefix(file === undefined ? NO_LINES : linesBut(file, spool, but), others)
      if (rest === undefined) return false
      isCutFound ||= cut !== undefined && rest.next !== undefined && Buffer.from(rest.next).indexOf(cut) === 0
    }
  } catch (error) {
    if (isObjectMissing(error)) return false
    throw error
  }
  return isCutFound
}

/** What an account has written, by the names that it was spooled under. */
function placedIn({ slices, quarantine }: PartitionedUpload) {
  const placed = slices.map(({ key, date, hour }) => ({ key, name: `${date}/${hour}` }))
  return quarantine === null ? placed : [...placed, { key: quarantine.key, name: SPOOLED_QUARANTINE }]
}

const NO_LINES: readonly Buffer[] = []

/** The lines of a spooled file but for so many at its end. */
async function* linesBut(file: SpooledFile, spool: SliceSpool, but: number): AsyncGenerator<Buffer, void, void> {
  let left = file.lines - but
  for await (const line of linesOf(file.name, spool.read(file))) if (left-- > 0) yield line
}

async function* linesAt(archive: ObjectStore, keys: readonly string[]): AsyncGenerator<Buffer, void, void> {
  for (const key of keys) yield* linesOf(key, archive.read(key))
}
