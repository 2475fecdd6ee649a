import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Dataset, datasetFromFlags } from '../../lib/config.ts'
import { DaysealError } from '../../lib/errors.ts'
import type { Decision } from '../../lib/intake/decide-place.ts'
import { finishVersions } from '../../lib/intake/finish-versions.ts'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import { refuseOtherArchive } from '../../lib/intake/own-archive.ts'
import { partitionUpload } from '../../lib/intake/partition-upload.ts'
import { type IntakeDataset, withUploads } from '../../lib/intake/slice-settings.ts'
import { type Upload, uploadIn } from '../../lib/intake/upload.ts'
import { LEDGERS } from '../../lib/intake/upload-keys.ts'
import { findConfig } from '../../lib/load-config.ts'
import { resolveLocation } from '../../lib/store/location.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { openStore } from '../../lib/store/open-store.ts'
import { onlyDataset } from '../archive-place.ts'
import type { PartitionFlags } from '../commands/partition.ts'
import type { Context, Result } from '../context.ts'
import { chooseArchives, withQuarantineLimit } from '../dataset-choice.ts'
import { eachTask } from '../each-day.ts'
import { partitionExitCode, partitionJson, partitionLines } from '../partition-report.ts'
import { showProgress } from '../progress.ts'
import { uploadsAt } from '../upload-choice.ts'
import { uploadsFromFlags } from '../upload-flags.ts'
import { keepYoungGeneration } from '../young-generation.ts'

interface UploadTask {
  readonly dataset: IntakeDataset
  readonly archive: ObjectStore
  readonly upload: Upload
  readonly decision: Decision | undefined
  readonly about: string
}

export async function runPartition(files: readonly string[], flags: PartitionFlags, context: Context): Promise<Result> {
  keepYoungGeneration()
  if (flags.name !== undefined && files.length !== 1)
    throw new DaysealError('usage', '--name is about one FILE', { seen: `${files.length} of them`, wanted: 'one' })
  if (flags.replace && flags.keep)
    throw new DaysealError('usage', '--replace and --keep are given', { wanted: 'one of them' })
  const datasets = (await chooseArchives(flags, context)).map((dataset) =>
    withQuarantineLimit(described(dataset, flags, context.cwd), flags.maxQuarantine),
  )
  const tasks =
    files.length > 0 ? await givenTasks(files, datasets, flags, context) : await ownTasks(datasets, flags, context)
  if (tasks.length === 0 && !flags.json) context.stdout.print(['no upload is in flight: all are partitioned'])
  const names = ({ dataset }: UploadTask) => ({ dataset: dataset.name })
  const options = { context, verbose: flags.verbose, atOnce: 1 }
  const { exitCode, results } = await eachTask(tasks, names, options, (task) => partitionOne(task, flags, context))
  return { exitCode, json: { command: 'partition', exit_code: exitCode, uploads: results } }
}

/** The dataset with what the flags say of uploads. */
function described(dataset: Dataset, flags: PartitionFlags, cwd: string): Dataset {
  const given = uploadsFromFlags(flags, dataset.uploads)
  if (given === undefined) return dataset
  const { name, archive, out, s3 } = dataset
  // A configuration's layout is where seals look, with or without uploads in it.
  const isConfigured = (flags.config ?? findConfig(cwd)) !== undefined
  const layout = isConfigured ? archive.layout : flags.layout
  const { archive: place, uploads } = datasetFromFlags({
    name,
    archive: archive.location,
    out,
    layout,
    s3,
    uploads: given,
  })
  return { ...dataset, archive: place, uploads }
}

async function givenTasks(
  files: readonly string[],
  datasets: readonly Dataset[],
  flags: PartitionFlags,
  { cwd, stderr, signal }: Context,
): Promise<readonly UploadTask[]> {
  const dataset = withUploads(onlyDataset(datasets, 'a FILE'))
  const archive = openStore(dataset.archive.location, { s3: dataset.s3, createRoot: true, signal })
  await refuseOtherArchive(dataset, archive)
  const tasks: UploadTask[] = []
  for (const file of files) {
    const intake = { dataset, archive, prefix: dataset.uploads.prefix, signal }
    const { uploads, hidden } = await uploadsAt(resolveLocation(file, cwd), intake)
    if (hidden.length > 0) stderr.print([`dayseal: left out, because of the dot at the start: ${hidden.join(', ')}`])
    for (const upload of uploads) {
      const decision = flags.replace ? 'replace-all' : flags.keep ? 'keep' : undefined
      tasks.push({ dataset, archive, upload, decision, about: shownName(upload.key) })
    }
  }
  const { name } = flags
  if (name === undefined) return tasks
  if (tasks.length === 1) return [{ ...tasks[0]!, about: name, upload: { ...tasks[0]!.upload, key: `name:${name}` } }]
  throw new DaysealError('usage', '--name is about one FILE', { seen: `${tasks.length} files`, wanted: 'one' })
}

/** A path is what people gave. */
function shownName(key: string): string {
  return key.startsWith('file:') ? fileURLToPath(key) : key
}

/** Every upload that is in flight or held; what a crash left of others is finished on the way. */
async function ownTasks(
  datasets: readonly Dataset[],
  flags: PartitionFlags,
  { signal }: Context,
): Promise<readonly UploadTask[]> {
  const withThem = datasets.filter(({ uploads }) => uploads !== undefined)
  const tasks: UploadTask[] = []
  for (const dataset of (withThem.length > 0 ? withThem : datasets).map((one) => withUploads(one))) {
    const archive = openStore(dataset.archive.location, { s3: dataset.s3, signal })
    await refuseOtherArchive(dataset, archive)
    await finishVersions(archive, LEDGERS)
    const { uploads, inFlight, held } = await listUploads(archive, dataset.uploads.prefix)
    const heldKeys = new Set(held.map(({ upload }) => upload.key))
    const waiting = uploads.filter((info) => inFlight.includes(info) || heldKeys.has(info.key))
    const aboutOf = (key: string) => (withThem.length > 1 ? `${dataset.name} ${key}` : key)
    const decision = flags.replace ? 'replace' : flags.keep ? 'keep' : undefined
    for (const info of waiting) {
      tasks.push({ dataset, archive, upload: uploadIn(archive, info), decision, about: aboutOf(info.key) })
    }
  }
  return tasks
}

async function partitionOne(
  { dataset, archive, upload, decision, about }: UploadTask,
  flags: PartitionFlags,
  context: Context,
): Promise<Result> {
  const { newId, signal } = context
  const progress = await showProgress(context, about)
  const outcome = await partitionUpload({
    dataset,
    archive,
    upload,
    decision,
    newId,
    scratch: tmpdir(),
    signal,
    onProgress: (step) => progress.update(step),
  }).finally(() => progress.stop())
  const exitCode = partitionExitCode(outcome)
  const output = exitCode === 0 ? context.stdout : context.stderr
  if (exitCode !== 0 || !flags.json) output.print(partitionLines(about, outcome))
  return { exitCode, json: partitionJson(upload.key, outcome) }
}
