import * as z from 'zod'

/** An event of an execution's history, as far as it is looked at (Step Functions API Reference, HistoryEvent). */
export const historyEvent = z.object({
  type: z.string(),
  stateEnteredEventDetails: z.object({ name: z.string() }).optional(),
  mapStateStartedEventDetails: z.object({ length: z.int().nonnegative().default(0) }).optional(),
  mapRunStartedEventDetails: z.object({ mapRunArn: z.string() }).optional(),
})

export type HistoryEvent = z.infer<typeof historyEvent>

/** How far an execution has come in one of its phases; `done` of `total`, in `convert` hours. */
export interface ExecutionStep {
  readonly phase: string
  readonly done: number
  readonly total: number
}

/** What the history has told so far. */
export interface ExecutionProgress {
  /** The phases that were entered, each once, the present one last. */
  readonly phases: readonly string[]
  /** Hours of the present or last Map state. */
  readonly hours: { readonly done: number; readonly total: number }
  /** Of a Backfill: where its days are counted. */
  readonly mapRun: string | undefined
}

export const NOT_STARTED: ExecutionProgress = { phases: [], hours: { done: 0, total: 0 }, mapRun: undefined }

/** The phase that each state of SealDay and Backfill belongs to (infra/state-machines/); others are of none. */
const PHASES: Readonly<Record<string, string>> = {
  Plan: 'plan',
  WaitForHours: 'wait',
  WaitAfterRefusal: 'wait',
  ConvertHours: 'convert',
  Seal: 'seal',
  Verify: 'verify',
  ListDays: 'plan',
}

/** The progress after one more event. */
export function nextProgress(before: ExecutionProgress, event: HistoryEvent): ExecutionProgress {
  const { phases, hours } = before
  if (event.mapRunStartedEventDetails !== undefined) {
    return { ...before, mapRun: event.mapRunStartedEventDetails.mapRunArn }
  }
  if (event.mapStateStartedEventDetails !== undefined) {
    return { ...before, hours: { done: 0, total: event.mapStateStartedEventDetails.length } }
  }
  if (event.type === 'MapIterationSucceeded') return { ...before, hours: { ...hours, done: hours.done + 1 } }
  const phase = PHASES[event.stateEnteredEventDetails?.name ?? '']
  return phase === undefined ? before : { ...before, phases: [...phases.filter((one) => one !== phase), phase] }
}

/** Each phase with how far it has come; all but the present one are at their end. `isOver`: so is that. */
export function stepsOf({ phases, hours }: ExecutionProgress, isOver: boolean): readonly ExecutionStep[] {
  return phases.map((phase, i) => {
    const isPast = isOver || i < phases.length - 1
    if (phase === 'convert') return { phase, done: isPast ? hours.total : hours.done, total: hours.total }
    return { phase, done: isPast ? 1 : 0, total: 1 }
  })
}
