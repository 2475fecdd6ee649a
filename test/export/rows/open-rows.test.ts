import { describe, expect, test } from 'vitest'
import { open, rowsOfSource } from './read-source.ts'
import { schemaOf, writeDay } from './written-days.ts'

const SCHEMA = schemaOf(
  { name: 'id', type: 'int64' },
  { name: 'who', type: 'string' },
  { name: 'tags', type: { list: 'string' } },
  {
    name: 'meta',
    type: {
      struct: [
        { name: 'ms', type: 'double' },
        { name: 'ok', type: 'bool' },
      ],
    },
  },
)
const ROWS = [
  { id: 1n, who: 'a', tags: ['x', null], meta: { ms: 1.5, ok: true } },
  { id: 2n, who: null, tags: [], meta: null },
  { id: 3n, who: 'b', tags: null, meta: { ms: null, ok: null } },
  { id: 4n, who: 'a', tags: ['y'], meta: { ms: -0, ok: false } },
]

describe('the rows of sealed days', () => {
  test('come in order, in batches of at most so many', async () => {
    const days = [await writeDay('2025-03-14', SCHEMA, [ROWS.slice(0, 3), ROWS.slice(3)])]
    const source = await open(days, {}, { batchRows: 2 })
    expect(await rowsOfSource(source, 2)).toEqual(ROWS)
    expect(source.counts()).toEqual({
      rowsRead: 4,
      rowsSelected: 4,
      rowGroups: 2,
      rowGroupsSkipped: 0,
      rowsWithoutTime: 0,
    })
    expect(await rowsOfSource(source, 2)).toEqual(ROWS)
    expect(source.counts().rowsRead).toBe(4)
  })

  test('are those that a condition selects', async () => {
    const days = [await writeDay('2025-03-14', SCHEMA, [ROWS])]
    expect(await rowsOfSource(await open(days, { where: { who: 'a' } }))).toEqual([ROWS[0], ROWS[3]])
    expect(await rowsOfSource(await open(days, { where: { tags: 'y' }, columns: ['id'] }))).toEqual([{ id: 4n }])
  })
})
