import * as z from 'zod'
import { closed } from '../closed-object.ts'

/** `auto`: RFC 3339 with any offset, the access-log form, or a number of seconds to nanoseconds told by its size. */
export const TIME_FORMS = ['auto', 'rfc3339', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns', 'access-log'] as const

/** How a time is written. */
export const timeForm = z.union([
  z.enum(TIME_FORMS),
  /** `yyyy MM dd HH mm ss SSS` and other characters as they are; `offset` such as `+01:00` (default `Z`). */
  closed({
    pattern: z.string().min(1),
    offset: z
      .string()
      .regex(/^(Z|[+-]\d\d:\d\d)$/)
      .default('Z'),
  }),
])

export type TimeForm = z.infer<typeof timeForm>
