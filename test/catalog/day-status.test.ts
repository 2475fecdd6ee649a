import { describe, expect, test } from 'vitest'
import type { DayListing } from '../../lib/archive/day-listing.ts'
import { HOURS } from '../../lib/archive/guards.ts'
import { type DayFacts, dayStatus } from '../../lib/catalog/day-status.ts'
import type { Ledger } from '../../lib/convert/ledger.ts'
import { manifestOf } from './manifest-of.ts'

const DATE = '2025-03-14'
const TODAY = '2025-03-20'

describe('a day that is not sealed', () => {
  test('with all its hours can be sealed', () => {
    expect(status({ listing: listing(HOURS) })).toMatchObject({ state: 'unsealed', hours_found: 24, generation: null })
  })

  test('with an hour too few is incomplete, and names it; fewer hours may be enough', () => {
    const facts = { listing: listing(HOURS.slice(1)) }
    expect(status(facts)).toMatchObject({ state: 'incomplete', hours_found: 23, missing_hours: ['00'] })
    expect(status(facts, TODAY, 23)).toMatchObject({ state: 'unsealed', missing_hours: ['00'] })
  })

  test('that is over is never open, whatever it lacks and waits for', () => {
    const waitsFor = 'an upload is in flight'
    for (const hours of [HOURS, HOURS.slice(1), []]) {
      for (const uploads of [undefined, { silent: [], waitsFor, isRetired: () => false }]) {
        const facts = { listing: listing(hours), ...(uploads && { uploads }) }
        expect(status(facts).state).not.toBe('open')
        expect(status(facts, DATE).state).toBe('open')
      }
    }
  })

  test('waits for uploads when it has its hours; silent ones are not missing', () => {
    const uploads = { silent: ['07'], waitsFor: 'an upload is in flight', isRetired: () => false }
    const hours = HOURS.filter((hour) => hour !== '07')
    const waiting = { state: 'waiting', missing_hours: [], note: 'an upload is in flight' }
    expect(status({ listing: listing(hours), uploads })).toMatchObject(waiting)
    const incomplete = { state: 'incomplete', missing_hours: ['00'], note: 'an upload is in flight' }
    expect(status({ listing: listing(hours.slice(1)), uploads })).toMatchObject(incomplete)
  })

  test('is open while it is not over, whatever it holds', () => {
    expect(status({ listing: listing(HOURS) }, DATE).state).toBe('open')
    expect(status({ listing: undefined }, DATE).state).toBe('open')
    expect(status({ listing: listing(HOURS.slice(3)) }, DATE).missing_hours).toEqual([])
    expect(status({ listing: undefined }, '2025-03-15')).toMatchObject({ state: 'missing', missing_hours: HOURS })
  })

  test('says when two objects claim one hour', () => {
    const clash = { ...listing(HOURS), clashes: [['20250314/05.jsonl', '20250314/05.jsonl.gz']] }
    expect(status({ listing: clash }).note).toBe('20250314/05.jsonl and 20250314/05.jsonl.gz claim one hour')
  })
})

describe('an hour whose file has no line', () => {
  test('is named, before the seal and after it', () => {
    expect(status({ listing: listing(HOURS, { '07': { size: 0 } }) })).toMatchObject({
      state: 'unsealed',
      note: 'empty: 07',
    })
    const seal = sealOf(HOURS)
    if (seal.kind !== 'manifest') throw new Error(seal.kind)
    const sources = seal.manifest.sources.map((source) =>
      source.hour === '07' ? { ...source, lines_read: 3, blank: 3, rows_written: 0 } : source,
    )
    const after = status({ listing: listing(HOURS), seal: { ...seal, manifest: { ...seal.manifest, sources } } })
    expect(after).toMatchObject({ state: 'sealed', note: 'empty: 07' })
  })
})

describe('a sealed day', () => {
  test('is sealed while the archive is as it was', () => {
    const seen = status({ listing: listing(HOURS), seal: sealOf(HOURS) })
    const numbers = { hours_found: 24, missing_hours: [], rows: 240, bytes: 1000 }
    expect(seen).toEqual({ date: DATE, state: 'sealed', generation: 1, ...numbers })
  })

  test('stays sealed when sources are gone', () => {
    expect(status({ listing: undefined, seal: sealOf(HOURS) }).state).toBe('sealed')
    expect(status({ listing: listing(HOURS.slice(2)), seal: sealOf(HOURS) }).state).toBe('sealed')
  })

  test('is partial when it was sealed so', () => {
    const hours = HOURS.slice(0, 20)
    expect(status({ listing: listing(hours), seal: sealOf(hours) })).toMatchObject({
      state: 'partial',
      hours_found: 20,
      missing_hours: ['20', '21', '22', '23'],
    })
  })

  test('is stale when a late hour is there', () => {
    const late = status({ listing: listing(HOURS), seal: sealOf(HOURS.slice(0, 22)) })
    expect(late).toMatchObject({ state: 'stale', hours_found: 22, note: 'new: 22–23' })
  })

  test('is stale when an etag or a size is another one', () => {
    for (const change of [{ etag: 'other' }, { size: 11 }]) {
      const archive = listing(HOURS, { '07': change })
      expect(status({ listing: archive, seal: sealOf(HOURS) })).toMatchObject({ state: 'stale', note: 'changed? 07' })
    }
  })

  test('is not stale under an etag for which the ledger has found the same content, and only then', () => {
    const archive = listing(HOURS, { '07': { etag: 'other' } })
    const { manifest } = sealOf(HOURS)
    const sealed = manifest.sources.find(({ hour }) => hour === '07')!
    const foundAs = (change: object) => {
      const ledgers = new Map([['07', { sources: [{ ...sealed, etag: 'other', ...change }] }]])
      return status({ listing: archive, seal: sealOf(HOURS, ledgers) }).state
    }
    expect(foundAs({})).toBe('sealed')
    expect(foundAs({ etag: 'another' })).toBe('stale')
    expect(foundAs({ sha256: 'b'.repeat(64) })).toBe('stale')
    expect(foundAs({ key: '20250314/08.jsonl.gz' })).toBe('stale')
  })

  test('is damaged when its manifest cannot be read', () => {
    const seal = { kind: 'damaged', generation: 3, message: 'it is no manifest' } as const
    const seen = status({ listing: listing(HOURS), seal })
    expect(seen).toMatchObject({ state: 'damaged', generation: 3, note: 'it is no manifest', rows: null })
  })
})

function status(facts: Partial<DayFacts>, today = TODAY, minHours = 24) {
  return dayStatus({ date: DATE, listing: undefined, seal: { kind: 'none' }, ...facts }, today, minHours)
}

function listing(hours: readonly string[], changes: Record<string, { etag?: string; size?: number }> = {}): DayListing {
  const objects = hours.map((hour) => {
    const object = { key: `20250314/${hour}.jsonl.gz`, size: 10, etag: `e${hour}`, modified: 0, ...changes[hour] }
    return [hour, [object]] as const
  })
  return { date: DATE, archiveDay: '20250314', hours: new Map(objects), unexpected: [], clashes: [] }
}

function sealOf(hours: readonly string[], ledgers: ReadonlyMap<string, Pick<Ledger, 'sources'>> = new Map()) {
  return { kind: 'manifest', manifest: manifestOf(DATE, hours), ledgers } as const
}
