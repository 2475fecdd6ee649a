import type { Dataset } from '../lib/config.ts'
import { DaysealError } from '../lib/errors.ts'
import { type UploadOutcome, uploadDay } from '../lib/seal/upload-day.ts'
import { normalLocation, resolveLocation } from '../lib/store/location.ts'
import { openStore } from '../lib/store/open-store.ts'
import { bytes, counted } from './amounts.ts'
import type { Context, Result } from './context.ts'
import type { DayTask } from './each-day.ts'
import { type Line, line, styled } from './line.ts'
import { showProgress } from './progress.ts'

/** Where `--upload` puts the days of the one dataset that it is about; undefined without it. Throws `usage`. */
export function uploadPlace(
  location: string | undefined,
  datasets: readonly Dataset[],
  dryRun: boolean,
  cwd: string,
): string | undefined {
  if (location === undefined) return undefined
  if (dryRun) throw new DaysealError('usage', '--upload and --dry-run are given', { wanted: 'one of them' })
  const [dataset] = datasets
  if (dataset === undefined || datasets.length > 1) {
    throw new DaysealError('usage', '--upload is about one dataset', {
      seen: datasets.map(({ name }) => name).join(', '),
      wanted: 'one of them with --dataset',
    })
  }
  const place = resolveLocation(location, cwd)
  if (normalLocation(place) === normalLocation(dataset.out)) {
    throw new DaysealError('usage', '--upload and --out are one place', { seen: place, wanted: 'two places' })
  }
  openStore(place, { s3: dataset.s3 })
  return place
}

/** Puts a day that is sealed in the dataset's output at `place`, shows how far it has come, and says what came of it. */
export async function uploadTask(
  { dataset, date, about }: DayTask,
  place: string,
  context: Context,
): Promise<{ readonly line: Line; readonly json: Result['json'] }> {
  const { now, signal } = context
  const progress = await showProgress(context, about)
  try {
    const to = openStore(place, { createRoot: true, s3: dataset.s3, signal })
    const outcome = await uploadDay({
      dataset,
      date,
      from: openStore(dataset.out, { s3: dataset.s3, signal }),
      to,
      now,
      signal,
      onProgress: (step) => progress.update(step),
    })
    return { line: uploadLine(to.location, outcome), json: uploadJson(to.location, outcome) }
  } finally {
    progress.stop()
  }
}

function uploadJson(location: string, outcome: UploadOutcome): Result['json'] {
  const { kind, generation } = outcome
  const head = { location, outcome: kind, generation }
  if (outcome.kind === 'newer-there') return { ...head, newest_generation: outcome.newest }
  const { committed, sent, found } = outcome
  return { ...head, committed_generations: committed, sent, found }
}

function uploadLine(location: string, outcome: UploadOutcome): Line {
  switch (outcome.kind) {
    case 'newer-there': {
      const note = `newer: ${location} has generation ${outcome.newest} already; nothing was sent`
      return line`  ${styled('yellow', note)}`
    }
    case 'already-there':
      return `  uploaded  ${location}: generation ${outcome.generation} was there already, ${size(outcome.found)} read again`
    case 'uploaded':
      return `  uploaded  ${location}: generation ${outcome.generation}, ${size(outcome.sent)} sent, ${size(outcome.found)} there already`
  }
}

function size(amount: { readonly objects: number; readonly bytes: number }): string {
  return `${counted(amount.objects, 'file')} (${bytes(amount.bytes)})`
}
