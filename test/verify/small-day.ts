import type { FieldJson } from '../../lib/shred/schema-json.ts'
import { type DaySettings, type FixtureLine, type SealedDay, sealedDay } from './sealed-day.ts'

export const SCHEMA: readonly FieldJson[] = [
  { name: 'id', type: 'int64_wide' },
  { name: 'who', key: 'user', type: 'string' },
  {
    name: 'meta',
    type: {
      struct: [
        { name: 'added_ts', type: 'timestamp' },
        { name: 'ms', type: 'double' },
        { name: 'any', type: 'json' },
      ],
    },
  },
  { name: 'tags', type: { list: 'string' } },
  { name: 'counts', type: { map: 'int64' } },
  { name: 'beta', type: 'bool' },
]

const LINES: Readonly<Record<string, readonly FixtureLine[]>> = {
  '00': [
    {
      text: '{"id":9007199254740993,"user":"ä","meta":{"added_ts":"2015-09-12T00:00:00.000001Z","ms":1.50,"any":[1,{"x":null}]},"tags":["a",null],"counts":{"10":1,"9":2},"beta":true,"norm":{},"skip":[1]}',
      row: {
        id: 9007199254740993n,
        who: 'ä',
        meta: { added_ts: 1442016000000001n, ms: 1.5, any: [1, { x: null }] },
        tags: ['a', null],
        counts: new Map([
          ['9', 2n],
          ['10', 1n],
        ]),
        beta: true,
      },
    },
    { text: '{broken', reject: 'not_json' },
    { text: ' \t\r' },
    { text: '{"id":1,"tags":[],"meta":null}\r', row: { id: 1n, tags: [] } },
  ],
  '07': [
    { text: '[]', reject: 'not_object' },
    { text: '{"id":2,"id":3,"user":"","meta":{},"counts":{}}', row: { id: 3n, who: '', meta: {}, counts: new Map() } },
  ],
  '23': [
    {
      text: '{"meta":{"added_ts":"2015-09-11T23:59:59+00:00","any":"text"},"beta":false}',
      row: { meta: { added_ts: 1442015999000000n, any: 'text' }, beta: false },
    },
  ],
}

export const SMALL: DaySettings = {
  schema: SCHEMA,
  lines: LINES,
  manifest: {
    dropped_columns: [
      { path: 'norm', reason: 'empty', saw: ['{}'] },
      { path: 'skip', reason: 'configured', saw: [] },
    ],
    event_time: {
      column: 'meta.added_ts',
      min: '2015-09-11T23:59:59.000000Z',
      max: '2015-09-12T00:00:00.000001Z',
      unparsed: 2,
    },
    min_added_ts: '2015-09-11T23:59:59.000000Z',
    max_added_ts: '2015-09-12T00:00:00.000001Z',
  },
}

/** Four rows in three hours, two rejected lines, one blank line; every kind of column. */
export function smallDay(settings: Partial<DaySettings> = {}): SealedDay {
  return sealedDay({ ...SMALL, ...settings, manifest: { ...SMALL.manifest, ...settings.manifest } })
}

/** The least that has everything: two hours, two rows, a rejected line. */
export function tinyDay(settings: Partial<DaySettings> = {}): SealedDay {
  const row = (id: number, tag: string): FixtureLine => ({
    text: `{"id":${id},"tags":["${tag}"]}`,
    row: { id: BigInt(id), tags: [tag] },
  })
  return sealedDay({
    schema: [
      { name: 'id', type: 'int64' },
      { name: 'tags', type: { list: 'string' } },
    ],
    hours: ['03', '04'],
    lines: { '03': [row(1, 'a'), { text: '{', reject: 'not_json' }], '04': [row(2, 'b')] },
    ...settings,
  })
}
