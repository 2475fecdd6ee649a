import { expect, it } from 'vitest'
import type { Catalog } from '../../lib/catalog/catalog.ts'
import type { SourceRecord } from '../../lib/catalog/source-record.ts'
import { thrownBy } from '../thrown.ts'

const DAY = { dataset: 'tier3', date: '2025-03-14' }
const SHA = 'a'.repeat(64)

/** An arrival as an event tells it, at this second after midnight. */
export function arrived(sequencer: string | null, second = 0, change: Partial<{ key: string; etag: string }> = {}) {
  return {
    ...DAY,
    hour: '05',
    key: '20250314/05.jsonl.gz',
    etag: `etag ${sequencer}`,
    bytes: 10,
    sequencer,
    state: 'arrived',
    updated: `2025-03-14T06:00:${String(second).padStart(2, '0')}.000Z`,
    ...change,
  } as const satisfies SourceRecord
}

export function converted(sequencer: string | null, second: number, part_sha256: string | null = SHA) {
  return { ...arrived(sequencer, second), state: 'converted', part_sha256 } as const satisfies SourceRecord
}

export function failed(sequencer: string | null, second: number, error = 'corrupt'): SourceRecord {
  return { ...arrived(sequencer, second), state: 'failed', error }
}

export function deleted(sequencer: string | null, second: number): SourceRecord {
  const { etag: _, bytes: __, ...rest } = arrived(sequencer, second)
  return { ...rest, state: 'deleted' }
}

