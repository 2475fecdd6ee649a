import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exitCodeFor, worstExitCode } from '../../cli/exit-code.ts'
import { Interrupted } from '../../cli/interrupt.ts'
import { DaysealError } from '../../lib/errors.ts'

test('the worst of several outcomes, in the order that docs/exit-codes.md gives', () => {
  expect(worstExitCode([])).toBe(0)
  expect(worstExitCode([0, 3, 0])).toBe(3)
  expect(worstExitCode([3, 6])).toBe(6)
  expect(worstExitCode([6, 5])).toBe(5)
  expect(worstExitCode([5, 4])).toBe(4)
  expect(worstExitCode([4, 1])).toBe(1)
  expect(worstExitCode([1, 2])).toBe(2)
  expect(worstExitCode([2, 70])).toBe(70)
  expect(worstExitCode([70, 130])).toBe(130)
})

test('it does not depend on the order, and no failure is lost', () => {
  const code = fc.constantFrom<number[]>(0, 1, 2, 3, 4, 5, 6, 70, 130, 143)
  fc.assert(
    fc.property(fc.array(code), (codes) => {
      const worst = worstExitCode(codes)
      expect(worst === 0).toBe(codes.every((one) => one === 0))
      expect(worst === 0 || codes.includes(worst)).toBe(true)
      if (codes.filter((one) => one > 128).length < 2) expect(worstExitCode(codes.toReversed())).toBe(worst)
    }),
  )
})

test('an interruption has the exit code of its signal, whatever it made fail', () => {
  const going = new AbortController().signal
  const stopped = AbortSignal.abort(new Interrupted(143))
  const error = new DaysealError('storage', 'the write was cut off')
  expect(exitCodeFor(error, going)).toBe(5)
  expect(exitCodeFor(error, stopped)).toBe(143)
  expect(exitCodeFor(new Error('a bug'), going)).toBe(70)
})
