import { expect, test } from 'vitest'
import { type Config, parseConfig } from '../../lib/config.ts'
import { thrownBy } from '../thrown.ts'

type Offload = NonNullable<Config['datasets'][string]['offload']>

const parse = (offload: unknown) =>
  parseConfig({ datasets: { a: { archive: { location: '/in' }, out: '/out', offload } } }, 'x').get('a')?.offload

test('a policy is an age, and what is not said of it has its default', () => {
  expect(parse({ olderThan: '30d' } satisfies Offload)).toEqual({ olderThan: 30, deleteSource: false, at: '04:00' })
  const all = { olderThan: '4w', deleteSource: true, at: '23:30' } satisfies Offload
  expect(parse(all)).toEqual({ olderThan: 28, deleteSource: true, at: '23:30' })
  expect(parse(undefined)).toBeUndefined()
})

test.each<[unknown, string]>([
  [{}, 'datasets.a.offload.olderThan: seen nothing, wanted a string'],
  [{ olderThan: 30 }, 'datasets.a.offload.olderThan: seen 30, wanted a string'],
  [
    { olderThan: '30' },
    'datasets.a.offload.olderThan: not an age; seen: "30"; wanted: days or weeks, at least one: 30d, 4w',
  ],
  [{ olderThan: '0d' }, 'datasets.a.offload.olderThan: not an age; seen: "0d"'],
  [{ olderThan: '30d', at: '4:00' }, 'datasets.a.offload.at: seen "4:00", wanted a time of day in UTC'],
  [{ olderThan: '30d', deleteSource: 'yes' }, 'datasets.a.offload.deleteSource: seen "yes", wanted true or false'],
  [
    { olderThan: '30d', deleteSources: true },
    'datasets.a.offload: unknown key "deleteSources", did you mean deleteSource?',
  ],
])('%j says what is wrong', async (offload, problem) => {
  const error = await thrownBy(() => parse(offload))
  expect(error.code).toBe('usage')
  expect(error.message).toContain(problem)
})