export function recordingSources(catalog: () => Catalog): void {
  const record = (source: SourceRecord) => catalog().recordSource(source)
  const all = () => catalog().sources(DAY.dataset, DAY.date)

  it('records an event once, however often it comes', async () => {
    expect(await record(arrived('0A1'))).toEqual({ kind: 'recorded', source: arrived('0A1') })
    for (let again = 1; again < 10; again++) {
      expect(await record(arrived('0A1', again))).toEqual({ kind: 'repeated', present: arrived('0A1') })
    }
    expect(await all()).toEqual([arrived('0A1')])
  })

  it('records one event of ten at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, second) => record(arrived('0A1', second))))
    expect(outcomes.filter(({ kind }) => kind === 'recorded')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'repeated')).toHaveLength(9)
    expect(await all()).toHaveLength(1)
  })

  it('ends with the newest event, in whatever order they come', async () => {
    const events = ['03', '01', '05', '02', '05', '04', '01']
    const kinds: string[] = []
    for (const [second, sequencer] of events.entries()) kinds.push((await record(arrived(sequencer, second))).kind)
    expect(kinds).toEqual(['recorded', 'older', 'recorded', 'older', 'repeated', 'older', 'older'])
    expect(await all()).toEqual([arrived('05', 2)])
  })

  it('ends with the newest of events that come at once', async () => {
    const sequencers = ['07', '03', '09', '01', '05', '08']
    await Promise.all(sequencers.map((sequencer) => record(arrived(sequencer))))
    expect((await all()).map(({ sequencer }) => sequencer)).toEqual(['09'])
  })

  it('follows an object through its states, and never back', async () => {
    await record(arrived('01', 1))
    expect((await record(failed('01', 2))).kind).toBe('recorded')
    expect((await record(arrived('01', 3))).kind).toBe('repeated')
    expect((await record(converted('01', 4))).kind).toBe('recorded')
    expect((await record(failed('01', 5))).kind).toBe('repeated')
    expect((await record(arrived('01', 6))).kind).toBe('repeated')
    expect(await all()).toEqual([converted('01', 4)])
  })

  it('takes the end of a conversion that began before a newer event for older', async () => {
    await record(arrived('01'))
    await record(arrived('02', 1))
    expect(await record(converted('01', 2))).toEqual({ kind: 'older', present: arrived('02', 1) })
  })

  it('knows a deleted object, and one that comes after it', async () => {
    await record(converted('01', 1))
    expect((await record(deleted('03', 2))).kind).toBe('recorded')
    expect((await record(arrived('02', 3))).kind).toBe('older')
    expect(await all()).toEqual([deleted('03', 2)])
    expect((await record(arrived('04', 4))).kind).toBe('recorded')
    expect(await all()).toEqual([arrived('04', 4)])
  })

  it('orders sequencers of different lengths as S3 does', async () => {
    await record(arrived('00000001'))
    expect((await record(arrived('1', 1))).kind).toBe('recorded')
    expect((await record(arrived('1000', 2, { etag: 'etag 1' }))).kind).toBe('repeated')
    expect((await record(arrived('0fffffffffffffffffff', 3))).kind).toBe('older')
    expect((await record(arrived('10001', 4))).kind).toBe('recorded')
    expect((await all()).map(({ sequencer }) => sequencer)).toEqual(['10001'])
  })

  it('keeps keys apart that look alike, and lists all of them in order', async () => {
    const keys = hostileKeys()
    for (const key of keys) expect((await record(arrived('01', 0, { key }))).kind).toBe('recorded')
    const found = await all()
    expect(new Set(found.map(({ key }) => key))).toEqual(new Set(keys))
    expect(found).toHaveLength(keys.length)
    const bytes = found.map(({ key }) => Buffer.from(key))
    expect(bytes.toSorted(Buffer.compare)).toEqual(bytes)
  })

  it('keeps days and datasets apart', async () => {
    await record(arrived('01'))
    for (const [dataset, date] of [
      ['tier3', '2025-03-15'],
      ['tier', '2025-03-14'],
      ['tier3-2025', '2025-03-14'],
      ['Tier3', '2025-03-14'],
    ] as const) {
      expect(await catalog().sources(dataset, date)).toEqual([])
    }
    expect(await all()).toHaveLength(1)
  })

  it('refuses what cannot be recorded', async () => {
    const wrong: readonly Record<string, unknown>[] = [
      { key: '' },
      { key: 'a\ud800' },
      { key: 'ü'.repeat(513) },
      { dataset: 'a#b' },
      { dataset: '../a' },
      { date: '2025-03-14#x' },
      { date: '2025-02-29' },
      { hour: '24' },
      { sequencer: '' },
      { sequencer: 'xyz' },
      { bytes: -1 },
      { updated: '2025-03-14' },
      { state: 'lost' },
      { extra: 1 },
    ]
    for (const change of wrong) {
      const error = await thrownBy(() => record({ ...arrived('01'), ...change } as SourceRecord))
      expect(error.code).toBe('usage')
      expect(error.message).toContain(Object.keys(change)[0])
    }
    for (const [dataset, date] of [
      ['tier3#2025-03-14', '2025-03-14'],
      ['tier3', '2025-03-14/../2025-03-15'],
      ['', '2025-03-14'],
    ] as const) {
      expect((await thrownBy(() => catalog().sources(dataset, date))).code).toBe('usage')
    }
    expect(await all()).toEqual([])
  })

  it('keeps the beginning of an error that is too long, and says so', async () => {
    await record(failed('01', 1, `${'e'.repeat(1971)}${'\u{1f600}'.repeat(5000)}`))
    const [found] = await all()
    const error = found?.state === 'failed' ? found.error : ''
    expect(error.length).toBeLessThanOrEqual(2000)
    expect(error).toMatch(/^e{1971} … \(11971 characters in all\)$/u)
    expect(error.isWellFormed()).toBe(true)
  })
}

/** Names that an encoding might confuse, or that mean something to a file system or in a DynamoDB key. */
function hostileKeys(): readonly string[] {
  return [
    'a',
    'A',
    'a/b',
    'a%2fb',
    'a%2Fb',
    'a#b',
    'a#b#c',
    'a b',
    'a+b',
    '..',
    '../../a',
    '.',
    '/a',
    'a/',
    'a//b',
    '.dayseal-tmp-1',
    'a.json',
    'a\nb',
    'a\u0000b',
    'é',
    'e\u0301',
    '\ufffd',
    '\u{1f600}',
    '__proto__',
    'con',
    'x'.repeat(1024),
    `${'x'.repeat(1023)}y`,
    'Ü'.repeat(512),
    '20250314/05.jsonl.gz',
  ]
}
