import { expect, test } from 'vitest'
import { bytes, count, counted, percent } from '../../cli/amounts.ts'
import { table, textTable } from '../../cli/table.ts'
import { printed } from './printed.ts'

test('numbers', () => {
  const numbers = [0, 12, 999, 1_000, 20_002, 1_234_567, -1_234, 2 ** 53]
  expect(numbers.map(count)).toEqual(numbers.map((n) => new Intl.NumberFormat('en-US').format(n)))
  expect(counted(1, 'row')).toBe('1 row')
  expect(counted(0, 'entry', 'entries')).toBe('0 entries')
})

test('bytes, in powers of 1,000', () => {
  expect([0, 999, 1_000, 1_234_567, 5e9, 7e18].map(bytes)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '1.2 MB',
    '5.0 GB',
    '7000.0 PB',
  ])
})

test('a share is 0 % or 100 % only when it is', () => {
  expect([0, 1e-9, 0.0005, 0.4567, 0.9994, 0.99999, 1].map(percent)).toEqual([
    '0.0 %',
    '<0.1 %',
    '0.1 %',
    '45.7 %',
    '99.9 %',
    '>99.9 %',
    '100.0 %',
  ])
})

test('a table lines up, whatever the colours', () => {
  const rows = [
    ['name', 'n', ''],
    [{ style: 'green', text: 'green' } as const, '12', 'note'],
    ['\u001b[32mx', '', ''],
  ]
  const shown = table(rows, [1]).map((line) => printed([line], true))
  expect(shown).toEqual(['name          n\n', '\u001b[32mgreen\u001b[39m        12  note\n', '\\u{1b}[32mx\n'])
  expect(
    textTable(
      [
        ['a', 'n'],
        ['bcd', ''],
      ],
      [1],
    ),
  ).toEqual(['a    n', 'bcd'])
})
