import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createGzip } from 'node:zlib'
import { expect, it } from 'vitest'
import { ARCHIVE, hourKey } from './archive.ts'
import type { Cloud } from './cloud.ts'
import { daysAgo } from './sealed-days.ts'

const DATE = daysAgo(1)
const MIB = 2 ** 20

/** What is larger than the memory of the function that works on it. */
export function large(cloud: () => Cloud): void {
  it('converts an hour whose JSON is larger than the memory that its process may take', async () => {
    const lines = 600_000
    const body = await buffer(Readable.from(rows(lines)).pipe(createGzip({ level: 1 })))
    const event = await cloud().upload(ARCHIVE, hourKey(DATE, '05'), body)
    cloud().deliver([event])
    await cloud().drain()
    expect(cloud().deadLetters).toEqual([])
    const convert = cloud().functions.find(({ name }) => name === 'Convert')!
    expect(convert.log.join('')).toContain(`"rows":${lines}`)
    expect(convert.peakRss()).toBeLessThan(400 * MIB)
  })
}

/** About 1 kB each, and nearly all alike: 600 MB of JSON in a few MB of gzip. */
function* rows(count: number): Generator<string> {
  const text = 'the same as before '.repeat(50)
  for (let n = 0; n < count; n += 1000) {
    yield Array.from({ length: 1000 }, (_, i) => `{"n":${n + i},"text":"${text}"}\n`).join('')
  }
}
