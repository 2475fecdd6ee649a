import { seededRandom } from '../../cli/demo/random.ts'
import { dictionaryOf } from '../../lib/parquet/dictionary.ts'
import type { Micro } from './repeat.ts'

const COUNT = 100_000

/** Numbers → distinct numbers and ids, while encoding. */
export function dictionaryMicros(): Micro[] {
  const random = seededRandom(1)
  const kinds: readonly (readonly [string, () => number])[] = [
    ['1,000 doubles', () => random.int(0, 999) / 8],
    ['20,000 doubles', () => random.int(0, 19_999) / 7],
    ['different doubles', () => random.next()],
  ]
  return kinds.map(([name, make]) => {
    const values = Float64Array.from({ length: COUNT }, make)
    const work = () => dictionaryOf({ physical: 'DOUBLE', count: values.length, values })?.count ?? 0
    return { name: `dictionary: ${name}`, amount: { values: values.length }, work }
  })
}
