import type { RootNode } from '../../parquet/read-tree.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonRows } from '../json-text.ts'
import type { RowPart } from './row-part.ts'
import { timeColumn } from './time-column.ts'

const MICROS_PER_SECOND = 1_000_000n
const TIME = Buffer.from('"time":')
const COMMA = 0x2c
const OPEN = 0x7b
const END = Buffer.from('}\n')

/**
 * Rows as events of Splunk's HTTP Event Collector: `{"time":1741910523.000004,"host":"…","source":"…","sourcetype":"…",
 * "index":"…","event":{…}}`. The time is seconds since the epoch; where it is null, or no column is named, there is none,
 * and Splunk takes the time at which the event comes.
 *
 * How a reader gets a row back: `event` is it, all columns, as ndjson has them.
 */
export function eventRows(root: RootNode, options: FormatOptions<'splunk'>): RowPart {
  const { host, source, sourcetype, index, time, timeForm } = options
  const rows = jsonRows(root)
  const times = time === undefined ? undefined : timeColumn(root, time, timeForm)
  const fixed = JSON.stringify({ host, source, sourcetype, index }).slice(1, -1)
  const event = Buffer.from(`${fixed}${fixed === '' ? '' : ','}"event":`)
  return {
    load(batch) {
      times?.load(batch)
      rows.load(batch)
    },
    write(out) {
      const micros = times?.next()
      out.byte(OPEN)
      if (micros !== undefined) {
        out.append(TIME)
        out.ascii(secondsText(micros))
        out.byte(COMMA)
      }
      out.append(event)
      rows.write(out)
      out.append(END)
    },
  }
}

/** Microseconds as seconds with six decimals. */
function secondsText(micros: bigint): string {
  const size = micros < 0n ? -micros : micros
  const decimals = String(size % MICROS_PER_SECOND).padStart(6, '0')
  return `${micros < 0n ? '-' : ''}${size / MICROS_PER_SECOND}.${decimals}`
}
