import { describeProblems } from '../config-problems.ts'
import { DaysealError } from '../errors.ts'
import { ADHOC, type ExportSettings, exportSchema } from './settings.ts'

/**
 * Reads the settings of an export that no configuration declares; without a `name` it is called `adhoc`. `from` names them in
 * messages. Throws one `usage` error with every problem in it.
 */
export function parseExport(value: object, from: string): ExportSettings {
  const settings = { name: ADHOC, ...value }
  const parsed = exportSchema.safeParse(settings)
  if (parsed.success) return parsed.data
  const problems = describeProblems(parsed.error.issues, settings)
  throw new DaysealError('usage', `${from} cannot be used:`, { problems })
}
