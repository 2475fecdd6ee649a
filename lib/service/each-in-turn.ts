/**
 * Does `act` for one item after another. One that fails keeps no other from its turn; once the signal is aborted, none
 * is begun.
 * @throws when all are done: what failed, of several failures an AggregateError; an aborted signal's reason is the last
 */
export async function eachInTurn<T>(
  items: Iterable<T>,
  signal: AbortSignal,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = []
  for (const item of items) {
    if (signal.aborted) {
      failures.push(signal.reason)
      break
    }
    try {
      await act(item)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, failures.map(String).join('; '))
  if (failures.length > 0) throw failures[0]
}
