import { randomFrom } from '../../lib/random.ts'

/* Rows by the thousand, from a seed: past the sizes at which columns stop looking up strings and schemas stop growing. */

export interface BulkOptions {
  readonly seed: number
  readonly lines: number
  /** Of the strings in column `s`, which share was never there before. */
  readonly fresh: number
  /** The share of lines that are cut off before their end. */
  readonly broken: number
  /** How many fields appear one after another. */
  readonly late: number
}

/** Lines of rows with the columns of every kind, some of them cut off. */
export function bulkLines({ seed, lines, fresh, broken, late }: BulkOptions): string[] {
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const word = (n: number) => (random() < fresh ? `fresh ${n} ${'x'.repeat(below(12))}` : `known ${below(20)}`)
  return Array.from({ length: lines }, (_, n) => {
    const members = [
      `"n":${n}`,
      `"s":"${word(n)}"`,
      `"deep":{"s":"${word(n + lines)}","list":[${Array.from({ length: below(4) }, () => `"${word(n)}"`).join()}]}`,
      `"counts":{${Array.from({ length: below(3) }, (_, i) => `"${word(n)} ${i}":${below(9)}`).join()}}`,
      `"mixed":${random() < 0.5 ? n : `"${word(n)}"`}`,
      ...(random() < 0.2 ? ['"s":"twice"'] : []),
      ...(late > 0 && random() < 0.5
        ? [`"late ${Math.min(below(late), n)}":${n % 2 === 0 ? n : `{"x":"${word(n)}"}`}`]
        : []),
    ]
    const text = `{${members.join()}}`
    return random() < broken ? text.slice(0, 1 + below(text.length - 1)) : text
  })
}
