import { viewDataKey, viewManifestKey } from '../keys.ts'
import type { ObjectStore } from '../store/object-store.ts'
import type { Generation } from './history.ts'
import { hashObject } from './stored-file.ts'
import { type Check, check } from './verdict.ts'

type State =
  | { readonly kind: 'newest' }
  /** As an interrupted run leaves it; the next seal run mends it. */
  | { readonly kind: 'behind'; readonly seen: string }
  | { readonly kind: 'wrong'; readonly seen: string }

/**
 * The view that people read, against the history: byte for byte the newest generation, or lagging behind it. The data is
 * refreshed before the manifest, so a crash may leave newer data under an older manifest, never the other way round.
 */
export async function checkView(
  out: ObjectStore,
  date: string,
  generations: readonly Generation[],
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<Check> {
  const manifest = await out.get(viewManifestKey(date))
  const of = manifest && generations.find(({ bytes }) => Buffer.compare(bytes, manifest.bytes) === 0)
  const state: State =
    manifest !== undefined && of === undefined
      ? { kind: 'wrong', seen: 'a manifest that equals no committed generation' }
      : stateOf(of, await viewData(out, date, generations, signal, onBytes), generations)
  return check({
    id: 'view.newest',
    title: 'the view is the newest generation',
    level: state.kind === 'behind' ? 'warn' : 'error',
    holds: state.kind === 'newest',
    seen:
      state.kind === 'newest'
        ? 'the newest generation'
        : `${state.kind === 'behind' ? 'view behind: ' : ''}${state.seen}`,
    wanted: `${viewManifestKey(date)} and ${viewDataKey(date)} of generation ${generations.at(-1)?.number} (the next seal run mends a view that is behind)`,
  })
}

/** The SHA-256 of the view's data, null when there is none; a size that no generation has needs no reading. */
async function viewData(
  out: ObjectStore,
  date: string,
  generations: readonly Generation[],
  signal?: AbortSignal,
  onBytes?: (bytes: number) => void,
): Promise<string | null> {
  const info = await out.head(viewDataKey(date))
  if (info === undefined) return null
  if (generations.every(({ manifest }) => manifest?.parquet_size_bytes !== info.size)) return `of ${info.size} bytes`
  return hashObject(out, info, signal, onBytes)
}

/** `of` is the generation of the view's manifest; undefined when it has none. */
function stateOf(of: Generation | undefined, data: string | null, generations: readonly Generation[]): State {
  const newest = generations.at(-1)!
  const dataOf = (generation: Generation) => generation.manifest?.parquet_sha256 ?? null
  const committed = data === null || generations.some((generation) => dataOf(generation) === data)
  if (!committed) return { kind: 'wrong', seen: `data.parquet ${data}, which is of no committed generation` }
  if (of === undefined) return { kind: 'behind', seen: data === null ? 'there is none' : 'there is no manifest.json' }
  if (of !== newest) {
    const lost = data === null && dataOf(of) !== null && dataOf(newest) !== null
    const seen = `manifest.json of generation ${of.number}`
    return lost ? { kind: 'wrong', seen: `${seen} and no data.parquet` } : { kind: 'behind', seen }
  }
  if (data === dataOf(newest)) return { kind: 'newest' }
  return { kind: 'wrong', seen: data === null ? 'no data.parquet' : `data.parquet ${data} under the newest manifest` }
}
