import { newestKeys } from '../seal/history.ts'
import type { Verdict } from '../verify/verdict.ts'
import { verify } from '../verify/verify.ts'
import { datasetNamed, type Service } from './service.ts'

export interface VerifyRequest {
  readonly dataset: string
  readonly dates: readonly string[]
  /** Compare with the archive too. */
  readonly source: boolean
  /** Names the run in the catalog. */
  readonly runId: string
  readonly signal: AbortSignal
}

/** Plain data of bounded size: the names of the checks that failed or warned, not what they saw. */
export interface VerifiedDay {
  readonly date: string
  readonly generation: number | null
  readonly result: Verdict['result']
  readonly failed_checks: readonly string[]
  readonly warned_checks: readonly string[]
}

export interface VerifiedDays {
  readonly dataset: string
  /** The worst of the days'; `passed` when there are none. */
  readonly result: Verdict['result']
  readonly days: readonly VerifiedDay[]
}

/**
 * Verifies days one after another, records it, and announces each that fails.
 * Memory: that of `verify`.
 * @throws DaysealError as `verify` does
 */
export async function verifyDays(service: Service, request: VerifyRequest): Promise<VerifiedDays> {
  const dataset = datasetNamed(service, request.dataset)
  const { archive, out } = service.openStores(dataset)
  const days: VerifiedDay[] = []
  for (const date of request.dates) {
    const started = service.now().toISOString()
    const verdict = await verify({
      dataset,
      out,
      ...(request.source ? { archive } : {}),
      date,
      signal: request.signal,
    })
    const day = verifiedDay(verdict)
    await tell(service, request, day, started)
    days.push(day)
  }
  return { dataset: dataset.name, result: worst(days), days }
}

/**
 * The sealed days whose turn it is: each is verified again every `everyDays` days, counted from the day itself, so that
 * the work is spread evenly.
 */
export async function daysToVerifyAgain(
  service: Service,
  name: string,
  today: string,
  everyDays: number,
): Promise<readonly string[]> {
  const { out } = service.openStores(datasetNamed(service, name))
  const sealed = [...(await newestKeys(out)).keys()].sort()
  return sealed.filter((date) => {
    const age = dayNumber(today) - dayNumber(date)
    return age > 0 && age % everyDays === 0
  })
}

function dayNumber(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 86_400_000
}

function verifiedDay({ date_utc, generation, result, checks }: Verdict): VerifiedDay {
  const named = (state: 'failed' | 'warned') => checks.filter(({ result }) => result === state).map(({ id }) => id)
  return {
    date: date_utc,
    generation,
    result,
    failed_checks: named('failed'),
    warned_checks: named('warned'),
  }
}

async function tell(
  { catalog, announce, now }: Service,
  { dataset, runId, signal }: VerifyRequest,
  { date, generation, result, failed_checks }: VerifiedDay,
  started: string,
): Promise<void> {
  const ended = now().toISOString()
  const detail = failed_checks.length === 0 ? null : failed_checks.join(', ')
  const run = {
    dataset,
    run_id: `${runId} ${date}`,
    kind: 'verify',
    date,
    started,
    ended,
    outcome: result,
    detail,
  } as const
  if (result === 'failed') {
    await announce(dataset, date, { kind: 'Verification Failed', generation, failedChecks: failed_checks })
  }
  await catalog.recordRun(run, signal)
}

function worst(days: readonly VerifiedDay[]): Verdict['result'] {
  const results = days.map(({ result }) => result)
  return results.includes('failed') ? 'failed' : results.includes('warned') ? 'warned' : 'passed'
}
