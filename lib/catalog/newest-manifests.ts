import { z } from 'zod'
import { isDate } from '../archive/guards.ts'
import { DaysealError } from '../errors.ts'
import { generationOf, historyPrefix } from '../keys.ts'
import { type Manifest, manifestSchema } from '../seal/manifest.ts'
import type { ObjectStore } from '../store/object-store.ts'

/** The newest generation of a sealed day, as the history's keys name it. */
export interface SealedDay {
  readonly date: string
  readonly generation: number
  /** `history/2025-03-14/manifest.g0002.json`. */
  readonly key: string
}

/** The newest generation of every sealed day under an output, by date. One listing, no manifest is read. */
export async function sealedDays(out: ObjectStore): Promise<ReadonlyMap<string, SealedDay>> {
  const days = new Map<string, SealedDay>()
  for (const { key } of await out.list('history/')) addKey(days, key)
  return days
}

/** The newest generation of one day; undefined when it is not sealed. */
export async function sealedDay(out: ObjectStore, date: string): Promise<SealedDay | undefined> {
  const days = new Map<string, SealedDay>()
  for (const { key } of await out.list(historyPrefix(date))) addKey(days, key)
  return days.get(date)
}

function addKey(days: Map<string, SealedDay>, key: string): void {
  const generation = generationOf(key)
  const date = key.split('/')[1] ?? ''
  if (generation === undefined || !isDate(date)) return
  if (generation > (days.get(date)?.generation ?? 0)) days.set(date, { date, generation, key })
}

/** Reads a manifest and checks its shape, and that it is the one that its key names. Throws `corrupt`. */
export async function readManifest(out: ObjectStore, day: SealedDay): Promise<Manifest> {
  const object = await out.get(day.key)
  if (object === undefined)
    throw new DaysealError('storage', `${day.key} was listed but cannot be read`, { hint: RETRY })
  const manifest = manifestSchema.safeParse(parseJson(object.bytes, day.key))
  if (!manifest.success) {
    throw new DaysealError('corrupt', `${day.key} is no manifest`, { seen: z.prettifyError(manifest.error) })
  }
  const { date_utc, generation } = manifest.data
  if (date_utc !== day.date || generation !== day.generation) {
    const wanted = `${day.date}, generation ${day.generation}`
    throw new DaysealError('corrupt', `${day.key} is another manifest`, {
      seen: `${date_utc}, generation ${generation}`,
      wanted,
    })
  }
  return manifest.data
}

const RETRY = 'try again; if it stays so, look at the output folder'

function parseJson(bytes: Uint8Array, key: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new DaysealError('corrupt', `${key} is not JSON`, { cause })
  }
}
