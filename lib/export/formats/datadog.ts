import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { LeafValues } from '../../shred/batch.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { epochFormOf } from '../../time/epoch-time.ts'
import type { TimeForm } from '../../time/time-form.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonRows } from '../json-text.ts'
import type { RowBatch } from '../row-batch.ts'
import { writeRowText } from '../row-text.ts'
import { requestBodies } from './request-bodies.ts'
import { isScalar, scalarColumn } from './scalar-column.ts'
import { timeColumn } from './time-column.ts'

/** Datadog, "Send logs" (API v2): it cuts what is larger. */
const MAX_ENTRY_BYTES = 1_000_000
const TOO_LARGE = 'an entry above 1 MB'

/** What the intake reads in an entry, and what a column of that name has to be. */
const RESERVED: ReadonlyMap<string, readonly ScalarKind[]> = new Map([
  ['ddsource', []],
  ['ddtags', []],
  ['hostname', ['string']],
  ['service', ['string']],
  ['message', ['string']],
  ['timestamp', ['timestamp', 'string', 'int64']],
])

/**
 * Bodies for Datadog's logs intake, `POST /api/v2/logs`, one per line: arrays of at most 1,000 entries and 5 MB. A row
 * whose entry would be above 1 MB is left out.
 *
 * An entry has `ddsource`, and as far as the options say so `ddtags`, `hostname`, `service`, `message` and `timestamp`; then
 * the columns, as ndjson has them. The member `timestamp` is the row's time as RFC 3339 in UTC, however the column has it,
 * because Datadog takes the time of arrival for what it cannot read. A column of texts that is called `hostname`, `service` or `message`, or one of times
 * called `timestamp`, needs no option, and is there once.
 *
 * How a reader gets a row back: the members of an entry that are called as columns are its columns, all of them; other
 * members are none of the row's.
 */
export const datadog: Format<FormatOptions<'datadog'>> = {
  extension: 'datadog.ndjson',
  mimeType: 'application/x-ndjson',
  compressible: true,
  async open(options, spec) {
    const fixed = fixedMembers(options)
    const named = namedColumns(spec.root, options)
    const time = timeMember(spec.root, options)
    assertFree(
      spec.root,
      new Set([
        ...Object.keys(fixed),
        ...named.map(({ name }) => name),
        ...(time?.node === undefined ? [] : ['timestamp']),
      ]),
    )
    const fields = [...named, ...(time?.node === undefined ? [] : [time.node]), ...spec.root.fields]
    const entries = jsonRows({ ...spec.root, fields }, { members: JSON.stringify(fixed).slice(1, -1) })
    const bodies = requestBodies()
    const entry = new ByteBuffer(2 ** 12)
    return writeRowText(spec, {
      begin() {},
      load: (batch) => entries.load(time === undefined ? batch : time.withTimes(batch)),
      row(out) {
        entry.length = 0
        entries.write(entry)
        if (entry.length > MAX_ENTRY_BYTES) return TOO_LARGE
        bodies.add(out, entry)
      },
      end: bodies.end,
    })
  },
}

/** The members that all entries share. */
function fixedMembers({ source, tags, hostname, service }: FormatOptions<'datadog'>): Readonly<Record<string, string>> {
  const strange = tags.find((tag) => tag.includes(',') || tag.trim() === '')
  if (strange !== undefined) {
    throw new DaysealError('usage', 'tags: this is not one tag', { seen: JSON.stringify(strange), wanted: 'key:value' })
  }
  return {
    ddsource: source,
    ...(tags.length > 0 && { ddtags: tags.join(',') }),
    ...(hostname !== undefined && { hostname }),
    ...(service !== undefined && { service }),
  }
}

/** The columns that an entry has a second time, under names that Datadog knows. */
function namedColumns(root: RootNode, { message }: FormatOptions<'datadog'>): readonly ColumnNode[] {
  if (message === undefined) return []
  const node = scalarColumn(root, message, 'message', RESERVED.get('message')!)
  return root.fields.includes(node) && node.name === 'message' ? [] : [{ ...node, name: 'message' }]
}

interface TimeMember {
  /** Undefined where the column has that name itself. */
  readonly node: ColumnNode | undefined
  /** The batch with the member's column, if there is one, behind its own. @throws DaysealError `usage` for what is no time */
  withTimes(batch: RowBatch): RowBatch
}

/** The time of a row under the name that Datadog knows. */
function timeMember(root: RootNode, { time, timeForm }: FormatOptions<'datadog'>): TimeMember | undefined {
  if (time === undefined) return undefined
  const times = timeColumn(root, time, timeForm)
  const { node } = times
  if (root.fields.includes(node) && node.name === 'timestamp') {
    scalarColumn(root, time, 'time', RESERVED.get('timestamp')!)
    const withTimes = (batch: RowBatch) => {
      for (const text of textsOf(batch.leaves[node.firstLeaf]!.values)) assertReadable(text, timeForm)
      return batch
    }
    return { node: undefined, withTimes: node.kind === 'timestamp' ? (batch) => batch : withTimes }
  }
  return {
    node: { ...node, kind: 'timestamp', name: 'timestamp', firstLeaf: root.endLeaf, endLeaf: root.endLeaf + 1 },
    withTimes(batch) {
      times.load(batch)
      const { entries, definition } = batch.leaves[node.firstLeaf]!
      const values: bigint[] = []
      for (let row = 0; row < batch.rows; row++) {
        const micros = times.next()
        if (micros !== undefined) values.push(micros)
      }
      const column = { physical: 'INT64', count: values.length, values: BigInt64Array.from(values) } as const
      return { ...batch, leaves: [...batch.leaves, { entries, definition, repetition: undefined, values: column }] }
    },
  }
}

function textsOf(values: LeafValues): readonly string[] {
  if (values.physical !== 'BYTE_ARRAY') return Array.from(values.values, String)
  const { bytes, offsets, count } = values.dictionary
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, id) => text.toString('utf8', offsets[id], offsets[id + 1]))
}

/**
 * A column that is called `timestamp` is there as it is, and Datadog takes the time of arrival for what is neither ISO 8601
 * nor milliseconds. (A number too small to tell its unit is left to it.)
 */
function assertReadable(text: string, form: TimeForm): void {
  const unit = epochFormOf(text)
  const isKnown = unit === 'epoch-ms' || /^\d{4}-/.test(text) || /^-?\d{1,8}$/.test(text)
  if (isKnown && (form === 'auto' || form === 'rfc3339' || form === unit)) return
  throw new DaysealError('usage', "time: Datadog cannot read a row's timestamp", {
    seen: JSON.stringify(text.slice(0, 60)),
    wanted: 'RFC 3339, or milliseconds since 1970, in a column that is called timestamp',
    hint: 'rename the column (--rename timestamp=time), and name it by datadog.time: entries then have its time as RFC 3339',
  })
}

/** @param given members that an entry has by the options */
function assertFree(root: RootNode, given: ReadonlySet<string>): void {
  for (const field of root.fields) {
    const kinds = RESERVED.get(field.name)
    if (kinds === undefined || (isScalar(field, kinds) && !given.has(field.name))) continue
    throw new DaysealError('usage', `datadog: an entry's ${field.name} is Datadog's own`, {
      seen: given.has(field.name)
        ? `a column ${field.name}, and an option for it`
        : `a column ${field.name}: ${field.kind}`,
      hint: 'rename or exclude the column',
    })
  }
}
