import { call, type Definition, equals, isTrue, type State, type StepSeconds } from './definition.ts'

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
 * The state is `{ request, allow_partial }`, then also `plan`, `seal`, `verdict` or `error`. A day that is sealed already
 * goes the same way: Seal finds nothing to do and mends the view, Verify reads the day, and Conclude, which knows what
 * was announced, says nothing twice. So an execution that was stopped anywhere can be started again.
 */
export function sealDay({ convertConcurrency, seconds }: SealDaySettings): Definition {
  return {
    Comment: 'Plans a UTC day, converts its hours, seals it, verifies it, and says how it ended.',
    StartAt: 'Begin',
    TimeoutSeconds: TIMEOUT_SECONDS,
    States: {
      ...planning(seconds),
      ...waiting,
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
        'input.$': '$',
        execution: { 'executionId.$': '$$.Execution.Id', 'executionStart.$': '$$.Execution.StartTime' },
      },
      Next: 'Request',
    },
    Request: {
      Type: 'Pass',
      Parameters: { 'request.$': 'States.JsonMerge($.input, $.execution, false)', allow_partial: false },
      Next: 'Plan',
    },
    Plan: { ...call('Plan', seconds, { InputPath: '$.request' }, '$.plan'), Catch: toFailed, Next: 'Planned' },
    Planned: {
      Type: 'Choice',
      Choices: [
        { Or: [equals('$.plan.kind', 'ready'), equals('$.plan.kind', 'sealed')], Next: 'ConvertHours' },
        // The UTC day is not over: whoever asked is too early, and waiting is for the schedule.
        { ...equals('$.plan.kind', 'refused'), Next: 'ConcludeIncomplete' },
      ],
      Default: 'Incomplete',
    },
  }
}

/** Before the deadline: wait and look again. After it: seal what there is, where that is allowed. */
const waiting: Readonly<Record<string, State>> = {
  Incomplete: {
    Type: 'Choice',
    Choices: [
      // Even what is there was refused: it will not be better the next time.
      { ...isTrue('$.allow_partial'), Next: 'ConcludeIncomplete' },
      { And: [isTrue('$.plan.past_deadline'), isTrue('$.plan.partial_allowed')], Next: 'AllowPartial' },
      { ...isTrue('$.plan.past_deadline'), Next: 'ConcludeIncomplete' },
    ],
    Default: 'WaitForHours',
  },
  WaitForHours: { Type: 'Wait', SecondsPath: '$.plan.wait_seconds', Next: 'Plan' },
  AllowPartial: { Type: 'Pass', Result: true, ResultPath: '$.allow_partial', Next: 'ConvertHours' },
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
  const execution = { 'execution.$': '$.request.executionId' }
  const allowed = { 'allow_partial.$': '$.allow_partial' }
  return {
    Seal: {
      ...call('Seal', seconds, { Parameters: { ...day, ...allowed, ...execution } }, '$.seal'),
      Catch: toFailed,
      Next: 'Sealed',
    },
    Sealed: {
      Type: 'Choice',
      // An hour went away between Plan and Seal.
      Choices: [{ ...equals('$.seal.kind', 'refused'), Next: 'Incomplete' }],
      Default: 'Verify',
    },
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

/** Conclude gets the request as well: when Plan failed there is nothing else to know the day from. */
function endings(seconds: StepSeconds): Readonly<Record<string, State>> {
  const conclude = (outcome: string, facts: State) =>
    call('Conclude', seconds, { Parameters: { outcome, 'request.$': '$.request', ...facts } }, null)
  return {
    ConcludeSealed: {
      ...conclude('sealed', { 'plan.$': '$.plan', 'seal.$': '$.seal', 'verdict.$': '$.verdict' }),
      Next: 'Done',
    },
    ConcludeIncomplete: { ...conclude('incomplete', { 'plan.$': '$.plan' }), Next: 'DescribePlan' },
    DescribePlan: { Type: 'Pass', Parameters: { 'cause.$': 'States.JsonToString($.plan)' }, Next: 'DayIncomplete' },
    ConcludeFailed: { ...conclude('failed', { 'cause.$': '$.error' }), Next: 'DayFailed' },
    Done: { Type: 'Succeed' },
    DayIncomplete: { Type: 'Fail', Error: 'Dayseal.incomplete', CausePath: '$.cause' },
    DayFailed: { Type: 'Fail', ErrorPath: '$.error.Error', CausePath: '$.error.Cause' },
  }
}
