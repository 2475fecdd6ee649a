import { beginningsOf } from './beginnings.ts'
import type { KnownContent } from './content-index.ts'
import { contentsLike, type KnownUpload, knownUpload } from './known-uploads.ts'
import type { PartitionRequest } from './partition-outcome.ts'
import { identifyUpload, readBeginning } from './read-upload.ts'
import { isRetiredBy, listRetirements } from './retired.ts'
import { SETTINGS_DIGITS, settingsSha256 } from './slice-settings.ts'
import { nameHash } from './upload-id.ts'

/** What is known of an upload before its events are read. */
export interface Look {
  readonly known: KnownUpload
  /** What its content is filed under; undefined for one that cannot be read. */
  readonly beginning: string | undefined
  /** Uploads that begin as it does. */
  readonly alike: readonly KnownContent[]
  readonly isRetired: (id: string) => Promise<boolean>
}

/**
 * What an upload is to those that have been accounted for. Its content is read to the end only where one of them begins alike;
 * `superseded` when it is no longer what it was.
 */
export async function lookAt({ dataset, archive, upload, signal }: PartitionRequest): Promise<Look | 'superseded'> {
  const looking = { dataset, upload, signal }
  const marks = (await listRetirements(archive)).all
  const isRetired = (id: string) => isRetiredBy(archive, marks, id)
  const nothing = { known: { kind: 'new' }, beginning: undefined, alike: [], isRetired } as const
  const first = await readBeginning(looking)
  if (first.kind === 'superseded') return 'superseded'
  if (first.kind === 'refused') return nothing
  const byName = dataset.uploads.identity === 'name-and-content'
  const alike = (await contentsLike(archive, first.value)).filter(
    ({ name }) => !byName || name === nameHash(upload.key),
  )
  const beginning = beginningsOf(first.value).at(-1)
  if (alike.length === 0) return { ...nothing, beginning }
  const identified = await identifyUpload(
    looking,
    alike.map(({ bytes }) => bytes),
  )
  if (identified.kind === 'superseded') return 'superseded'
  if (identified.kind === 'refused') return nothing
  const settings = settingsSha256(dataset).slice(0, SETTINGS_DIGITS)
  const known = await knownUpload(archive, identified.value, { contents: alike, isRetired, settings })
  return { ...nothing, beginning, alike, known }
}
