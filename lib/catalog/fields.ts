import * as z from 'zod'
import { isDate } from '../archive/guards.ts'
import { describeProblems } from '../config-problems.ts'
import { DaysealError } from '../errors.ts'

/*
 * What the catalog's records are made of. Their text comes from events and errors of others: names are refused unless
 * they can be the identity of a record, prose is cut to what a record may hold.
 */

export const datasetName = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'a name of letters, digits, _ and -, starting with a letter or digit')

/** A UTC day, `YYYY-MM-DD`. */
export const date = z.string().refine(isDate, 'a day of the calendar, YYYY-MM-DD')

export const hour = z.string().regex(/^([01]\d|2[0-3])$/, 'an hour, 00 to 23')

/** An instant, always written alike (`2025-03-15T00:05:00.000Z`), so that the order of the text is the order of time. */
export const instant = z.iso.datetime({ precision: 3 })

export const count = z.int().nonnegative()

/** An object's key: what S3 allows, which is also what a sort key of DynamoDB holds. */
export const objectKey = name(1024)

/** A name that somebody else chose, of at most `maxBytes` in UTF-8. */
export function name(maxBytes: number) {
  return z
    .string()
    .min(1)
    .refine(
      (text) => text.isWellFormed() && Buffer.byteLength(text) <= maxBytes,
      `Unicode text of at most ${maxBytes} bytes`,
    )
}

/** Prose of at most `maxLength` UTF-16 units; what is longer is cut, and says so. */
export function prose(maxLength: number) {
  return z.string().transform((text) => {
    if (text.length <= maxLength) return text.toWellFormed()
    const note = ` … (${text.length} characters in all)`
    const kept = text.slice(0, maxLength - note.length)
    return `${/[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept}${note}`.toWellFormed()
  })
}

/** What a caller wants recorded, or names. Throws `usage` with every problem in it. */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new DaysealError('usage', `the catalog cannot take this ${what}`, {
    seen: describeProblems(parsed.error.issues, value).join('; '),
  })
}
