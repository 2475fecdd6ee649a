import { describe, expect, it } from 'vitest'
import { type DayRecord, dayRecord, LATE_LIMIT } from '../../lib/catalog/day-record.ts'
import {
  beginSeal,
  type Changed,
  completeSeal,
  failDay,
  leaveIncomplete,
  markStale,
  openDay,
} from '../../lib/catalog/day-transitions.ts'

const DAY = { dataset: 'tier3', date: '2025-03-14' }
const SHA = 'a'.repeat(64)

function at(minute: number): Date {
  return new Date(Date.UTC(2025, 2, 15) + minute * 60_000)
}

type Decision = { readonly kind: string }

/** The day after transitions that all have to be made, each a minute after the one before, as it would be stored. */
function dayAfter(...steps: readonly ((present: DayRecord | undefined, now: Date) => Decision)[]): DayRecord {
  const day = steps.reduce<DayRecord | undefined>((present, step, minute) => {
    const decided = step(present, at(minute))
    if (!isChanged(decided)) throw new Error(`step ${minute}: ${decided.kind}`)
    return dayRecord.parse({ ...decided.next, version: (present?.version ?? 0) + 1 })
  }, undefined)
  return day!
}

function isChanged(decided: Decision): decided is Changed {
  return decided.kind === 'changed'
}

type Step = (present: DayRecord | undefined, now: Date) => Decision

const opened: Step = (present, now) => openDay(present, DAY, 23, now)
const begun =
  (owner: string, minutes = 15): Step =>
  (present, now) =>
    beginSeal(present, DAY, { owner, until: new Date(now.getTime() + minutes * 60_000).toISOString() }, now)
const late =
  (key: string, etag = `etag of ${key}`): Step =>
  (present, now) =>
    markStale(present, { key, etag }, now)
const completed =
  (owner: string, generation: number, ...keys: readonly string[]): Step =>
  (present, now) =>
    completeSeal(
      present,
      DAY,
      {
        owner,
        generation,
        hours_found: 24,
        row_count: 100 * generation,
        parquet_size_bytes: 1000,
        manifest_key: `history/2025-03-14/manifest.g000${generation}.json`,
        manifest_sha256: SHA,
        sources: keys.map((key) => ({ key, etag: `etag of ${key}` })),
      },
      now,
    )
const failed =
  (owner: string, generation: number | null = null): Step =>
  (present, now) =>
    failDay(present, DAY, { owner, generation, note: 'it broke' }, now)
const incomplete =
  (owner: string): Step =>
  (present, now) =>
    leaveIncomplete(present, DAY, { owner, generation: null, hours_found: 22, note: '22 of 24 hours' }, now)

describe('a day', () => {
  it('goes from open to sealed', () => {
    expect(dayAfter(opened)).toMatchObject({ ...DAY, state: 'open', hours_found: 23, generation: null, version: 1 })
    const sealing = dayAfter(opened, begun('a'))
    expect(sealing).toMatchObject({ state: 'sealing', lease: { owner: 'a', until: at(16).toISOString() } })
    expect(dayAfter(opened, begun('a'), completed('a', 1, 'x'))).toMatchObject({
      state: 'sealed',
      generation: 1,
      hours_found: 24,
      row_count: 100,
      lease: null,
      late: [],
      version: 3,
      updated: at(2).toISOString(),
    })
  })

  it('is counted while it is open or incomplete, and not after', () => {
    expect(opened(dayAfter(opened), at(5)).kind).toBe('unchanged')
    expect(dayAfter(incomplete('a'), opened).state).toBe('open')
    for (const day of [dayAfter(begun('a')), dayAfter(completed('a', 1)), dayAfter(failed('a'))])
      expect(opened(day, at(5)).kind).toBe('unchanged')
  })

  it('can be told of a seal when the catalog was lost', () => {
    expect(dayAfter(completed('a', 3))).toMatchObject({ state: 'sealed', generation: 3, version: 1 })
  })
})

describe('a lease', () => {
  it('keeps others out until it has run out', () => {
    const day = dayAfter(begun('a', 10))
    expect(begun('b')(day, at(9))).toEqual({ kind: 'leased', lease: day.lease })
    expect(failed('b')(day, at(9))).toEqual({ kind: 'leased', lease: day.lease })
    expect(incomplete('b')(day, at(9))).toEqual({ kind: 'leased', lease: day.lease })
    expect(begun('b')(day, at(10))).toMatchObject({ kind: 'changed', next: { lease: { owner: 'b' } } })
    expect(begun('a')(day, at(9))).toMatchObject({ kind: 'changed', next: { lease: { until: at(24).toISOString() } } })
  })

  it('is ended by its owner alone, while it holds', () => {
    expect(dayAfter(begun('a'), failed('a'))).toMatchObject({ state: 'failed', lease: null, note: 'it broke' })
    expect(dayAfter(begun('a'), incomplete('a'))).toMatchObject({ state: 'incomplete', lease: null, hours_found: 22 })
    const taken = dayAfter(begun('a', 0), begun('b'), completed('a', 1))
    expect(taken).toMatchObject({ state: 'sealing', lease: { owner: 'b' }, generation: 1, row_count: 100 })
  })
})

