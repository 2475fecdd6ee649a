/** What is wrong with a file. The first few are kept, all are counted. */
export interface Findings {
  readonly first: readonly string[]
  readonly count: number
  add(finding: string): void
}

const MAX_KEPT = 10

export function newFindings(): Findings {
  const first: string[] = []
  let count = 0
  return {
    first,
    get count() {
      return count
    },
    add(finding) {
      if (count++ < MAX_KEPT) first.push(finding)
    },
  }
}
