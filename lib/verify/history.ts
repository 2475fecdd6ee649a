import type * as z from 'zod'
import { toDotPath } from 'zod/v4/core'
import { canonicalJson } from '../canonical-json.ts'
import { generationOf, historyKey, historyPrefix } from '../keys.ts'
import { type Manifest, manifestSchema } from '../seal/manifest.ts'
import { sha256 } from '../sha256.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { attempt } from './attempt.ts'
import { type Check, check, some } from './verdict.ts'

/** One committed generation of a day, as the history has it. */
export interface Generation {
  readonly number: number
  readonly key: string
  readonly sha256: string
  readonly bytes: Uint8Array
  /** Undefined when the file is no manifest; `problem` says why. */
  readonly manifest: Manifest | undefined
  readonly problem: string | undefined
  /** Whether the bytes are the canonical form of what they say. */
  readonly canonical: boolean
}

/** Every generation of a day, oldest first. Other names in the folder are no generations. */
export async function readHistory(
  out: ObjectStore,
  date: string,
  signal?: AbortSignal,
): Promise<readonly Generation[]> {
  const generations: Generation[] = []
  for (const { key } of await out.list(historyPrefix(date))) {
    const number = generationOf(key)
    if (number === undefined || number < 1 || number > 9999 || historyKey(date, number) !== key) continue
    signal?.throwIfAborted()
    const found = await out.get(key)
    if (found === undefined) continue
    generations.push({ number, key, bytes: found.bytes, sha256: sha256(found.bytes), ...(await parse(found.bytes)) })
  }
  return generations.sort((a, b) => a.number - b.number)
}

async function parse(bytes: Uint8Array): Promise<Pick<Generation, 'manifest' | 'problem' | 'canonical'>> {
  const parsed = await attempt(() => {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return { result: manifestSchema.safeParse(json), canonical: Buffer.compare(canonicalJson(json), bytes) === 0 }
  })
  if (parsed.kind === 'broken') return { manifest: undefined, problem: parsed.message, canonical: false }
  const { result, canonical } = parsed.value
  if (result.success) return { manifest: result.data, problem: undefined, canonical }
  return { manifest: undefined, problem: issuesOf(result.error), canonical }
}

export function issuesOf(error: z.ZodError): string {
  return some(error.issues.map(({ path, message }) => `${toDotPath(path) || 'the whole'}: ${message}`))
}

/** All generations from 1 on, each naming the one before it by the SHA-256 of its manifest. */
export function checkChain(generations: readonly Generation[]): Check {
  const problems = generations.flatMap((generation, index) => {
    const before = generations[index - 1]
    const { number, manifest, problem } = generation
    if (number !== (before?.number ?? 0) + 1) return [`no generation ${(before?.number ?? 0) + 1}`]
    if (manifest === undefined) return [`generation ${number} is no manifest (${problem})`]
    if (manifest.generation !== number) return [`${generation.key} is of generation ${manifest.generation}`]
    if (manifest.supersedes === (before?.sha256 ?? null)) return []
    return [`generation ${number} supersedes ${manifest.supersedes}, and the one before is ${before?.sha256 ?? 'none'}`]
  })
  return check({
    id: 'manifest.chain',
    title: 'each generation names the one before it',
    holds: problems.length === 0,
    seen: problems.length === 0 ? `generations 1 to ${generations.length}` : some(problems),
    wanted: 'generations from 1 on, without a gap, each with the SHA-256 of the manifest before it',
  })
}
