import * as z from 'zod'
import type { ExportDays } from '../lib/service/export.ts'
import { MOST_SIGNED_SECONDS } from '../lib/store/s3-presign.ts'

const named = { dataset: z.string(), export: z.string() }

/** What the export function is asked: to run an export, or for a URL of a file that one wrote. */
export const exportRequest = z.union([
  /** From a schedule. */
  z
    .strictObject({ ...named, scheduledTime: z.iso.datetime() })
    .transform(({ scheduledTime, ...rest }) => run(rest, { kind: 'scheduled', time: new Date(scheduledTime) })),
  /** After a seal. */
  z
    .strictObject({ ...named, date: z.string() })
    .transform(({ date, ...rest }) => run(rest, { kind: 'named', dates: [date] })),
  /** Of a person. */
  z
    .strictObject({ ...named, dates: z.array(z.string()).min(1).max(1000).optional(), full: z.boolean().optional() })
    .transform(({ dates, full, ...rest }) =>
      run(rest, dates === undefined ? { kind: 'configured' } : { kind: 'named', dates }, full),
    ),
  z
    .strictObject({
      dataset: z.string(),
      key: z.string().max(1024),
      expiresSeconds: z.int().min(1).max(MOST_SIGNED_SECONDS).default(3600),
    })
    .transform((download) => ({ kind: 'download', ...download }) as const),
])

type Named = { readonly dataset: string; readonly export: string }

function run(which: Named, days: ExportDays, full = false) {
  return { kind: 'run', ...which, days, full } as const
}
