import type { TimeForm } from './time/time-form.ts'

/** A column of times, and how they are written there. */
export interface EventTime {
  /** A dotted path. */
  readonly column: string
  readonly form: TimeForm
}

/** As a configuration says it: the column alone, or with its form. */
export type EventTimeSetting = string | EventTime

export function eventTimeOf(setting: EventTimeSetting | undefined): EventTime | undefined {
  return typeof setting === 'string' ? { column: setting, form: 'auto' } : setting
}
