import { seededRandom } from '../../cli/demo/random.ts'
import { Scanner } from '../../lib/shred/scanner.ts'
import { linesOfOneColumn, shredAll } from './lines.ts'
import type { Micro } from './repeat.ts'

const COUNT = 100_000

/** Lines of one column → that column, by the kind of its values: what the scanner takes for a value, and for a line. */
export function columnMicros(): Micro[] {
  const random = seededRandom(1)
  const hex = () =>
    random
      .int(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0')
  const kinds: readonly (readonly [string, () => string])[] = [
    ['booleans', () => String(random.chance(0.5))],
    ['integers of 1 to 5 digits', () => String(random.int(0, 99_999))],
    ['integers of 13 digits', () => String(random.int(1e12, 9e12))],
    ['fractions of 6 digits', () => String(random.int(100_000, 999_999) / 1_000)],
    ['fractions of 16 and 17 digits', () => String(random.next() * 100)],
    ['fractions with an exponent', () => `${random.int(1_000, 9_999) / 1_000}e-${random.int(5, 9)}`],
    ['8 strings of 8 bytes', () => `"service${random.int(0, 7)}"`],
    ['20,000 strings of 20 bytes', () => `"/api/v1/items/${random.int(100_000, 119_999)}"`],
    ['different strings of 32 bytes', () => `"${hex()}${hex()}${hex()}${hex()}"`],
    ['strings with an escape', () => `"a \\"word\\" ${random.int(0, 7)}"`],
  ]
  return kinds.map(([name, make]) => columnMicro(name, linesOfOneColumn(Array.from({ length: COUNT }, make))))
}

function columnMicro(name: string, text: Buffer): Micro {
  const scanner = new Scanner()
  const { schema } = shredAll([text], [], scanner).finish()
  const work = () => {
    const shredder = shredAll([text], schema, scanner)
    const rows = shredder.rowGroup()?.rows
    shredder.free()
    return rows
  }
  return { name: `column: ${name}`, amount: { values: COUNT }, work }
}
