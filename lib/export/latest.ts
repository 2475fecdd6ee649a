import * as z from 'zod'
import { sha256Hex } from '../convert/ledger.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { putObject } from '../store/put-object.ts'
import type { WrittenOutput } from './write-files.ts'

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

/** Makes `latest` name the files of a run. Of several files in a folder there is only the pointer. */
export async function pointLatest(
  store: ObjectStore,
  folder: string,
  written: readonly WrittenOutput[],
  run: { readonly runId: string; readonly exportedAt: Date },
): Promise<void> {
  for (const { output, files } of written) {
    const name = `${folder}latest${output.extension}`
    if (files.length === 1 && files[0]!.key === output.key) await store.alias(output.key, name)
    const value: Pointer = {
      key: output.key,
      run_id: run.runId,
      exported_at: run.exportedAt.toISOString(),
      files: files.map(({ key, bytes, sha256 }) => ({ key, bytes, sha256 })),
    }
    await putObject(store, `${name}.json`, Buffer.from(`${JSON.stringify(value, null, 2)}\n`))
  }
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
