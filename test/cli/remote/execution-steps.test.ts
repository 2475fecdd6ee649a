import { expect, test } from 'vitest'
import { type HistoryEvent, NOT_STARTED, nextProgress, stepsOf } from '../../../cli/remote/execution-steps.ts'

const entered = (name: string): HistoryEvent => ({ type: 'TaskStateEntered', stateEnteredEventDetails: { name } })
const mapOf = (length: number): HistoryEvent => ({ type: 'MapStateStarted', mapStateStartedEventDetails: { length } })
const hourDone: HistoryEvent = { type: 'MapIterationSucceeded' }

function steps(events: readonly HistoryEvent[], isOver = false): string[] {
  const progress = events.reduce(nextProgress, NOT_STARTED)
  return stepsOf(progress, isOver).map(({ phase, done, total }) => `${phase} ${done}/${total}`)
}

test('an execution is in the phase of the state that it entered last, and counts its hours', () => {
  expect(steps([])).toEqual([])
  expect(steps([entered('Begin'), entered('Plan')])).toEqual(['plan 0/1'])
  const converting = [entered('Plan'), entered('Planned'), entered('ConvertHours'), mapOf(3), hourDone, hourDone]
  expect(steps(converting)).toEqual(['plan 1/1', 'convert 2/3'])
  expect(steps([...converting, entered('ConvertHour'), hourDone, entered('Seal')])).toEqual([
    'plan 1/1',
    'convert 3/3',
    'seal 0/1',
  ])
})

test('one that waits for hours plans again, and one that is over has ended all that it began', () => {
  const waiting = [entered('Plan'), entered('WaitForHours')]
  expect(steps(waiting)).toEqual(['plan 1/1', 'wait 0/1'])
  expect(steps([...waiting, entered('Plan')])).toEqual(['wait 1/1', 'plan 0/1'])
  expect(steps([...waiting, entered('Plan'), entered('ConcludeIncomplete')], true)).toEqual(['wait 1/1', 'plan 1/1'])
})

test('a second pass over the hours is counted anew', () => {
  const twice = [entered('ConvertHours'), mapOf(24), ...Array.from({ length: 24 }, () => hourDone), entered('Seal')]
  expect(
    steps([...twice, entered('WaitAfterRefusal'), entered('Plan'), entered('ConvertHours'), mapOf(2), hourDone]),
  ).toEqual(['seal 1/1', 'wait 1/1', 'plan 1/1', 'convert 1/2'])
})
