import { expect, test } from 'vitest'
import { parseOptions } from '../../bench/options.ts'

test('without arguments: all workloads, five rounds, one and two threads', () => {
  expect(parseOptions([])).toMatchObject({
    quick: false,
    json: false,
    checkout: false,
    rounds: 5,
    threads: [1, 2],
    workloads: ['flat', 'flat-large-files', 'nested'],
    scale: 1,
    seed: 1,
  })
})

test('the quick form has its own defaults, and both take what is asked for', () => {
  expect(parseOptions(['--quick'])).toMatchObject({ rounds: 1, threads: [2], workloads: ['flat', 'nested'] })
  const asked = [
    '--rounds',
    '3',
    '--threads',
    '2',
    '--workload',
    'nested',
    '--scale',
    '10',
    '--cache',
    '/c',
    '--checkout',
  ]
  const chosen = { rounds: 3, threads: [2], workloads: ['nested'], scale: 10, cache: '/c', checkout: true }
  expect(parseOptions(asked)).toMatchObject(chosen)
})

test.each([
  ['--rounds', '0'],
  ['--rounds', 'many'],
  ['--threads', '1,x'],
  ['--workload', 'wide'],
  ['--scale', '1.5'],
])('%s %s is refused', (...args) => {
  expect(() => parseOptions(args)).toThrow()
})

test('what is not known is refused', () => {
  expect(() => parseOptions(['--fast'])).toThrow(/--fast/)
  expect(() => parseOptions(['full'])).toThrow()
})
