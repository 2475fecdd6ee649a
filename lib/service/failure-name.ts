import { DaysealError } from '../errors.ts'

/**
 * What a failure is called outside of its process: `Dayseal.<code>`, `Dayseal.timeout` for a time that was too short, and
 * for what is no error of Dayseal's its own name.
 */
export function failureName(error: unknown): string {
  if (error instanceof DaysealError) return `Dayseal.${error.code}`
  if (!(error instanceof Error)) return 'Error'
  return error.name === 'TimeoutError' ? 'Dayseal.timeout' : error.name
}
