import { DaysealError } from '../errors.ts'
import type { Owner } from '../owner.ts'
import { compareKeys } from '../store/key.ts'
import type { Catalog } from './catalog.ts'

/**
 * The catalog for datasets that were renamed: what is not known by a dataset's name is what was known by its former names,
 * the first that has it. Everything is written under the present name; nothing that lies under a former one is changed.
 * @param ownerOf the dataset of this name; one that is unknown had no other
 */
export function withFormerNames(catalog: Catalog, ownerOf: (dataset: string) => Owner | undefined): Catalog {
  const formerOf = (dataset: string) => ownerOf(dataset)?.formerly ?? []

  /** What the first name has of which something is known. */
  async function first<T>(dataset: string, find: (name: string) => Promise<T | undefined>): Promise<T | undefined> {
    for (const name of [dataset, ...formerOf(dataset)]) {
      const found = await find(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** All that is known by any of the names; of equal keys what the first has. */
  async function all<T>(
    dataset: string,
    list: (name: string) => Promise<readonly T[]>,
    keyOf: (record: T) => string,
  ): Promise<readonly T[]> {
    const found = new Map<string, T>()
    for (const name of [dataset, ...formerOf(dataset)]) {
      for (const record of await list(name)) if (!found.has(keyOf(record))) found.set(keyOf(record), record)
    }
    return [...found].sort(([a], [b]) => compareKeys(a, b)).map(([, record]) => record)
  }

  /** The version that a write under the present name has to expect, of a record that was read by a former one. */
  async function expectedNow<T extends { readonly version: number }>(
    dataset: string,
    expected: number | undefined,
    find: (name: string) => Promise<T | undefined>,
  ): Promise<number | undefined | 'conflict'> {
    if (formerOf(dataset).length === 0 || (await find(dataset)) !== undefined) return expected
    const read = await first(dataset, find)
    return read?.version === expected ? undefined : 'conflict'
  }

  return {
    ...catalog,
    sources: async (dataset, date, signal) => {
      const found = await all(
        dataset,
        (name) => catalog.sources(name, date, signal),
        ({ key }) => key,
      )
      return found.map((source) => ({ ...source, dataset }))
    },
    day: async (dataset, date, signal) => {
      const found = await first(dataset, (name) => catalog.day(name, date, signal))
      return found && { ...found, dataset }
    },
    days: async (dataset, from, to, signal) => {
      const found = await all(
        dataset,
        (name) => catalog.days(name, from, to, signal),
        ({ date }) => date,
      )
      return found.map((day) => ({ ...day, dataset }))
    },
    async putDay(day, expected, signal) {
      const now = await expectedNow(day.dataset, expected, (name) => catalog.day(name, day.date, signal))
      return now === 'conflict' ? { kind: 'conflict' } : catalog.putDay(day, now, signal)
    },
    runs: async (dataset, query, signal) => {
      const found = await all(dataset, (name) => catalog.runs(name, query, signal), startOf)
      return found.toReversed().slice(0, query.limit)
    },
    exports: async (dataset, query, signal) => {
      const found = await all(dataset, (name) => catalog.exports(name, query, signal), startOf)
      return found.toReversed().slice(0, query.limit)
    },
    exportState: async (dataset, name, signal) => {
      const found = await first(dataset, (own) => catalog.exportState(own, name, signal))
      return found && { ...found, dataset }
    },
    async putExportState(state, expected, signal) {
      const find = (name: string) => catalog.exportState(name, state.export, signal)
      if (expected === 'unreadable') {
        const own = (await isUnreadable(() => find(state.dataset))) ? expected : undefined
        return catalog.putExportState(state, own, signal)
      }
      const now = await expectedNow(state.dataset, expected, find)
      return now === 'conflict' ? { kind: 'conflict' } : catalog.putExportState(state, now, signal)
    },
  }
}

/** Whether what is read there is damaged; what a former name has is left as it is. */
async function isUnreadable(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read()
    return false
  } catch (error) {
    if (error instanceof DaysealError && error.code === 'corrupt') return true
    throw error
  }
}

function startOf({ started, run_id }: { readonly started: string; readonly run_id: string }): string {
  return `${started} ${run_id}`
}
