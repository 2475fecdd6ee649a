import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { datasetFromFlags } from '../lib/config.ts'
import { convertHere } from '../lib/convert/convert-here.ts'
import type { Progress } from '../lib/progress.ts'
import { aboutFile } from '../lib/seal/about-file.ts'
import type { Manifest } from '../lib/seal/manifest.ts'
import { readLedgers } from '../lib/seal/read-ledgers.ts'
import { seal } from '../lib/seal/seal.ts'
import { writeGeneration } from '../lib/seal/write-generation.ts'
import { schemaFromJson } from '../lib/shred/schema-json.ts'
import type { ObjectInfo, ObjectStore } from '../lib/store/object-store.ts'
import { openStore } from '../lib/store/open-store.ts'
import type { Archive } from './generate/archive.ts'
import { BENCH_DATE } from './generate/workloads.ts'
import { median } from './measure/median.ts'

/** What a day's join takes beside its conversion, in milliseconds inside a process whose own thread is the one worker. */
export interface JoinShare {
  /** From the first hour's start to the last one's end. */
  readonly convertMs: number
  /** Parts that exist → one file that is on disk. Median. */
  readonly joinMs: number
  /** The same, and reading the file back to compare. Median. */
  readonly joinAndReadBackMs: number
}

/** Seals the archive into the empty folder `out`, with `schemaFile` as what is learnt so far, and then joins its parts again and again. */
export async function joinShare(
  archive: Archive,
  out: string,
  schemaFile: string | undefined,
  repetitions: number,
): Promise<JoinShare> {
  if (schemaFile !== undefined) await copyFile(schemaFile, join(out, 'schema.json'))
  const clock = phaseClock()
  const outcome = await seal({
    dataset: datasetFromFlags({ archive: archive.folder, out }),
    date: BENCH_DATE,
    now: new Date(),
    newId: () => 'sealed',
    minHours: archive.hours,
    converter: convertHere(),
    onProgress: clock.onProgress,
  })
  if (outcome.kind !== 'sealed') throw new Error(`the day was not sealed: ${outcome.kind}`)
  const joins = await repeatJoin(openStore(out), outcome.manifest, repetitions)
  return {
    convertMs: clock.spent('convert'),
    joinMs: median(joins.map(({ joinMs }) => joinMs)),
    joinAndReadBackMs: median(joins.map(({ wholeMs }) => wholeMs)),
  }
}

async function repeatJoin(store: ObjectStore, manifest: Manifest, repetitions: number) {
  const ledgers = [...(await readLedgers(store, BENCH_DATE)).values()]
  const parts = await partStates(
    store,
    ledgers.flatMap(({ part }) => part?.key ?? []),
  )
  const joins: { readonly joinMs: number; readonly wholeMs: number }[] = []
  for (let i = 0; i < repetitions; i++) {
    const clock = phaseClock()
    const started = performance.now()
    const written = await writeGeneration({
      out: store,
      key: `joined-${i}.parquet`,
      schema: schemaFromJson(manifest.schema),
      ledgers,
      parts,
      about: aboutFile(manifest),
      signal: undefined,
      onProgress: clock.onProgress,
    })
    const wholeMs = performance.now() - started
    if (written?.sha256 !== manifest.parquet_sha256)
      throw new Error('the parts were joined to another file than the sealed one')
    await store.delete(`joined-${i}.parquet`)
    joins.push({ joinMs: clock.spent('join'), wholeMs })
  }
  return joins
}

async function partStates(store: ObjectStore, keys: readonly string[]): Promise<ReadonlyMap<string, ObjectInfo>> {
  const states = new Map<string, ObjectInfo>()
  for (const key of keys) {
    const info = await store.head(key)
    if (info === undefined) throw new Error(`${key} is not there`)
    states.set(key, info)
  }
  return states
}

/** The time between the first and the last that is heard of a phase. */
function phaseClock() {
  const times = new Map<Progress['phase'], { readonly first: number; last: number }>()
  return {
    onProgress({ phase }: Progress): void {
      const now = performance.now()
      const known = times.get(phase)
      if (known === undefined) times.set(phase, { first: now, last: now })
      else known.last = now
    },
    spent(phase: Progress['phase']): number {
      const known = times.get(phase)
      if (known === undefined) throw new Error(`nothing was heard of the phase ${phase}`)
      return known.last - known.first
    },
  }
}
