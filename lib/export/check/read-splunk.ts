import { corrupt } from '../../parquet/read-tree.ts'
import type { FieldJson } from '../../shred/schema-json.ts'
import type { FormatOptions } from '../format-options.ts'
import { readLines } from './lines.ts'
import { kindAt, memberText, microsReader, parseRow } from './row-members.ts'
import type { RowTexts } from './row-texts.ts'

/** `{"time":-1741910523.000004,` */
const MAX_TIME_BYTES = 40

/**
 * The events of the form `hec`, a line each. What is around an event is held against the options, and its time against the
 * column's.
 * @throws DaysealError `corrupt`
 */
export async function* readSplunkEvents(
  bytes: AsyncIterable<Uint8Array>,
  { host, source, sourcetype, index, time, timeForm }: FormatOptions<'splunk'>,
  columns: readonly FieldJson[],
): AsyncGenerator<RowTexts> {
  const microsOf = microsReader(kindAt(columns, time), timeForm)
  const fixed = JSON.stringify({ host, source, sourcetype, index }).slice(1, -1)
  const before = Buffer.from(`${fixed}${fixed === '' ? '' : ','}"event":`)
  let line = 0
  for await (const { bytes: block, bounds } of readLines(bytes)) {
    const rows: number[] = []
    for (let i = 0; i < bounds.length; i += 2) {
      const event = Buffer.from(block.buffer, block.byteOffset + bounds[i]!, bounds[i + 1]! - bounds[i]!)
      const seen = /^\{(?:"time":(-?\d+\.\d{6}),)?/.exec(event.toString('latin1', 0, MAX_TIME_BYTES))
      const start = seen === null ? -1 : seen[0].length + before.length
      line++
      if (
        start < 0 ||
        start > event.length ||
        before.compare(event, start - before.length, start) !== 0 ||
        event.at(-1) !== 0x7d
      ) {
        throw corrupt(
          `line ${line} is not an event with what the options say`,
          event.toString('utf8', 0, 200),
          `{…${before}{…}}`,
        )
      }
      const row = event.subarray(start, -1)
      const wanted = time === undefined ? undefined : microsOf(memberText(parseRow(row, line), time))
      if (microsOfSeconds(seen?.[1]) !== wanted) {
        throw corrupt(
          `line ${line} has another time than its row`,
          seen?.[1] ?? 'none',
          `${wanted ?? 'no'} microseconds`,
        )
      }
      rows.push(bounds[i]! + start, bounds[i + 1]! - 1)
    }
    yield { bytes: block, bounds: rows }
  }
}

function microsOfSeconds(seconds: string | undefined): bigint | undefined {
  return seconds === undefined ? undefined : BigInt(seconds.replace('.', ''))
}
