import { DaysealError } from '../../errors.ts'
import type { ColumnNode, RootNode } from '../../parquet/read-tree.ts'
import type { ScalarKind } from '../../shred/type.ts'
import { ByteBuffer } from '../byte-buffer.ts'
import type { Format } from '../format.ts'
import type { FormatOptions } from '../format-options.ts'
import { jsonRows } from '../json-text.ts'
import { writeRowText } from '../row-text.ts'
import { requestBodies } from './request-bodies.ts'
import { isScalar, scalarColumn } from './scalar-column.ts'

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
 * the columns, as ndjson has them. A column of texts that is called `hostname`, `service` or `message`, or one of times
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
    assertFree(spec.root, new Set([...Object.keys(fixed), ...named.map(({ name }) => name)]))
    const fields = [...named, ...spec.root.fields]
    const entries = jsonRows({ ...spec.root, fields }, { members: JSON.stringify(fixed).slice(1, -1) })
    const bodies = requestBodies()
    const entry = new ByteBuffer(2 ** 12)
    return writeRowText(spec, {
      begin() {},
      load: entries.load,
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
function namedColumns(root: RootNode, { message, time }: FormatOptions<'datadog'>): readonly ColumnNode[] {
  const named = (name: string, path: string | undefined, option: string): readonly ColumnNode[] => {
    if (path === undefined) return []
    const node = scalarColumn(root, path, option, RESERVED.get(name)!)
    return root.fields.includes(node) && node.name === name ? [] : [{ ...node, name }]
  }
  return [...named('message', message, 'message'), ...named('timestamp', time, 'time')]
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
