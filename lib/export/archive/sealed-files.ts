import { HOURS } from '../../archive/guards.ts'
import { ledgerKey, quarantineKey } from '../../keys.ts'
import type { Generation } from '../../seal/history.ts'
import type { Manifest } from '../../seal/manifest.ts'
import type { PromisedObject } from '../../seal/promised-object.ts'
import { readLedger } from '../../seal/read-ledgers.ts'
import type { ObjectInfo, ObjectStore } from '../../store/object-store.ts'
import { outputPath } from './bag-paths.ts'
import { notAsPromised, type Otherwise, payloadBytes, payloadObject, payloadPromised } from './payload-object.ts'
import type { PayloadFile } from './write-bag.ts'

const DAMAGED: Otherwise = {
  code: 'corrupt',
  hint: 'run `dayseal verify` for that day, and restore the file from a copy',
}

/** When a day's files were made, as far as a zip is concerned. */
export function sealedAt({ created_ts_utc }: Manifest): Date {
  return new Date(created_ts_utc)
}

/** The manifests of all generations, oldest first. */
export function manifestFiles(generations: readonly Generation[]): readonly PayloadFile[] {
  return generations.map((generation) =>
    payloadBytes(generation.bytes, outputPath(generation.key), sealedAt(generation.manifest)),
  )
}

/**
 * A sealed day's files under the output: the generation's data, the ledgers, the quarantine. What is not there although a
 * manifest or a ledger names it is an error before anything is read.
 * @throws DaysealError `corrupt`, `storage`
 */
export async function sealedFiles(
  out: ObjectStore,
  manifest: Manifest,
  signal: AbortSignal | undefined,
): Promise<readonly PayloadFile[]> {
  const { date_utc: date, data_key: key, parquet_sha256: sha256, parquet_size_bytes: bytes } = manifest
  const place = { store: out, modified: sealedAt(manifest), signal }
  const asItIs = (info: ObjectInfo) => payloadObject({ ...place, info, path: outputPath(info.key) })
  const asPromised = (promised: PromisedObject, info: ObjectInfo | undefined) => {
    if (info?.size !== promised.bytes) {
      throw notAsPromised(promised, out, info === undefined ? 'nothing' : `${info.size} bytes`, DAMAGED)
    }
    return payloadPromised({ ...place, info, path: outputPath(info.key) }, promised, DAMAGED)
  }
  const files: PayloadFile[] = []
  if (key !== null && sha256 !== null && bytes !== null) {
    files.push(asPromised({ key, sha256, bytes }, await out.head(key)))
  }
  const ledgers = await hoursIn(out, `hourly/${date}/`, (hour) => ledgerKey(date, hour))
  const quarantines = await hoursIn(out, `quarantine/${date}/`, (hour) => quarantineKey(date, hour))
  files.push(...[...ledgers.values()].map(asItIs))
  const rejecting = new Set(manifest.sources.flatMap(({ hour, rows_quarantined: rows }) => (rows > 0 ? [hour] : [])))
  for (const hour of HOURS) {
    const info = quarantines.get(hour)
    if (info === undefined && !rejecting.has(hour)) continue
    const promised = (await readLedger(out, date, hour))?.quarantine
    if (promised) files.push(asPromised({ ...promised, key: quarantineKey(date, hour) }, info))
    // Without a ledger that knows of it there is nothing that it could be compared with.
    else if (info !== undefined) files.push(asItIs(info))
  }
  return files
}

/** The objects that are named as an hour's, in the order of hours. */
async function hoursIn(
  out: ObjectStore,
  prefix: string,
  keyOf: (hour: string) => string,
): Promise<ReadonlyMap<string, ObjectInfo>> {
  const listed = new Map((await out.list(prefix)).map((info) => [info.key, info]))
  const found = HOURS.map((hour) => [hour, listed.get(keyOf(hour))] as const)
  return new Map(found.flatMap(([hour, info]) => (info === undefined ? [] : [[hour, info]])))
}
