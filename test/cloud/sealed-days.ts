import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { type Manifest, manifestSchema } from '../../lib/seal/manifest.ts'
import { SEALED } from './archive.ts'
import type { Cloud } from './cloud.ts'

/** The generations of a day, oldest first, as they lie in the bucket. */
export async function generations({ client }: Cloud, date: string, dataset = 'app'): Promise<readonly Manifest[]> {
  const keys = await keysUnder(client, `${dataset}/history/${date}/`)
  return Promise.all(keys.map(async (Key) => manifestSchema.parse(JSON.parse(await textOf(client, Key)))))
}

/** Keys of the sealed bucket that start with `prefix`. */
export async function keysUnder(client: Cloud['client'], prefix: string): Promise<readonly string[]> {
  const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket: SEALED, Prefix: prefix }))
  if (IsTruncated) throw new Error(`more than one page under ${prefix}`)
  return Contents.map(({ Key = '' }) => Key)
}

async function textOf(client: Cloud['client'], Key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: SEALED, Key }))
  return (await Body?.transformToString()) ?? ''
}

/** The UTC day so many days before today. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
}

/** A day whose deadline has passed. */
export const LONG_AGO = daysAgo(5)

/** Today at a time of day, UTC: when schedules are due. */
export function todayAt(time: string): Date {
  return new Date(`${daysAgo(0)}T${time}:00Z`)
}
