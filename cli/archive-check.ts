import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { DaysealError } from '../lib/errors.ts'
import { type ArchiveCheck, checkArchive } from '../lib/export/archive/check-archive.ts'
import { findConfig } from '../lib/load-config.ts'
import { schemeOf } from '../lib/store/location.ts'
import type { ObjectStore } from '../lib/store/object-store.ts'
import { openStore } from '../lib/store/open-store.ts'
import { NOT_THERE, unless } from '../lib/store/storage-fault.ts'
import { onlyDataset } from './archive-place.ts'
import type { Context } from './context.ts'
import { chooseDatasets } from './dataset-choice.ts'
import type { CommonFlags } from './flags.ts'
import { showProgress } from './progress.ts'

/** Checks the archive that `--check` names: a file, `s3://bucket/key`, or a key under the output. */
export async function checkNamed(
  name: string,
  flags: CommonFlags & { readonly maxExpanded?: number | undefined },
  context: Context,
): Promise<ArchiveCheck> {
  const { store, key } = await find(name, flags, context)
  const progress = await showProgress(context, name)
  try {
    return await checkArchive({
      store,
      key,
      ...(flags.maxExpanded === undefined ? {} : { maxExpandedBytes: flags.maxExpanded }),
      signal: context.signal,
      onProgress: (done, total) => progress.update({ phase: 'check', done, total }),
    })
  } finally {
    progress.stop()
  }
}

interface Found {
  readonly store: ObjectStore
  readonly key: string
}

async function find(name: string, flags: CommonFlags, context: Context): Promise<Found> {
  const hasDataset = flags.out !== undefined || flags.config !== undefined || findConfig(context.cwd) !== undefined
  if (schemeOf(name) !== undefined) {
    const slash = name.lastIndexOf('/')
    const s3 = { endpoint: flags.endpoint, ...(hasDataset ? (await datasetOf(flags, context)).s3 : {}) }
    return { store: openStore(name.slice(0, slash), { s3, signal: context.signal }), key: name.slice(slash + 1) }
  }
  const path = resolve(context.cwd, name)
  const found = await unless(NOT_THERE, () => stat(path))
  if (found?.isFile()) return { store: openStore(dirname(path)), key: basename(path) }
  if (!hasDataset)
    throw new DaysealError('storage', `there is no file ${path}`, { hint: 'or give --out, for a key under it' })
  const { out, s3 } = await datasetOf(flags, context)
  return { store: openStore(out, { s3, signal: context.signal }), key: name }
}

async function datasetOf(flags: CommonFlags, context: Context) {
  return onlyDataset(await chooseDatasets(flags, context, false), '--check')
}
