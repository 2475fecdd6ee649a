import { seededRandom } from '../../cli/demo/random.ts'
import { dictionaryOf } from '../../lib/parquet/dictionary.ts'
import { ByteDictionaryBuilder } from '../../lib/shred/byte-dictionary.ts'
import { byteView } from '../../lib/shred/byte-view.ts'
import type { Micro } from './repeat.ts'

const COUNT = 100_000

/** Values → distinct values and ids: of strings while scanning, of numbers while encoding. */
export function dictionaryMicros(): Micro[] {
  const random = seededRandom(1)
  const hex = () =>
    random
      .int(0, 2 ** 32 - 1)
      .toString(16)
      .padStart(8, '0')
  const texts: readonly (readonly [string, () => string])[] = [
    ['8 strings of 8 bytes', () => `service${random.int(0, 7)}`],
    ['20,000 strings of 20 bytes', () => `/api/v1/items/${random.int(100_000, 119_999)}`],
    ['different strings of 32 bytes', () => hex() + hex() + hex() + hex()],
  ]
  const doubles: readonly (readonly [string, () => number])[] = [
    ['1,000 doubles', () => random.int(0, 999) / 8],
    ['20,000 doubles', () => random.int(0, 19_999) / 7],
    ['different doubles', () => random.next()],
  ]
  return [
    ...texts.map(([name, make]) => stringMicro(name, Array.from({ length: COUNT }, make))),
    ...doubles.map(([name, make]) => doubleMicro(name, Float64Array.from({ length: COUNT }, make))),
  ]
}

function stringMicro(name: string, texts: readonly string[]): Micro {
  const source = byteView(Buffer.from(texts.join('')))
  const ends = new Uint32Array(texts.length)
  texts.reduce((at, text, i) => {
    ends[i] = at + text.length
    return at + text.length
  }, 0)
  const work = () => {
    const builder = new ByteDictionaryBuilder()
    let start = 0
    for (let i = 0; i < ends.length; i++) {
      builder.add(source, start, ends[i]!)
      start = ends[i]!
    }
    return builder.count
  }
  return { name: `dictionary: ${name}`, amount: { values: texts.length }, work }
}

function doubleMicro(name: string, values: Float64Array<ArrayBuffer>): Micro {
  const work = () => dictionaryOf({ physical: 'DOUBLE', count: values.length, values })?.count ?? 0
  return { name: `dictionary: ${name}`, amount: { values: values.length }, work }
}
