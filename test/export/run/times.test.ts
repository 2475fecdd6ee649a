import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkExport } from '../../../lib/export/check-export.ts'
import type { ExportOutcome } from '../../../lib/export/run-export.ts'
import { thrownBy } from '../../thrown.ts'
import { type SealedPlace, sealedPlace } from './sealed-place.ts'

const DAY = '2025-03-14'
/** All of them are 2025-03-14T11:34:02 and a fraction of a second. */
const TIMES: readonly (readonly [string, unknown, string])[] = [
  ['an offset without colon', '2025-03-14T12:34:02.133169+0100', '133169'],
  ['nanoseconds', '2025-03-14T11:34:02.133169999Z', '133169'],
  ['an access log', '14/Mar/2025:12:34:02 +0100', '000000'],
  ['a fraction of seconds', 1741952042.133169, '133169'],
  ['seconds', 1741952042, '000000'],
  ['milliseconds', 1741952042133, '133000'],
  ['microseconds', 1741952042133169, '133169'],
  ['a text of digits', '1741952042133', '133000'],
]

/** The text of the one file, which has been read back and compared. */
async function checkedText(place: SealedPlace, outcome: ExportOutcome): Promise<string> {
  if (outcome.kind !== 'exported') throw new Error(outcome.kind)
  const { key } = outcome.outputs[0]!.output
  const scratch = await mkdtemp(join(place.root, 'check-'))
  const verdict = await checkExport({ store: place.store, key, identity: undefined, scratch, signal: undefined })
  expect(verdict.checks.filter(({ result }) => result !== 'passed')).toEqual([])
  return Buffer.from((await place.store.get(key))!.bytes).toString('utf8')
}

describe.each(TIMES)('a column whose times are %s', (_, value, micros) => {
  it('is the time of documents, events and entries', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ at: value }, { at: null, n: 1 }])
    const text = async (format: object) =>
      checkedText(place, await place.export({ formats: [format as { format: 'splunk' }] }, { dates: [DAY] }))
    expect(await text({ format: 'elasticsearch', index: 'x-{dd}-{HH}', time: 'at' })).toContain('"x-14-11"')
    expect(await text({ format: 'splunk', time: 'at' })).toContain(`{"time":1741952042.${micros},`)
    expect(await text({ format: 'splunk', form: 'line', time: 'at' })).toMatch(
      new RegExp(`^2025-03-14T11:34:02\\.${micros}Z at=`),
    )
    const [first, second] = JSON.parse(await text({ format: 'datadog', time: 'at' })) as Record<string, unknown>[]
    expect(first).toMatchObject({ at: value })
    expect(new Date(first!.timestamp as string).toISOString()).toBe(`2025-03-14T11:34:02.${micros.slice(0, 3)}Z`)
    expect(second).toMatchObject({ at: null, timestamp: null })
  })

  it('is cut to hours by groups', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ at: value }])
    const groupBy = { keys: { hour: { hour: 'at' } }, columns: { n: { count: 'rows' as const } } }
    const outcome = await place.export({ groupBy }, { dates: [DAY] })
    expect(await checkedText(place, outcome)).toBe('{"hour":"2025-03-14T11:00:00.000000Z","n":1}\n')
  })
})

describe('times of exports', () => {
  it('are numbers of the unit that is said', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ at: 5000 }])
    const time = { time: 'at', timeForm: 'epoch-ms' } as const
    const text = async (format: 'splunk' | 'datadog') =>
      checkedText(place, await place.export({ formats: [{ format, ...time }] }, { dates: [DAY] }))
    expect(await text('splunk')).toContain('{"time":5.000000,')
    expect(await text('datadog')).toContain('"timestamp":"1970-01-01T00:00:05.000000Z"')
    const index = { format: 'elasticsearch' as const, index: 'x-{yyyy}', time: 'at' }
    const error = await thrownBy(() => place.export({ formats: [index] }, { dates: [DAY] }))
    expect(error.message).toContain("time: a row's at is no time; seen: 5000")
  })

  it.each([
    ['an access log', '14/Mar/2025:12:34:02 +0100'],
    ['seconds', 1741952042],
    ['a fraction of seconds', 1741952042.5],
    ['no time', 'later'],
  ])('that Datadog cannot read in a column called timestamp are refused: %s', async (_, timestamp) => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ timestamp }])
    const formats = [{ format: 'datadog' as const, time: 'timestamp' }]
    const error = await thrownBy(() => place.export({ formats }, { dates: [DAY] }))
    expect(error.code).toBe('usage')
    if (timestamp === 'later') return
    const renamed = { formats: [{ format: 'datadog' as const, time: 'at' }], rename: { timestamp: 'at' } }
    expect(await checkedText(place, await place.export(renamed, { dates: [DAY] }))).toContain(
      '"timestamp":"2025-03-14T',
    )
  })

  it('stay as they are in a column called timestamp that Datadog can read', async () => {
    const place = await sealedPlace()
    await place.seal(DAY, [{ timestamp: '2025-03-14T12:34:02+0100' }])
    const outcome = await place.export({ formats: [{ format: 'datadog', time: 'timestamp' }] }, { dates: [DAY] })
    expect(await checkedText(place, outcome)).toContain('"timestamp":"2025-03-14T12:34:02+0100"')
  })

  it('are a watermark as fractions of seconds, exactly', async () => {
    const place = await sealedPlace()
    const settings = { incremental: { by: { watermark: 'at' } } }
    await place.seal(DAY, [{ at: 1741952042.133169 }, { at: 1741952042.133168 }])
    await place.export(settings)
    await place.seal('2025-03-15', [{ at: 1741952042.133169 }, { at: 1741952042.13317 }])
    const outcome = await place.export(settings)
    expect(await checkedText(place, outcome)).toBe('{"at":1741952042.13317}\n')
  })

  it('that cannot be read beyond a watermark are counted, and are no success alone', async () => {
    const place = await sealedPlace()
    const settings = { incremental: { by: { watermark: 'at' } } }
    await place.seal(DAY, [{ at: '2025-03-14T00:00:00Z' }])
    await place.export(settings)
    await place.seal('2025-03-15', [{ at: 'later' }])
    const error = await thrownBy(() => place.export(settings))
    expect(error.message).toContain('whose at is no time; seen: "later"')
    await place.seal('2025-03-15', [{ at: 'later' }, { at: '2025-03-15T00:00:00+0000' }])
    expect(await place.export(settings)).toMatchObject({ rowsWithoutTime: 1, run: { rows_out: 1 } })
  })
})
