/**
 * Runs `act` for every item, at most `most` at a time, begun in order; the results are in order. After a failure nothing
 * more is begun, and it is thrown once what was under way has ended.
 */
export async function atOnce<T, R>(
  items: readonly T[],
  most: number,
  act: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const faults: unknown[] = []
  const worker = async () => {
    for (const [index, item] of queue) {
      if (faults.length > 0) return
      try {
        results[index] = await act(item, index)
      } catch (error) {
        faults.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: most }, worker))
  if (faults.length > 0) throw faults[0]
  return results
}
