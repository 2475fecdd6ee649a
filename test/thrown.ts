import { DaysealError } from '../lib/errors.ts'

/** The DaysealError that `act` ends with. Anything else, success included, fails the test. */
export async function thrownBy(act: () => unknown): Promise<DaysealError> {
  try {
    await act()
  } catch (error) {
    if (error instanceof DaysealError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
