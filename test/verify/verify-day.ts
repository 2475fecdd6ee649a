import type { ObjectStore } from '../../lib/store/object-store.ts'
import type { Verdict } from '../../lib/verify/verdict.ts'
import { type VerifyOptions, verify } from '../../lib/verify/verify.ts'
import { butForHours } from './but-for-hours.ts'
import { memoryStore } from './memory-store.ts'
import { type SealedDay, testDataset } from './sealed-day.ts'

export const DATE = '2015-09-12'

/** A dataset without rules. */
const PLAIN = testDataset()

type Options = Partial<Omit<VerifyOptions, 'archive'>> & { readonly archive?: ObjectStore | undefined }

/** Verifies a fixture, with its archive unless that is set to undefined; but for how complete it is. */
export async function verifyDay(day: Pick<SealedDay, 'out' | 'archive'>, options: Options = {}): Promise<Verdict> {
  return butForHours(await verifyWhole(day, options))
}

/** With that too. */
export function verifyWhole(day: Pick<SealedDay, 'out' | 'archive'>, options: Options = {}): Promise<Verdict> {
  const { archive = 'archive' in options ? undefined : memoryStore(day.archive), ...rest } = options
  return verify({
    dataset: PLAIN,
    out: memoryStore(day.out),
    date: DATE,
    ...(archive === undefined ? {} : { archive }),
    ...rest,
  })
}

/** `failed manifest.place`, and what was seen: all but the passed checks. */
export function notPassed(verdict: Verdict): string[] {
  return verdict.checks
    .filter(({ result }) => result !== 'passed')
    .map(({ id, result, seen }) => `${result} ${id}: ${seen}`)
}

/** The ids of the checks that failed. */
export function failedIds(verdict: Verdict): string[] {
  return verdict.checks.filter(({ result }) => result === 'failed').map(({ id }) => id)
}
