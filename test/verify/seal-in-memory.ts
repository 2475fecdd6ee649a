import { HOURS } from '../../lib/archive/guards.ts'
import { parseLayout } from '../../lib/archive/layout.ts'
import type { Dataset } from '../../lib/config.ts'
import { convertHour } from '../../lib/convert/convert-hour.ts'
import type { Ledger } from '../../lib/convert/ledger.ts'
import { convertSettings, rulesOf } from '../../lib/convert/settings.ts'
import { generationKey } from '../../lib/keys.ts'
import { aboutFile } from '../../lib/seal/about-file.ts'
import { schemaSha256 } from '../../lib/seal/base-schema.ts'
import { buildManifest } from '../../lib/seal/build-manifest.ts'
import { commitManifest, refreshView } from '../../lib/seal/commit.ts'
import { daySchema, fitsDay } from '../../lib/seal/day-schema.ts'
import { writeGeneration } from '../../lib/seal/write-generation.ts'
import { schemaToJson } from '../../lib/shred/schema-json.ts'
import type { ObjectInfo, ObjectStore } from '../../lib/store/object-store.ts'
import { memoryStore } from './memory-store.ts'

/** A store in memory that takes writes. */
function writableStore(objects: Map<string, Uint8Array>): ObjectStore {
  const store = () => memoryStore(objects)
  const put = async (key: string, bytes: Uint8Array): Promise<ObjectInfo> => {
    objects.set(key, bytes)
    return (await store().head(key))!
  }
  return {
    location: 'memory',
    list: (prefix) => store().list(prefix),
    head: (key) => store().head(key),
    get: (key) => store().get(key),
    read: (key, options) => store().read(key, options),
    write: async (key) => {
      const pieces: Uint8Array[] = []
      return {
        write: async (bytes) => void pieces.push(bytes.slice()),
        commit: () => put(key, Buffer.concat(pieces)),
        abort: async () => {},
      }
    },
    checkConditions: async () => undefined,
    putIfAbsent: async (key, bytes) => ({ kind: 'written', info: await put(key, bytes) }),
    putIfMatch: async (key, bytes) => ({ kind: 'written', info: await put(key, bytes) }),
    copy: async (from, to) => void (await put(to, objects.get(from)!)),
    alias: async (from, to) => void (await put(to, objects.get(from)!)),
    delete: async (key) => void objects.delete(key),
    removeUnfinished: async () => 0,
  }
}

export interface MemoryDay {
  readonly out: Map<string, Uint8Array>
  readonly archive: Map<string, Uint8Array>
}

/**
 * A day sealed by what `seal` is made of, without directories and threads, so that hundreds can be tried.
 * @param hours the content of the first hours' files
 */
export async function sealInMemory(dataset: Dataset, date: string, hours: readonly Uint8Array[]): Promise<MemoryDay> {
  const layout = parseLayout(dataset.archive.layout)
  const day = layout.archiveDay(date)
  const archive = new Map(hours.map((bytes, hour) => [`${day}/${HOURS[hour]}.jsonl`, bytes]))
  const objects = new Map<string, Uint8Array>()
  const stores = { archive: memoryStore(archive), out: writableStore(objects) }
  const settings = { ...convertSettings(dataset), rowGroupBytes: 200 }
  const rules = rulesOf(settings)
  const tasks = await Promise.all(
    [...archive.keys()].map(async (key, hour) => {
      return { date, hour: HOURS[hour]!, sources: [(await stores.archive.head(key))!], settings, base: [], day: null }
    }),
  )
  const first: Ledger[] = []
  for (const task of tasks) first.push(await convertHour(task, stores))
  const resolved = daySchema([], first, rules, settings.limits.maxPaths)
  const ledgers: Ledger[] = []
  for (const [hour, ledger] of first.entries()) {
    const again = { ...tasks[hour]!, day: { schema: schemaToJson(resolved.schema), profile: ledger.profile } }
    ledgers.push(fitsDay(ledger, resolved, rules) ? ledger : await convertHour(again, stores))
  }
  const parts = new Map<string, ObjectInfo>()
  for (const info of await stores.out.list('hourly/')) parts.set(info.key, info)
  const data = await writeGeneration({
    out: stores.out,
    key: generationKey(date, 1, 'memory'),
    schema: resolved.schema,
    ledgers,
    parts,
    about: aboutFile({
      dataset: dataset.name,
      date_utc: date,
      generation: 1,
      schema_sha256: schemaSha256(schemaToJson(resolved.schema)),
    }),
    signal: undefined,
    onProgress: () => {},
  })
  const manifest = buildManifest({
    dataset: dataset.name,
    date,
    archiveDay: day,
    created: new Date('2026-01-02T03:04:05.678Z'),
    ledgers,
    day: resolved,
    rules,
    baseSha256: '0'.repeat(64),
    minHours: hours.length,
    guards: { today: 'passed', hours: 'passed' },
    data,
    previous: undefined,
    generation: 1,
    uploads: undefined,
  })
  await commitManifest(stores.out, manifest)
  await refreshView(stores.out, date, async () => undefined)
  return { out: objects, archive }
}
