import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Measured } from '../measure/in-turn.ts'
import { compareRows } from './same-rows.ts'

/** How a contender's file compares with the seal that was made first. */
export type Equality = Pick<Measured, 'id' | 'threads'> &
  (
    | { readonly kind: 'same_bytes' | 'same_rows' }
    | { readonly kind: 'different'; readonly differences: readonly string[] }
  )

export interface OutputsToCompare {
  /** The seal that was made first, with one worker and nothing learnt. */
  readonly file: string
  readonly closely: string
  readonly measured: readonly Measured[]
}

/** All files against the first seal. Seals with nothing learnt must be the same bytes, whatever the number of workers. */
export async function compareOutputs({ file, closely, measured }: OutputsToCompare): Promise<Equality[]> {
  const ours = await sha256Of(file)
  const known = new Map<string, readonly string[]>()
  const compared: Equality[] = []
  for (const { id, threads, file: theirs } of measured) {
    const hash = await sha256Of(theirs)
    const sameBytes = hash === ours
    if (!sameBytes && !known.has(hash)) known.set(hash, await compareRows({ ours: file, theirs, closely }))
    const differences = [
      ...(known.get(hash) ?? []),
      ...(id === 'dayseal-first' && !sameBytes ? ['not the bytes that one worker made of the same day'] : []),
    ]
    if (differences.length > 0) compared.push({ id, threads, kind: 'different', differences })
    else compared.push({ id, threads, kind: sameBytes ? 'same_bytes' : 'same_rows' })
  }
  return compared
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
