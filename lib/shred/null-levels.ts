/** Dremel levels of a leaf. `repetition` is undefined where every level is 0. Read no further than `entries`. */
export interface Levels {
  readonly entries: number
  readonly definition: Uint8Array
  readonly repetition: Uint8Array | undefined
}

/**
 * The levels of a leaf that is null wherever it can be: a copy of the levels of a leaf beside it, as seen from the
 * deepest ancestor that the two share (the row is {0, 0}). Entries that repeat something deeper than
 * the ancestor are left out, and no definition level goes beyond the ancestor's. So an ancestor that is null, empty or
 * there stays what it was. The arrays are new; `repetition` is undefined where the ancestor is in no list or map.
 */
export function siblingLevels(
  sibling: Levels,
  shared: { readonly definition: number; readonly repetition: number },
): Levels {
  const { definition, repetition } = sibling
  const clampedDefinition = new Uint8Array(sibling.entries)
  const keptRepetition = shared.repetition === 0 ? undefined : new Uint8Array(sibling.entries)
  let entries = 0
  for (let i = 0; i < sibling.entries; i++) {
    const repeats = repetition === undefined ? 0 : repetition[i]!
    if (repeats > shared.repetition) continue
    clampedDefinition[entries] = Math.min(definition[i]!, shared.definition)
    if (keptRepetition !== undefined) keptRepetition[entries] = repeats
    entries++
  }
  return {
    entries,
    definition: clampedDefinition.subarray(0, entries),
    repetition: keptRepetition?.subarray(0, entries),
  }
}

/** The levels of a leaf that shares only the row with every other: null in each of `rows` rows. */
export function rootLevels(rows: number): Levels {
  return { entries: rows, definition: new Uint8Array(rows), repetition: undefined }
}
