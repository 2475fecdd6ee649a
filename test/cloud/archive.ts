import { gzipSync } from 'node:zlib'
import { HOURS } from '../../lib/archive/guards.ts'
import type { Cloud } from './cloud.ts'
import type { S3Event } from './s3-event.ts'

/** The buckets, the dataset and the state machines of test.config.ts. */
export const ARCHIVE = 'test-archive'
export const SEALED = 'test-sealed'
export const DATASET = 'app'
export const SEAL_DAY = 'test-seal-day'
export const BACKFILL = 'test-backfill'

/** Enough for a day whose deadline has passed, and quicker than all 24. */
export const FEW_HOURS = ['03', '04', '05', '06'] as const

/** Rows of an hour; `mark` makes them another content. */
export function hourFile(hour: string, rows = 20, mark = 'first'): Buffer {
  const row = (n: number) => ({ n, hour: Number(hour), mark, text: `row ${n} of ${hour}`, tags: ['a', hour] })
  return gzipSync(Array.from({ length: rows }, (_, n) => `${JSON.stringify(row(n))}\n`).join(''))
}

export function hourKey(date: string, hour: string): string {
  return `app/${date.replaceAll('-', '')}/${hour}.jsonl.gz`
}

export function uploadHour(cloud: Cloud, date: string, hour: string, body = hourFile(hour)): Promise<S3Event> {
  return cloud.upload(ARCHIVE, hourKey(date, hour), body)
}

/** Uploads the hours of a day, and returns their events in order. */
export async function uploadDay(
  cloud: Cloud,
  date: string,
  hours: readonly string[] = HOURS,
): Promise<readonly S3Event[]> {
  const events: S3Event[] = []
  for (const hour of hours) events.push(await uploadHour(cloud, date, hour))
  return events
}
