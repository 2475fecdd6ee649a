import { describe, expect, test } from 'vitest'
import { backfilledDays } from '../../../cli/remote/backfilled-days.ts'
import type { ExecutionEnd } from '../../../cli/remote/execution.ts'
import { sealOutcome } from '../../../cli/remote/seal-day.ts'
import type { Catalog } from '../../../lib/catalog/catalog.ts'
import { type DayRecord, dayRecord } from '../../../lib/catalog/day-record.ts'
import { exitCodeOf } from '../../../lib/errors.ts'
import { thrownBy } from '../../thrown.ts'

describe('a failed execution has the exit code of its error', () => {
  test.each([
    ['Dayseal.source', 4],
    ['Dayseal.storage', 5],
    ['Dayseal.conflict', 6],
    ['Dayseal.verification', 1],
    ['Dayseal.corrupt', 1],
    ['Dayseal.usage', 2],
    ['Dayseal.incomplete', 3],
    ['Dayseal.internal', 70],
    ['Dayseal.timeout', 5],
    ['Sandbox.Timedout', 5],
    ['Lambda.TooManyRequestsException', 5],
    ['States.Timeout', 5],
    ['the execution is ABORTED', 5],
  ])('%s: %i', async (error, exitCode) => {
    const cause = JSON.stringify({ errorType: error, errorMessage: 'what was wrong', trace: [] })
    const thrown = await thrownBy(() => sealOutcome({ kind: 'failed', error, cause }))
    expect(exitCodeOf(thrown)).toBe(exitCode)
    expect(thrown.message).toMatch(/^the deployed system could not seal the day.*what was wrong/)
  })

  test('although its cause is no JSON, or empty', async () => {
    const plain = await thrownBy(() => sealOutcome({ kind: 'failed', error: 'Dayseal.source', cause: 'line 3' }))
    expect(plain).toMatchObject({ code: 'source', message: 'the deployed system could not seal the day: line 3' })
    const empty = await thrownBy(() => sealOutcome({ kind: 'failed', error: 'States.Runtime', cause: '' }))
    expect(empty).toMatchObject({ code: 'storage', message: expect.stringContaining('seen: States.Runtime') })
  })
})

test('an end that is none of this version is said to be none', async () => {
  expect(await thrownBy(() => sealOutcome({ kind: 'succeeded', output: { seal: {} } }))).toMatchObject({
    code: 'storage',
    message: expect.stringContaining('deploy it again'),
  })
})

test('a day that is not over is told from one with missing hours', () => {
  const plan = { kind: 'refused', found: 0, wanted: 24, missing: [] }
  const end: ExecutionEnd = { kind: 'failed', error: 'Dayseal.incomplete', cause: JSON.stringify(plan) }
  expect(sealOutcome(end)).toMatchObject({ kind: 'incomplete', isOver: false })
})

describe('the days of a backfill', () => {
  const record = (date: string, state: DayRecord['state'], note: string | null = null): DayRecord =>
    dayRecord.parse({
      ...{ dataset: 'app', date, state, generation: 1, hours_found: 24, row_count: 480, parquet_size_bytes: 1 },
      ...{
        manifest_key: null,
        manifest_sha256: null,
        note,
        lease: null,
        late: [],
        updated: `${date}T00:05:00.000Z`,
        version: 1,
      },
    })
  const dates = [1, 2, 3, 4, 5, 6, 7].map((day) => `2025-03-0${day}`)
  const days = (records: readonly DayRecord[], end: ExecutionEnd, today = '2025-03-07') => {
    const catalog: Pick<Catalog, 'days'> = { days: async () => records }
    const { signal } = new AbortController()
    return backfilledDays(catalog as Catalog, { dataset: 'app', dates, today }, end, signal)
  }
  const some: ExecutionEnd = { kind: 'failed', error: 'Dayseal.backfill', cause: 'days that failed: …' }

  test('are what the catalog says of each', async () => {
    const found = await days(
      [
        record(dates[0]!, 'sealed'),
        record(dates[1]!, 'stale'),
        record(dates[2]!, 'incomplete', '10 of 20 hours'),
        record(dates[3]!, 'failed', 'Dayseal.source: 05.jsonl.gz is corrupt'),
        record(dates[4]!, 'sealing'),
      ],
      some,
    )
    expect(found.map((day) => (day.kind === 'failed' ? [day.kind, day.error.code] : [day.kind]))).toEqual([
      ['sealed'],
      ['sealed'],
      ['incomplete'],
      ['failed', 'source'],
      ['failed', 'storage'],
      ['failed', 'storage'],
      ['incomplete'],
    ])
    expect(found[3]).toMatchObject({ error: { message: expect.stringContaining('05.jsonl.gz is corrupt') } })
  })

  test('do not hide a failure that none of them knows', async () => {
    const all = dates.map((date) => record(date, 'sealed'))
    expect(await days(all, { kind: 'succeeded', output: {} })).toHaveLength(7)
    expect(await thrownBy(() => days(all, some))).toMatchObject({ code: 'storage' })
    const refused: ExecutionEnd = { kind: 'failed', error: 'Dayseal.usage', cause: 'too many days' }
    expect(await thrownBy(() => days(all, refused))).toMatchObject({ code: 'usage' })
  })
})
