import type { Footer } from '../parquet/read.ts'
import { formatPath } from '../path-pattern.ts'
import type { Manifest } from '../seal/manifest.ts'
import type { LeafColumn } from '../shred/batch.ts'
import type { TimeForm } from '../time/time-form.ts'
import { parseInstant, readInstant } from './instant.ts'
import { type Check, check } from './verdict.ts'

/** Finds the range of the event times again, chunk by chunk. */
export interface EventTimes {
  see(leaf: number, column: LeafColumn): void
  check(): Check
}

export function eventTimes(manifest: Manifest, footer: Footer): EventTimes | undefined {
  const { event_time } = manifest
  if (event_time === null) return undefined
  const read = instantReader(event_time.form)
  const own = footer.leaves.findIndex(({ path, steps, maxRepetition }) => {
    return maxRepetition === 0 && [formatPath(steps), path.join('.')].includes(event_time.column)
  })
  let min: bigint | undefined
  let max: bigint | undefined
  let parsed = 0
  const widen = (micros: bigint) => {
    if (min === undefined || micros < min) min = micros
    if (max === undefined || micros > max) max = micros
  }
  return {
    see(leaf, { values }) {
      if (leaf !== own) return
      if (values.physical === 'BYTE_ARRAY') {
        const instants = instantsOf(values, read)
        for (let i = 0; i < values.count; i++) {
          const instant = instants[values.ids[i]!]
          if (instant === undefined) continue
          parsed++
          widen(instant)
        }
      } else if (footer.leaves[leaf]!.kind === 'timestamp' && values.physical === 'INT64') {
        parsed += values.count
        for (const micros of values.values.subarray(0, values.count)) widen(micros)
      } else if (values.physical !== 'BOOLEAN' && event_time.form !== undefined) {
        for (const value of values.values.subarray(0, values.count)) {
          const instant = read(String(value))
          if (instant === undefined) continue
          parsed++
          widen(instant)
        }
      }
    },
    check() {
      const same = isInstant(event_time.min, min) && isInstant(event_time.max, max)
      const unparsed = footer.rows - parsed
      return check({
        id: 'parquet.event_time',
        title: 'the event times are those of the data',
        holds: same && unparsed === event_time.unparsed,
        seen: `${show(min)} to ${show(max)}, ${unparsed} rows without`,
        wanted: `${event_time.min} to ${event_time.max}, ${event_time.unparsed} rows without`,
      })
    },
  }
}

/** Without a form, as the version read times that wrote none. */
function instantReader(form: TimeForm | undefined): (text: string) => bigint | undefined {
  return form === undefined ? parseInstant : (text) => readInstant(text, form)?.micros
}

/** Per dictionary entry; read once each. */
function instantsOf(
  { dictionary }: Extract<LeafColumn['values'], { physical: 'BYTE_ARRAY' }>,
  read: (text: string) => bigint | undefined,
): (bigint | undefined)[] {
  const { bytes, offsets, count } = dictionary
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return Array.from({ length: count }, (_, id) => read(decoder.decode(bytes.subarray(offsets[id], offsets[id + 1]))))
}

function isInstant(text: string | null, micros: bigint | undefined): boolean {
  return text === null ? micros === undefined : micros !== undefined && parseInstant(text) === micros
}

function show(micros: bigint | undefined): string {
  if (micros === undefined) return 'none'
  const rest = ((micros % 1000n) + 1000n) % 1000n
  const date = new Date(Number((micros - rest) / 1000n))
  if (Number.isNaN(date.getTime())) return `${micros} µs`
  return date.toISOString().replace('Z', `${String(rest).padStart(3, '0')}Z`)
}
