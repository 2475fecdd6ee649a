import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { DaysealError } from '../errors.ts'
import { makeFolder } from '../store/folder.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { hashObject } from '../verify/stored-file.ts'
import { type Check, check, many, type Result, some, worstOf } from '../verify/verdict.ts'
import { type ExportContent, readBack } from './check/read-back.ts'
import { latestName } from './latest.ts'
import { type ExportMeta, META_SUFFIX, readMeta } from './meta.ts'
import { decompressed } from './output/decompress.ts'
import { decrypted } from './output/decrypt.ts'

export interface CheckExportOptions {
  readonly store: ObjectStore
  /** The file, or the folder of an export of several; or its `latest`. */
  readonly key: string
  /** Opens an encrypted export: an age identity (`AGE-SECRET-KEY-1…`). */
  readonly identity: string | undefined
  /** A directory of the check's own, for files that are not read from their beginning to their end. */
  readonly scratch: string
  readonly signal: AbortSignal | undefined
}

export interface ExportVerdict {
  readonly result: Result
  readonly checks: readonly Check[]
  /** What the meta file says; undefined where it does not say that the export is complete. */
  readonly meta: ExportMeta | undefined
}

/**
 * Checks an exported file against its meta file: that its bytes are those that were written, that it can be read in full
 * as what it is, and that the rows read back are those that came out of the sealed days, by their number and their
 * content digest. Writes nothing but scratch files. Memory: a row, and a batch of rows.
 * @throws DaysealError `corrupt` when the meta file cannot be read, or a `latest` names no export, `usage` for an identity that is none, `storage`
 */
export async function checkExport(given: CheckExportOptions): Promise<ExportVerdict> {
  const { key, found } = await exportNamed(given.store, given.key)
  const options = { ...given, key }
  const isComplete = found?.meta.status === 'complete'
  const presence = check({
    id: 'export.meta',
    title: 'the meta file says that the export is complete',
    holds: isComplete,
    seen: found === undefined ? `no ${key}${META_SUFFIX}` : found.meta.status,
    wanted: 'complete',
  })
  if (found?.meta.status !== 'complete') return { result: 'failed', checks: [presence], meta: undefined }
  const { meta } = found
  const bytes = await checkBytes(options, meta)
  const isWhole = bytes.every(({ result }) => result === 'passed')
  const content = isWhole ? await checkContent(options, meta) : []
  const checks = [presence, ...bytes, ...content]
  return { result: worstOf(checks), checks, meta }
}

/** The export of that key, or the one that a `latest` of that key names. */
async function exportNamed(store: ObjectStore, key: string) {
  const found = await readMeta(store, `${key}${META_SUFFIX}`)
  const latest = found === undefined ? await latestName(store, key) : undefined
  if (latest === undefined) return { key, found }
  const named = keyOf(key, latest)
  const meta = await readMeta(store, `${named}${META_SUFFIX}`)
  // One step, so that pointers that name each other, or themselves, are an end.
  if (meta === undefined && (await latestName(store, named)) !== undefined) {
    throw new DaysealError('corrupt', `${key}.json names no export`, {
      seen: named === key ? 'it names itself' : `${named}.json, which names another`,
      wanted: `a file with a ${META_SUFFIX} beside it`,
      hint: 'export again: that writes it anew',
    })
  }
  return { key: named, found: meta }
}

async function checkBytes({ store, key, signal }: CheckExportOptions, meta: ExportMeta): Promise<readonly Check[]> {
  const problems: string[] = []
  for (const file of meta.files) {
    const info = await store.head(keyOf(key, file.path))
    if (info === undefined) problems.push(`${file.path} is not there`)
    else if (info.size !== file.bytes) problems.push(`${file.path} has ${info.size} of ${file.bytes} bytes`)
    else if ((await hashObject(store, info, signal)) !== file.sha256) problems.push(`${file.path} has another SHA-256`)
  }
  return [
    check({
      id: 'export.bytes',
      title: 'the bytes are those that were written',
      holds: problems.length === 0,
      seen: problems.length === 0 ? many(meta.files.length, 'file') : some(problems),
      wanted: 'size and SHA-256 of the meta file',
    }),
  ]
}

async function checkContent(options: CheckExportOptions, meta: ExportMeta): Promise<readonly Check[]> {
  const { identity, signal } = options
  if (meta.encrypted_to.length > 0 && identity === undefined) {
    const finding = {
      id: 'export.content',
      title: 'the file can be read in full',
      holds: false,
      level: 'warn',
    } as const
    return [check({ ...finding, seen: 'an encrypted file', wanted: 'the identity that opens it: --identity KEYFILE' })]
  }
  const spec = { format: meta.options, columns: meta.columns, dataset: meta.dataset, signal }
  const { rows, digest, problems, problemCount } = await readBack(spec, await contentOf(options, meta))
  return [
    check({
      id: 'export.content',
      title: 'the file can be read in full',
      holds: problemCount === 0,
      seen: problemCount === 0 ? `${meta.options.format} without a problem` : `${problemCount}: ${some(problems)}`,
      wanted: `${meta.options.format} with the columns of the meta file`,
    }),
    check({
      id: 'export.rows',
      title: 'it has as many rows as were exported',
      holds: rows === meta.event_count,
      seen: many(rows, 'row'),
      wanted: many(meta.event_count, 'row'),
    }),
    check({
      id: 'export.digest',
      title: 'its rows are those of the sealed days',
      holds: digest === meta.content_digest,
      seen: digest,
      wanted: meta.content_digest,
    }),
  ]
}

const IN_PLACE: readonly string[] = ['parquet', 'sqlite']

async function contentOf(options: CheckExportOptions, meta: ExportMeta): Promise<ExportContent> {
  const { key, scratch } = options
  if (!IN_PLACE.includes(meta.options.format)) {
    return { kind: 'stream', bytes: plainBytes(options, meta, meta.files[0]!.path) }
  }
  const paths: string[] = []
  for (const { path } of meta.files) {
    const local = join(scratch, path)
    await makeFolder(dirname(local))
    await pipeline(plainBytes(options, meta, path), createWriteStream(local))
    paths.push(path.startsWith(`${nameOf(key)}/`) ? path.slice(nameOf(key).length + 1) : path)
  }
  const isFolder = meta.files.some(({ path }) => path.startsWith(`${nameOf(key)}/`))
  return { kind: 'files', folder: isFolder ? join(scratch, nameOf(key)) : scratch, paths }
}

/** The file without its encryption and compression. */
async function* plainBytes(options: CheckExportOptions, meta: ExportMeta, path: string): AsyncGenerator<Uint8Array> {
  const { store, key, identity, signal } = options
  const stored = store.read(keyOf(key, path), signal === undefined ? {} : { signal })
  const open = meta.encrypted_to.length === 0 ? stored : decrypted(stored, identity!)
  yield* decompressed(open, meta.compression.codec)
}

/** Paths in a meta file are seen from its folder. */
function keyOf(key: string, path: string): string {
  return `${key.slice(0, key.length - nameOf(key).length)}${path}`
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1)
}
