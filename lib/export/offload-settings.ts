import * as z from 'zod'
import { closed } from '../closed-object.ts'
import { timeOfDay } from '../deployment.ts'
import { DaysealError } from '../errors.ts'
import { parseAge } from './archive/age.ts'

/** What a configuration says of a dataset's old source files: on AWS they are put into zips by a schedule. */
export const offloadSchema = closed({
  /** `30d`, `4w`: days that ended so long ago, or longer. Parsed: a number of days. */
  olderThan: z.string().transform(ageInDays),
  /** Whether source files are deleted once a zip that was read back holds them. */
  deleteSource: z.boolean().default(false),
  /** When, every day. */
  at: timeOfDay.default('04:00'),
})

/** Parsed. */
export type OffloadSettings = z.infer<typeof offloadSchema>

function ageInDays(text: string, { issues }: z.core.ParsePayload<unknown>): number {
  try {
    return parseAge(text)
  } catch (error) {
    if (!(error instanceof DaysealError)) throw error
    issues.push({ code: 'custom', message: error.message, input: text })
    return z.NEVER
  }
}
