import { Cron } from 'croner'
import type { ExportRecord } from '../catalog/export-record.ts'
import { messageOf } from '../errors.ts'
import type { ExportSettings } from './settings.ts'

const HOUR_MS = 3_600_000

/** Why a text is no cron expression of five fields; undefined when it is one. */
export function cronProblem(expression: string): string | undefined {
  const fields = expression.trim().split(/\s+/).length
  if (fields !== 5) return `${fields} ${fields === 1 ? 'field' : 'fields'}`
  try {
    cron(expression)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

function cron(expression: string): Cron {
  return new Cron(expression, { mode: '5-part', timezone: 'Etc/UTC', paused: true })
}

/** The last moment up to `now` at which an export had to run; undefined for one that has no schedule. */
export function lastDue(
  { schedule, everyHours }: Pick<ExportSettings, 'schedule' | 'everyHours'>,
  now: Date,
): Date | undefined {
  // What is asked for lies before the reference, which may itself be such a moment.
  if (schedule !== undefined) return cron(schedule).previousRuns(1, new Date(now.getTime() + 1000))[0]
  if (everyHours === undefined) return undefined
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate())
  const period = everyHours * HOUR_MS
  return new Date(midnight + Math.floor((now.getTime() - midnight) / period) * period)
}

/** Whether no run that ended well began since an export was last due. `runs`: the newest first. */
export function isDue(
  settings: Pick<ExportSettings, 'schedule' | 'everyHours'>,
  runs: readonly Pick<ExportRecord, 'started' | 'outcome'>[],
  now: Date,
): boolean {
  const due = lastDue(settings, now)?.toISOString()
  if (due === undefined) return false
  return !runs.some(({ started, outcome }) => started >= due && (outcome === 'exported' || outcome === 'nothing-new'))
}
