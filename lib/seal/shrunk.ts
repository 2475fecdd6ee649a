import type { SourceAccount } from '../convert/ledger.ts'
import { sliceId } from '../intake/upload-keys.ts'

/** Of which a generation would have fewer events than the one before. */
export interface Shrunk {
  /** A source, or the first of several slices that an upload's new version takes the place of. */
  readonly key: string
  /** Events: of those sources, and of what is to be sealed in their place. */
  readonly before: number
  readonly after: number
}

/** The first few, for people. */
export function shrunkText(shrunk: readonly Shrunk[]): string {
  const shown = shrunk.slice(0, 3).map(({ key, before, after }) => `${key}: ${after} of ${before}`)
  return `${shown.join(', ')}${shrunk.length > 3 ? `, and ${shrunk.length - 3} more` : ''}`
}

/**
 * Sources of which fewer events would be sealed than were. Slices that were retired are held against those of what took their
 * place, over all hours of the day. `successors`: the ids that count in the place of a retired one.
 */
export function shrunkSources(
  before: readonly SourceAccount[],
  now: readonly SourceAccount[],
  successors: (id: string) => ReadonlySet<string> | undefined,
): readonly Shrunk[] {
  const present = new Map(now.map((account) => [nameOf(account), account]))
  const sealed = new Set(before.map(nameOf))
  const added = now.filter((account) => !sealed.has(nameOf(account)))
  const same = before.flatMap((account) => {
    const after = present.get(nameOf(account))
    return after === undefined ? [] : [{ key: account.key, before: account.rows_written, after: after.rows_written }]
  })
  const successorsOf = ({ key }: SourceAccount) => [...(successors(sliceId(key) ?? '') ?? [])].sort()
  const gone = before.filter((account) => !present.has(nameOf(account)))
  const replaced = [...Map.groupBy(gone, (account) => successorsOf(account).join())].map(([ids, accounts]) => {
    const inPlace = added.filter(({ key }) => ids.split(',').includes(sliceId(key) ?? '-'))
    return { key: accounts[0]!.key, before: rowsOf(accounts), after: rowsOf(inPlace) }
  })
  return [...same, ...replaced].filter(({ before: rows, after }) => after < rows)
}

/**
 * The same, of ids that others have grown out of: with what was added to them. `parents`: what an id has grown out of.
 */
export function withGrown(
  successors: (id: string) => ReadonlySet<string> | undefined,
  parents: ReadonlyMap<string, string>,
): (id: string) => ReadonlySet<string> | undefined {
  return (id) => {
    const first = successors(id)
    if (first === undefined) return undefined
    const all = new Set(first)
    for (let size = 0; size < all.size; ) {
      size = all.size
      for (const [child, parent] of parents) if (all.has(parent)) all.add(child)
    }
    return all
  }
}

function nameOf({ hour, key }: SourceAccount): string {
  return `${hour}/${key}`
}

function rowsOf(accounts: readonly SourceAccount[]): number {
  return accounts.reduce((sum, { rows_written }) => sum + rows_written, 0)
}
