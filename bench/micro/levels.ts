import { seededRandom } from '../../cli/demo/random.ts'
import { encodeHybrid } from '../../lib/parquet/rle.ts'
import type { Micro } from './repeat.ts'

const COUNT = 1_000_000

/** Levels and dictionary ids → the RLE / bit-packing hybrid. */
export function levelMicros(): Micro[] {
  const random = seededRandom(1)
  const kinds: readonly (readonly [string, number, (i: number) => number])[] = [
    ['definition, never null', 1, () => 1],
    ['definition, 2 % null', 1, () => (random.chance(0.02) ? 0 : 1)],
    ['definition, 30 % null', 1, () => (random.chance(0.3) ? 0 : 1)],
    ['repetition, lists of 750', 1, (i) => (i % 750 === 0 ? 0 : 1)],
    ['repetition, lists of 3', 1, (i) => (i % 3 === 0 ? 0 : 1)],
    ['ids of 8 values', 3, () => random.int(0, 7)],
    ['ids of 1,000 values', 10, () => random.int(0, 999)],
    ['ids of 50,000 values', 16, () => random.int(0, 49_999)],
  ]
  return kinds.map(([name, width, level]) => {
    const values = width > 8 ? new Uint32Array(COUNT) : new Uint8Array(COUNT)
    for (let i = 0; i < COUNT; i++) values[i] = level(i)
    const work = () => encodeHybrid(values, 0, COUNT, width).length
    return { name: `levels: ${name}`, amount: { values: COUNT }, work }
  })
}
