import * as z from 'zod'
import { sha256Hex } from '../convert/ledger.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { putObject } from '../store/put-object.ts'
import type { WrittenFile } from './output/target.ts'

/*
 * `latest.<extension>` beside an export's files is another name of the newest one; `latest.<extension>.json` says which
 * that is, also where it is a folder.
 */

const pointer = z.object({
  /** Of the file, from the store's root. */
  key: z.string(),
  run_id: z.string(),
  exported_at: z.iso.datetime({ precision: 3 }),
  files: z.array(z.object({ key: z.string(), bytes: z.int(), sha256: sha256Hex })),
})
type Pointer = z.infer<typeof pointer>

/** One format of a run, and its files. */
export interface LatestOutput {
  readonly key: string
  readonly extension: string
  readonly files: readonly WrittenFile[]
  readonly runId: string
  readonly exportedAt: string
}

/**
 * Makes `latest` name the file of a run; of several files in a folder there is only the pointer, which comes last. Where it
 * names it already, nothing is written.
 */
export async function pointLatest(store: ObjectStore, folder: string, output: LatestOutput): Promise<void> {
  const { key, files } = output
  const name = `${folder}latest${output.extension}`
  const value: Pointer = {
    key,
    run_id: output.runId,
    exported_at: output.exportedAt,
    files: files.map((file) => ({ key: file.key, bytes: file.bytes, sha256: file.sha256 })),
  }
  const bytes = Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
  const [only] = files.length === 1 && files[0]!.key === key ? files : []
  const present = await store.get(`${name}.json`)
  const isNamed = present !== undefined && Buffer.compare(present.bytes, bytes) === 0
  if (isNamed && (only === undefined || (await store.head(name))?.size === only.bytes)) return
  if (only !== undefined) await store.alias(key, name)
  await putObject(store, `${name}.json`, bytes)
}

/** The name, in its own folder, of the file that `latest.<extension>` stands for; undefined when nothing says so. */
export async function latestName(store: ObjectStore, key: string): Promise<string | undefined> {
  const found = await store.get(`${key}.json`, 2 ** 20)
  if (found === undefined) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(found.bytes)
    return pointer.parse(JSON.parse(text)).key.split('/').at(-1)
  } catch {
    return undefined
  }
}
