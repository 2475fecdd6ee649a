import * as z from 'zod'
import { decompress } from '../archive/decompress.ts'
import { corrupt } from '../parquet/read-tree.ts'
import { hashing, sha256 } from '../sha256.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { issuesOf } from './history.ts'
import { walkLines } from './walk-lines.ts'

/** One line of `quarantine/YYYY-MM-DD/HH.jsonl.gz`: a rejected line, or a part of one that is too long. */
const recordSchema = z
  .strictObject({
    key: z.string(),
    line: z.int().positive(),
    offset: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
    reason: z.enum(['not_json', 'not_object', 'not_utf8', 'too_long', 'too_deep', 'too_wide', 'timestamp', 'schema']),
    detail: z.string(),
    part: z.int().positive().optional(),
    last: z.literal(true).optional(),
    text: z.string().optional(),
    base64: z.base64().optional(),
  })
  .refine(({ text, base64 }) => (text === undefined) !== (base64 === undefined), 'must have one of text and base64')
  .refine(
    ({ text, base64, bytes }) =>
      Buffer.byteLength(text ?? base64 ?? '', text === undefined ? 'base64' : 'utf8') === bytes,
    {
      message: 'must have as many bytes as it says',
      path: ['bytes'],
    },
  )

export interface QuarantineFile {
  /** Per source key the numbers of its rejected lines, with the SHA-256 of each; undefined for one that is kept in parts. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<number, string | undefined>>
  readonly count: number
  readonly bytes: number
  readonly sha256: string
}

/** Content is text escaped in JSON: at most six bytes for one. */
const ESCAPED = 8

/**
 * Reads an hour's quarantine. Memory: one record, and a hash for each rejected line.
 * @throws DaysealError `source` for a file that does not decompress, `corrupt` for one that has something else in it
 */
export async function readQuarantine(
  out: ObjectStore,
  key: string,
  maxExpandedBytes: number,
  signal?: AbortSignal,
): Promise<QuarantineFile> {
  const stored = hashing(out.read(key, signal && { signal }))
  const options = {
    key,
    codec: 'gzip' as const,
    maxExpandedBytes: maxExpandedBytes * ESCAPED,
    ...(signal && { signal }),
  }
  const lines = new Map<string, Map<number, string | undefined>>()
  let count = 0
  const all = { keep: () => true, pass: () => {} }
  for await (const { number, bytes } of walkLines(decompress(stored.chunks, options), all)) {
    const record = parseRecord(bytes, `${key}, line ${number}`)
    const own = lines.get(record.key) ?? new Map<number, string | undefined>()
    const first = record.part === undefined || record.part === 1
    if (first === own.has(record.line)) {
      const seen = `${record.key}, line ${record.line}, part ${record.part ?? 'none'}`
      throw corrupt(`${key} has a line twice, or in parts that do not begin`, seen, 'each once')
    }
    if (first) count++
    lines.set(record.key, own.set(record.line, record.part === undefined ? sha256(textOf(record)) : undefined))
  }
  return { lines, count, ...stored.result() }
}

function textOf({
  text,
  base64,
}: {
  readonly text?: string | undefined
  readonly base64?: string | undefined
}): Buffer {
  return text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text)
}

function parseRecord(bytes: Uint8Array, where: string): z.infer<typeof recordSchema> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const record = recordSchema.safeParse(JSON.parse(text))
  if (!record.success) throw corrupt(`${where} is no record of a rejected line`, issuesOf(record.error), 'a record')
  return record.data
}
