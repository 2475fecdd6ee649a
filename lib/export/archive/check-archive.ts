import { DaysealError } from '../../errors.ts'
import { type ObjectInfo, type ObjectStore, objectMissing } from '../../store/object-store.ts'
import { attempt } from '../../verify/attempt.ts'
import { openZip } from '../../zip/open-zip.ts'
import { checkBag } from './check-bag.ts'
import { type BaggedDay, checkContents } from './check-contents.ts'
import { wrongPath } from './wrong-path.ts'

export interface CheckArchiveOptions {
  readonly store: ObjectStore
  readonly key: string
  /** Content that is read at most, bytes. @default 200 times the zip, and 64 MiB at the least */
  readonly maxExpandedBytes?: number
  /** Bytes of content that were read, of all. */
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal | undefined
}

export type ArchiveCheck =
  | {
      readonly kind: 'valid'
      readonly info: ObjectInfo
      /** Of the payload. */
      readonly files: number
      readonly bytes: number
      /** What bag-info.txt says. */
      readonly bagInfo: ReadonlyMap<string, string>
      /** The sealed days in it, in order; none in a bag that is not of Dayseal's. */
      readonly days: readonly BaggedDay[]
    }
  /** At least one problem. */
  | { readonly kind: 'invalid'; readonly info: ObjectInfo; readonly problems: readonly string[] }

export type ValidArchive = Extract<ArchiveCheck, { readonly kind: 'valid' }>

/** Deflate does not make more of a byte than 1,032; JSON and CSV seldom make more than 30. */
const EXPANSION = 200
const MOST_MEMBERS = 1_000_000

/**
 * Reads a zip to its end, and checks it as a bag (RFC 8493) and against the manifests of the sealed days in it. The zip may
 * come from anybody.
 *
 * Memory: about 1 kB per file, and the streams' buffers.
 * @throws DaysealError `storage`, also when there is no such object
 */
export async function checkArchive(options: CheckArchiveOptions): Promise<ArchiveCheck> {
  const { store, key, signal, onProgress = () => undefined } = options
  const info = await store.head(key)
  if (info === undefined) throw objectMissing(store.location, key)
  const maxExpandedBytes = options.maxExpandedBytes ?? Math.max(64 * 2 ** 20, EXPANSION * info.size)
  const rules = { maxExpandedBytes, maxMembers: MOST_MEMBERS, wrongName: wrongPath, failure: 'corrupt' } as const
  const opened = await attempt(() => openZip(store, info, rules, signal), signal)
  if (opened.kind === 'broken') return { kind: 'invalid', info, problems: [opened.message] }
  const zip = opened.value
  try {
    const bag = await checkBag(zip.members, { onProgress, signal })
    if (bag.kind === 'invalid') return { kind: 'invalid', info, problems: bag.problems }
    const { days, problems } = await checkContents(bag.payload, signal)
    if (problems.length > 0) return { kind: 'invalid', info, problems }
    const bytes = [...bag.payload.values()].reduce((sum, { member }) => sum + member.bytes, 0)
    return { kind: 'valid', info, files: bag.payload.size, bytes, bagInfo: bag.info, days }
  } finally {
    zip.close()
  }
}

/** @throws DaysealError `corrupt` unless the archive is valid */
export function refuseInvalid(check: ArchiveCheck, { location }: ObjectStore): ValidArchive {
  if (check.kind === 'valid') return check
  const [first, ...more] = check.problems
  throw new DaysealError('corrupt', `${check.info.key} in ${location} is no valid archive`, {
    seen: `${first}${more.length > 0 ? `, and ${more.length} more` : ''}`,
    wanted: 'a bag of which every checksum holds, as `dayseal archive --check` reads it',
  })
}
