import { batchOf } from './batch-of.ts'
import type { Batches } from './write-export.ts'

/** Some rows with a column of every type. Every value is written in one way only. */
export function sampleRows(): Batches {
  const lines = Array.from({ length: 8 }, (_, i) =>
    JSON.stringify({
      text: `ünï ${i}`,
      quoted: i === 1 ? '' : `=a,"b";\t${i}`,
      control: i % 2 === 0 ? `\u0001${i}` : null,
      whole: i * 1_000_003 - 7,
      real: i + 0.5,
      yes: i % 2 === 0,
      at: `2025-03-14T01:02:0${i}.000004Z`,
      mixed: i % 2 === 0 ? { b: [i] } : 'x',
      inside: { deep: { n: i === 2 ? null : i }, tags: i === 3 ? null : ['t', `${i}`, null].slice(0, i % 4) },
      counts: { [`k${i}`]: i, z: 1 },
    }),
  )
  return [batchOf(lines, { at: 'timestamp', counts: 'map' }).batch]
}
