import { call, type Definition, equals, isFalse, type State, type StepSeconds } from './definition.ts'

export interface SealDaySettings {
  /** Hours of the day that are converted at the same time. */
  readonly convertConcurrency: number
  readonly seconds: StepSeconds
}

/** A deadline is at most a day after the start: this ends what waits for nothing. */
const TIMEOUT_SECONDS = 36 * 3600

/**
 * Seals one day. Input: `{ dataset, date }`, or from the schedule `{ dataset, scheduledTime }`, which means the day before.
 * Ends well when the day is sealed and verified. Fails, after that was recorded and announced, when the day is
 * incomplete beyond its deadline or something is wrong.
 *
 * Plan says how many hours are enough: all of them before the deadline, after it what the dataset's guard accepts. The
 * state is `{ request, execution, seal }`, then also `plan`, `verdict` or `error`. A day that is sealed already goes the same way:
 * Seal finds nothing to do and mends the view, Verify reads the day, and Conclude, which knows what was announced, says
 * nothing twice. So an execution that was stopped anywhere can be started again.
 */
export function sealDay({ convertConcurrency, seconds }: SealDaySettings): Definition {
  return {
    Comment: 'Plans a UTC day, converts its hours, seals it, verifies it, and says how it ended.',
    StartAt: 'Begin',
    TimeoutSeconds: TIMEOUT_SECONDS,
    States: {
      ...planning(seconds),
      ...converting(seconds, convertConcurrency),
      ...sealing(seconds),
      ...endings(seconds),
    },
  }
}

const toFailed = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'ConcludeFailed' }]

function planning(seconds: StepSeconds): Readonly<Record<string, State>> {
  return {
    Begin: {
      Type: 'Pass',
      Parameters: {
        'request.$': '$',
        execution: { 'id.$': '$$.Execution.Id', 'started.$': '$$.Execution.StartTime' },
        seal: { kind: 'none' },
      },
      Next: 'Plan',
    },
    Plan: {
      ...call('Plan', seconds, { Parameters: { 'request.$': '$.request' } }, '$.plan'),
      Catch: toFailed,
      Next: 'Planned',
    },
    Planned: {
      Type: 'Choice',
      Choices: [
        { Or: [equals('$.plan.kind', 'ready'), equals('$.plan.kind', 'sealed')], Next: 'ConvertHours' },
        { And: [equals('$.plan.kind', 'incomplete'), isFalse('$.plan.past_deadline')], Next: 'WaitForHours' },
      ],
      // Incomplete, or a day that is not over: whoever asked for that is too early, and waiting is for the schedule.
      Default: 'ConcludeIncomplete',
    },
    WaitForHours: { Type: 'Wait', SecondsPath: '$.plan.wait_seconds', Next: 'Plan' },
  }
}

function converting(seconds: StepSeconds, concurrency: number): Readonly<Record<string, State>> {
  return {
    ConvertHours: {
      Type: 'Map',
      ItemsPath: '$.plan.hours_to_convert',
      ItemSelector: {
        'dataset.$': '$.plan.dataset',
        'date.$': '$.plan.date',
        'hour.$': '$$.Map.Item.Value',
      },
      MaxConcurrency: concurrency,
      ItemProcessor: {
        ProcessorConfig: { Mode: 'INLINE' },
        StartAt: 'ConvertHour',
        States: { ConvertHour: { ...call('Convert', seconds, { InputPath: '$' }, '$'), End: true } },
      },
      ResultPath: null,
      Catch: toFailed,
      Next: 'Seal',
    },
  }
}

function sealing(seconds: StepSeconds): Readonly<Record<string, State>> {
  const day = { 'dataset.$': '$.plan.dataset', 'date.$': '$.plan.date' }
  const terms = { 'minHours.$': '$.plan.wanted', 'owner.$': '$.execution.id' }
  return {
    Seal: {
      ...call('Seal', seconds, { Parameters: { ...day, ...terms } }, '$.seal'),
      Catch: toFailed,
      Next: 'Sealed',
    },
    Sealed: {
      Type: 'Choice',
      // An hour went away after Plan had seen it.
      Choices: [{ ...equals('$.seal.kind', 'refused'), Next: 'WaitAfterRefusal' }],
      Default: 'Verify',
    },
    WaitAfterRefusal: { Type: 'Wait', Seconds: 300, Next: 'Plan' },
    Verify: { ...call('Verify', seconds, { Parameters: day }, '$.verdict'), Catch: toFailed, Next: 'Verified' },
    Verified: {
      Type: 'Choice',
      Choices: [{ ...equals('$.verdict.result', 'failed'), Next: 'VerificationFailed' }],
      Default: 'ConcludeSealed',
    },
    VerificationFailed: {
      Type: 'Pass',
      Parameters: { Error: 'Dayseal.verification', 'Cause.$': 'States.JsonToString($.verdict)' },
      ResultPath: '$.error',
      Next: 'ConcludeFailed',
    },
  }
}

/** Conclude gets the request, because when Plan fails there is nothing else to know the day from. */
function endings(seconds: StepSeconds): Readonly<Record<string, State>> {
  const known = { 'request.$': '$.request', 'execution.$': '$.execution', 'seal.$': '$.seal' }
  const conclude = (outcome: string, facts: State) =>
    call('Conclude', seconds, { Parameters: { outcome, ...known, ...facts } }, null)
  return {
    ConcludeSealed: { ...conclude('sealed', { 'verdict.$': '$.verdict' }), Next: 'Done' },
    ConcludeIncomplete: { ...conclude('incomplete', { 'plan.$': '$.plan' }), Next: 'DescribePlan' },
    ConcludeFailed: { ...conclude('failed', { 'error.$': '$.error' }), Next: 'DayFailed' },
    Done: { Type: 'Succeed' },
    DescribePlan: { Type: 'Pass', Parameters: { 'cause.$': 'States.JsonToString($.plan)' }, Next: 'DayIncomplete' },
    DayIncomplete: { Type: 'Fail', Error: 'Dayseal.incomplete', CausePath: '$.cause' },
    DayFailed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  }
}
