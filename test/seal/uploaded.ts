import { mkdir, mkdtemp, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type * as z from 'zod'
import { type Dataset, datasetFromFlags } from '../../lib/config.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import type { uploadsSchema } from '../../lib/intake/settings.ts'
import { uploadId } from '../../lib/intake/upload-id.ts'
import { noteKey, uploadLedgerKey, uploadQuarantineKey, versionName } from '../../lib/intake/upload-keys.ts'
import { type UploadLedger, uploadLedgerBytes } from '../../lib/intake/upload-ledger.ts'
import { type PlanDayOptions, planDay } from '../../lib/seal/plan-day.ts'
import { type SealOptions, seal } from '../../lib/seal/seal.ts'
import { sha256 } from '../../lib/sha256.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { putObject } from '../../lib/store/put-object.ts'
import { verify } from '../../lib/verify/verify.ts'
import { DATE, NOW } from './day.ts'

type Settings = Partial<z.input<typeof uploadsSchema>>
export type Hours = Readonly<Record<string, readonly object[]>>

/** When ledgers were written unless a test says otherwise: within the day. */
export const WRITTEN = new Date(`${DATE}T23:30:00.000Z`)

/** Every hour of the day with this many rows. */
export function allHours(rowsOf: (hour: string) => readonly object[] = (hour) => [{ hour }]): Hours {
  return Object.fromEntries(
    Array.from({ length: 24 }, (_, n) => String(n).padStart(2, '0')).map((hour) => [hour, rowsOf(hour)]),
  )
}

/** An archive of uploads in a temporary directory; what would partition them is done by hand. */
export async function makeUploads(settings: Settings = {}) {
  const root = await mkdtemp(join(tmpdir(), 'dayseal-uploads-'))
  const location = join(root, 'archive')
  await mkdir(location)
  const out = join(root, 'out')
  const uploads = { format: 'jsonl' as const, timestamp: { path: 'time' }, ...settings }
  const dataset = datasetFromFlags({ name: 'logs', archive: location, out, uploads })
  const archive = openStore(location)
  let ids = 0
  const place = { dataset, archive, out: openStore(out, { createRoot: true }), date: DATE }
  return {
    ...place,
    location,
    seal: (options: Partial<SealOptions> = {}) =>
      seal({ dataset, date: DATE, now: NOW, newId: () => `id${++ids}`, converter: convertHere(), ...options }),
    plan: (options: Partial<PlanDayOptions> = {}) => planDay({ ...place, now: NOW, minHours: 24, ...options }),
    verify: () => verify(place),
    /** Puts an upload, and no more: it is in flight. */
    arrive: (name: string, content: string) => putObject(archive, `uploads/${name}`, Buffer.from(content)),
    partition: (name: string, hours: Hours, options: Partial<PartitionOptions> = {}) =>
      partition(dataset, archive, name, hours, options),
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

export interface PartitionOptions {
  readonly seq: number
  /** When the ledger is written. */
  readonly written: Date
  readonly quarantined: number
  /** What the upload's content is known by; two uploads of one content have one id. */
  readonly content: string
}

/** Puts an upload, its slices, its quarantine, its ledger and the note. Returns its id. */
async function partition(
  dataset: Dataset,
  archive: ObjectStore,
  name: string,
  hours: Hours,
  { seq = 1, written = WRITTEN, quarantined = 0, content = JSON.stringify(hours) }: Partial<PartitionOptions>,
): Promise<string> {
  const upload = await putObject(archive, `uploads/${name}`, Buffer.from(content))
  const contentSha256 = sha256(Buffer.from(content))
  const settingsSha256 = '0'.repeat(64)
  const id = uploadId({ contentSha256, settingsSha256, tooLate: 0, key: undefined, arrival: undefined, from: 0 })
  const slices = []
  for (const [hour, rows] of Object.entries(hours)) {
    const key = `${DATE.replaceAll('-', '')}/${hour}/${id}.jsonl.gz`
    const slice = gzipSync(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    await putObject(archive, key, slice)
    slices.push({ key, date: DATE, hour, rows: rows.length, bytes: slice.length, sha256: sha256(slice) })
  }
  const kept = Buffer.from('rejected')
  const quarantine = { key: uploadQuarantineKey(id), sha256: sha256(kept), bytes: kept.length, lines: quarantined }
  if (quarantined > 0) await putObject(archive, quarantine.key, kept)
  const sliced = slices.reduce((sum, { rows }) => sum + rows, 0)
  await putLedger(archive, written, {
    ...versionOf(dataset, upload, contentSha256, id, seq),
    settings_sha256: settingsSha256,
    outcome: 'partitioned',
    events: {
      read: sliced + quarantined,
      sliced,
      quarantined: quarantined > 0 ? { no_timestamp: quarantined } : {},
      blank: 0,
    },
    slices: slices.sort((a, b) => (a.key < b.key ? -1 : 1)),
    quarantine: quarantined > 0 ? quarantine : null,
  })
  return id
}

/** Puts an upload that cannot be read, with its ledger. */
export async function refuse({ dataset, archive }: { dataset: Dataset; archive: ObjectStore }, name: string) {
  const upload = await putObject(archive, `uploads/${name}`, Buffer.from('a picture'))
  const version = versionOf(dataset, upload, sha256(Buffer.from('a picture')), 'f'.repeat(32), 1)
  const refusal = {
    ...version,
    settings_sha256: '0'.repeat(64),
    outcome: 'refused',
    reason: 'it is a picture',
  } as const
  await putLedger(archive, WRITTEN, refusal)
}

function versionOf(
  dataset: Dataset,
  { key, etag, size }: { key: string; etag: string; size: number },
  contentSha256: string,
  id: string,
  seq: number,
) {
  const modified = '2025-03-14T23:00:00.000Z'
  const upload = { key, etag, bytes: size, sha256: contentSha256, modified }
  return { ledger_version: 1 as const, dataset: dataset.name, created_by: 'test', upload, id, seq }
}

async function putLedger(archive: ObjectStore, written: Date, ledger: UploadLedger): Promise<void> {
  const version = versionName(ledger.upload, ledger)
  const key = uploadLedgerKey(version.name, version.seq)
  await putObject(archive, key, uploadLedgerBytes(ledger))
  await utimes(join(archive.location, key), written, written)
  await putObject(archive, noteKey(version), new Uint8Array())
}
