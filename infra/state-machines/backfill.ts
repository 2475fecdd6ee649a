import { arnOf, call, type Definition, isTrue, type State, type StepSeconds } from './definition.ts'

const BACKFILL_FAILED = 'Dayseal.backfill'

export interface BackfillSettings {
  /** Days that are sealed at the same time. */
  readonly backfillConcurrency: number
  readonly seconds: StepSeconds
}

/**
 * Seals a range of days, each by an execution of SealDay. Input: `{ dataset, from, to }`. A day that fails stops no other,
 * but the backfill then fails at its end, and names the days.
 *
 * A state may hold 256 KiB: at about 100 bytes for each day, 2,500 days.
 */
export function backfill({ backfillConcurrency, seconds }: BackfillSettings): Definition {
  return {
    Comment: 'Seals every day of a range, some at a time.',
    StartAt: 'ListDays',
    States: {
      ListDays: { ...call('Plan', seconds, { Parameters: { 'request.$': '$' } }, '$.range'), Next: 'SealDays' },
      SealDays: {
        Type: 'Map',
        ItemsPath: '$.range.days',
        ItemSelector: { 'dataset.$': '$$.Map.Item.Value.dataset', 'date.$': '$$.Map.Item.Value.date' },
        MaxConcurrency: backfillConcurrency,
        ToleratedFailurePercentage: 100,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'SealDay',
          States: sealOneDay,
        },
        ResultPath: '$.results',
        Next: 'Tally',
      },
      Tally: {
        Type: 'Pass',
        Parameters: {
          'results.$': '$.results',
          'any_failed.$': "States.ArrayContains($.results[*].outcome, 'failed')",
          'counted.$': 'States.ArrayLength($.results)',
          'wanted.$': 'States.ArrayLength($.range.days)',
        },
        Next: 'AllSealed',
      },
      AllSealed: {
        Type: 'Choice',
        Choices: [
          { ...isTrue('$.any_failed'), Next: 'NameFailed' },
          { Variable: '$.counted', NumericEqualsPath: '$.wanted', Next: 'Done' },
        ],
        Default: 'DaysLost',
      },
      Done: { Type: 'Succeed' },
      NameFailed: {
        Type: 'Pass',
        Parameters: { 'failed.$': "$.results[?(@.outcome == 'failed')].date" },
        Next: 'DescribeFailed',
      },
      DescribeFailed: {
        Type: 'Pass',
        Parameters: { 'cause.$': "States.Format('days that failed: {}', States.JsonToString($.failed))" },
        Next: 'DaysFailed',
      },
      DaysFailed: { Type: 'Fail', Error: BACKFILL_FAILED, CausePath: '$.cause' },
      DaysLost: { Type: 'Fail', Error: BACKFILL_FAILED, Cause: 'some days ended without a result: see the map run' },
    },
  }
}

/** `.sync:2` waits for the execution, and fails when it does. Names are left to the service: a day may be sealed again. */
const sealOneDay: Readonly<Record<string, State>> = {
  SealDay: {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Parameters: {
      StateMachineArn: arnOf('SealDay'),
      Input: {
        'dataset.$': '$.dataset',
        'date.$': '$.date',
        backfill: true,
        'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$': '$$.Execution.Id',
      },
    },
    ResultPath: null,
    Retry: [
      {
        ErrorEquals: ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.ThrottlingException'],
        IntervalSeconds: 5,
        BackoffRate: 2,
        MaxDelaySeconds: 120,
        MaxAttempts: 8,
        JitterStrategy: 'FULL',
      },
    ],
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'DayFailed' }],
    Next: 'DaySealed',
  },
  DaySealed: { Type: 'Pass', Parameters: { 'date.$': '$.date', outcome: 'sealed' }, End: true },
  DayFailed: { Type: 'Pass', Parameters: { 'date.$': '$.date', outcome: 'failed' }, End: true },
}
