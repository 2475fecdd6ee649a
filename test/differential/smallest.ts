/**
 * The fewest lines that still fail, tried by halves: first the shortest beginning that fails, then without what
 * comes before its last line, piece by piece.
 */
export async function smallest<T>(
  lines: readonly T[],
  fails: (lines: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let [passing, failing] = [0, lines.length]
  while (failing - passing > 1) {
    const middle = (passing + failing) >> 1
    if (await fails(lines.slice(0, middle))) failing = middle
    else passing = middle
  }
  let left = lines.slice(0, failing)
  for (let size = left.length >> 1; size > 0; size >>= 1) {
    for (let from = 0; from + size < left.length; ) {
      const without = left.toSpliced(from, size)
      if (await fails(without)) left = without
      else from += size
    }
  }
  return left
}
