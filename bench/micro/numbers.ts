import { seededRandom } from '../../cli/demo/random.ts'
import { Cursor } from '../../lib/shred/cursor.ts'
import { readNumber } from '../../lib/shred/json-number.ts'
import type { Micro } from './repeat.ts'

const COUNT = 100_000

/** Digits → number, by the kind of number. */
export function numberMicros(): Micro[] {
  const random = seededRandom(1)
  const kinds: readonly (readonly [string, () => string])[] = [
    ['integers of 1 to 5 digits', () => String(random.int(0, 99_999))],
    ['integers of 13 digits', () => String(random.int(1e12, 9e12))],
    ['integers of 18 digits', () => `${random.int(1e8, 9e8)}${random.int(1e8, 9e8)}`],
    ['fractions of 6 digits', () => String(random.int(100_000, 999_999) / 1_000)],
    ['fractions of 12 digits', () => String(random.int(1e11, 9e11) / 1e6)],
    ['fractions of 16 and 17 digits', () => String(random.next() * 100)],
    ['fractions with an exponent', () => `${random.int(1_000, 9_999) / 1_000}e-${random.int(5, 9)}`],
  ]
  return kinds.map(([name, make]) => {
    const bytes = Buffer.from(`${Array.from({ length: COUNT }, make).join(',')},`)
    return { name: `numbers: ${name}`, amount: { values: COUNT }, work: () => readAll(bytes) }
  })
}

function readAll(bytes: Uint8Array): number {
  const cursor = new Cursor(1)
  cursor.reset(bytes, 0, bytes.length)
  let sum = 0
  while (cursor.at < bytes.length) {
    readNumber(cursor)
    sum += cursor.number
    cursor.at++
  }
  return sum
}
