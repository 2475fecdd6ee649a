const KEPT = 100

/** What is found wrong: all of it is counted, the first hundred are kept. */
export interface Problems {
  add(problem: string): void
  /** With a last line for those that were not kept. Empty when there are none. */
  list(): readonly string[]
}

export function collectProblems(): Problems {
  const kept: string[] = []
  let count = 0
  return {
    add(problem) {
      count++
      if (count <= KEPT) kept.push(problem)
    },
    list: () => (count <= KEPT ? [...kept] : [...kept, `and ${count - KEPT} more`]),
  }
}
