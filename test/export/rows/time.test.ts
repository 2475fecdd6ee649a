import { describe, expect, test } from 'vitest'
import { parseMoment } from '../../../lib/export/rows/moment.ts'
import { thrownBy } from '../../thrown.ts'
import { open, rowsOfSource } from './read-source.ts'
import { schemaOf, writeDay } from './written-days.ts'

const SCHEMA = schemaOf(
  { name: 'n', type: 'int64' },
  { name: 'isOk', type: 'bool' },
  {
    name: 'meta',
    type: {
      struct: [
        { name: 'ts', type: 'timestamp' },
        { name: 'text', type: 'string' },
      ],
    },
  },
  { name: 'times', type: { list: 'timestamp' } },
)
const MOMENTS = ['2025-03-14T00:00:00Z', '2025-03-14T01:00:00.000001Z', '2025-03-14T02:00:00Z', '2025-03-15T00:00:00Z']
/** The same instants, which are in another order as texts. */
const TEXTS = [
  '2025-03-14T05:00:00+05:00',
  '2025-03-13T23:00:00.000001-02:00',
  '2025-03-14 02:00:00z',
  '2025-03-15T00:00:00.000Z',
]
const ROWS = [
  ...MOMENTS.map((moment, n) => ({ n: BigInt(n), meta: { ts: parseMoment(moment)!, text: TEXTS[n]! }, times: null })),
  { n: 4n, meta: { ts: null, text: 'yesterday' }, times: null },
  { n: 5n, meta: { ts: null, text: '2025-03-14T01:00:00' }, times: null },
  { n: 6n, meta: null, times: null },
]

const day = () => writeDay('2025-03-14', SCHEMA, [ROWS.slice(0, 2), ROWS.slice(2)])
async function read(time: object, eventTime?: string) {
  const source = await open([await day()], { columns: ['n'], time }, { eventTime })
  const rows = await rowsOfSource(source)
  return { numbers: rows.map((row) => Number((row as { n: bigint }).n)), counts: source.counts() }
}

describe.each(['meta.ts', 'meta.text'])('the time in %s', (column) => {
  test.each([
    [{ from: '2025-03-14', to: '2025-03-15' }, [0, 1, 2]],
    [{ from: '2025-03-14T01:00:00.000001Z' }, [1, 2, 3]],
    [{ from: '2025-03-14T01:00:00.000002Z' }, [2, 3]],
    [{ to: '2025-03-14T03:00:00+01:00' }, [0, 1]],
    [{ to: '2025-03-14T02:00:00.000001Z' }, [0, 1, 2]],
    [{ from: '2030-01-01' }, []],
    [{ to: '0001-01-01' }, []],
  ])('in %o', async (bounds, numbers) => {
    expect((await read({ column, ...bounds })).numbers).toEqual(numbers)
    expect((await read(bounds, column)).numbers).toEqual(numbers)
  })
})

describe('a time range', () => {
  test('without bounds selects all rows', async () => {
    expect((await read({ column: 'meta.ts' })).numbers).toHaveLength(ROWS.length)
  })

  test('leaves out texts that are no time, and counts them', async () => {
    expect((await read({ from: '2025-03-14' }, 'meta.text')).counts).toMatchObject({
      rowsSelected: 4,
      rowsWithoutTime: 2,
    })
    expect((await read({ from: '2025-03-14' }, 'meta.ts')).counts).toMatchObject({
      rowsSelected: 4,
      rowsWithoutTime: 0,
    })
  })

  test.each([
    [{ from: '2025-03-14' }, undefined, 'no column is named'],
    [{ column: 'isOk', from: '2025-03-14' }, undefined, 'isOk is no column of times'],
    [{ column: 'meta', from: '2025-03-14' }, undefined, 'meta is no column of times'],
    [{ column: 'times[]', from: '2025-03-14' }, undefined, 'a timestamp inside a list or map'],
    [{ from: '2025-03-14' }, 'meta.tx', 'did you mean meta.ts?'],
    [{ from: 'yesterday' }, 'meta.ts', 'time.from is no time'],
    [{ to: '2025-03-14T01:00:00' }, 'meta.ts', 'time.to is no time'],
    [{ from: '2025-03-15', to: '2025-03-14' }, 'meta.ts', 'there is nothing from'],
    [{ from: '2025-03-15', to: '2025-03-15' }, 'meta.ts', 'there is nothing from'],
  ])('%o with eventTime %s is wrong usage', async (time, eventTime, part) => {
    const error = await thrownBy(() => read(time, eventTime))
    expect(error.code).toBe('usage')
    expect(error.message).toContain(part)
  })
})