describe('a generation', () => {
  it('is never replaced by an older one', () => {
    const day = dayAfter(completed('a', 2))
    expect(completed('b', 1)(day, at(5))).toEqual({ kind: 'superseded', generation: 2 })
    expect(dayAfter(completed('a', 2), completed('b', 2)).version).toBe(2)
  })

  it('is not failed by a run that knew an older one', () => {
    const day = dayAfter(begun('a', 0), begun('b', 0), completed('b', 1))
    expect(failed('a')(day, at(5))).toEqual({ kind: 'superseded', generation: 1 })
    expect(incomplete('a')(day, at(5))).toEqual({ kind: 'superseded', generation: 1 })
    expect(dayAfter(completed('b', 1), failed('verify', 1))).toMatchObject({ state: 'failed', generation: 1 })
  })

  it('stands when the next seal finds hours missing', () => {
    expect(dayAfter(completed('a', 1), begun('b'), incomplete('b'))).toMatchObject({ state: 'sealed', hours_found: 24 })
    expect(dayAfter(completed('a', 1), late('x'), begun('b'), incomplete('b')).state).toBe('stale')
  })
})

describe('an object that comes late', () => {
  it('makes a sealed day stale', () => {
    const day = dayAfter(completed('a', 1), late('x'), late('y'))
    expect(day.state).toBe('stale')
    expect(day.late.map(({ key }) => key)).toEqual(['x', 'y'])
  })

  it('means nothing for a day that was never sealed', () => {
    for (const day of [undefined, dayAfter(opened), dayAfter(incomplete('a')), dayAfter(failed('a'))])
      expect(late('x')(day, at(5))).toEqual({ kind: 'unchanged', present: day })
  })

  it('changes nothing when it is told again', () => {
    const day = dayAfter(completed('a', 1), late('x'))
    expect(late('x')(day, at(5))).toEqual({ kind: 'unchanged', present: day })
    expect(dayAfter(completed('a', 1), late('x', '1'), late('x', '2')).late).toMatchObject([{ key: 'x', etag: '2' }])
  })

  it('while the day is sealed makes it stale at the end, unless the seal holds it', () => {
    const during = [begun('a'), late('x'), late('y')]
    expect(dayAfter(...during)).toMatchObject({ state: 'sealing' })
    expect(dayAfter(...during, completed('a', 1, 'x', 'y'))).toMatchObject({ state: 'sealed', late: [] })
    const missed = dayAfter(...during, completed('a', 1, 'x'))
    expect(missed).toMatchObject({ state: 'stale', late: [{ key: 'y', listed: false }] })
    const replaced = dayAfter(begun('a'), late('x', 'another etag'), completed('a', 1, 'x'))
    expect(replaced).toMatchObject({ state: 'stale', late: [{ key: 'x', etag: 'another etag' }] })
  })

  it('before a seal began is dealt with by that seal, whatever its manifest says', () => {
    expect(dayAfter(completed('a', 1), late('x'), begun('b'), completed('b', 1))).toMatchObject({ state: 'sealed' })
    const another = dayAfter(completed('a', 1), late('x'), begun('b'), late('y'), completed('b', 2, 'x'))
    expect(another).toMatchObject({ state: 'stale', late: [{ key: 'y' }] })
  })

  it('is not forgotten when that seal fails, or is somebody else’s', () => {
    const broken = [completed('a', 1), late('x'), begun('b'), failed('b', 1)]
    expect(dayAfter(...broken)).toMatchObject({ state: 'failed', late: [{ key: 'x' }] })
    expect(dayAfter(...broken, late('y')).late).toHaveLength(2)
    expect(dayAfter(...broken, completed('verify', 1))).toMatchObject({ state: 'stale' })
    expect(dayAfter(...broken, begun('c'), completed('c', 2, 'x'))).toMatchObject({ state: 'sealed' })
    expect(dayAfter(completed('a', 1), late('x'), begun('b', 0), begun('c', 0), completed('b', 1)).state).toBe('stale')
  })

  it('is remembered as one of many when there are too many', () => {
    const many = Array.from({ length: LATE_LIMIT + 10 }, (_, index) => `hour ${index}`)
    const flood: Step = (present, now) =>
      many.reduce<Decision>(
        (decided, key) => {
          const day = isChanged(decided) ? { ...decided.next, version: 1 } : present
          const next = late(key)(day, now)
          return isChanged(next) ? next : decided
        },
        { kind: 'unchanged' },
      )
    const day = dayAfter(begun('a'), flood)
    expect(day.late).toHaveLength(LATE_LIMIT + 1)
    expect(day.late.at(-1)).toEqual({ key: null, etag: null, listed: false })
    expect(dayAfter(begun('a'), flood, completed('a', 1, ...many))).toMatchObject({
      state: 'stale',
      late: [{ key: null }],
    })
    const again = [begun('a'), flood, completed('a', 1, ...many), begun('b')]
    expect(dayAfter(...again, completed('b', 1, ...many))).toMatchObject({ state: 'sealed', late: [] })
    expect(dayAfter(begun('a'), flood, begun('a'), flood).late.at(-1)).toEqual({ key: null, etag: null, listed: false })
  })
})
