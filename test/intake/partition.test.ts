import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { listUploads } from '../../lib/intake/ledger-listing.ts'
import type { PartitionOutcome } from '../../lib/intake/partition-outcome.ts'
import { uploadQuarantineKey } from '../../lib/intake/upload-keys.ts'
import type { PartitionedUpload } from '../../lib/intake/upload-ledger.ts'
import { sha256 } from '../../lib/sha256.ts'
import {
  bytesOf,
  eventAt,
  everythingIn,
  intakeDataset,
  intakePlace,
  linesIn,
  partitionKey,
  put,
  sliceKeys,
} from './intake-place.ts'

let place: Awaited<ReturnType<typeof intakePlace>>
beforeEach(async () => {
  place = await intakePlace()
})
afterEach(() => place.remove())

const KEY = 'uploads/a.jsonl'

async function partitioned(content: string | Uint8Array, key = KEY, request = {}): Promise<PartitionedUpload> {
  await put(place.archive, key, content)
  return ledgerOf(await partitionKey(place, key, request))
}

function ledgerOf(outcome: PartitionOutcome): PartitionedUpload {
  if (outcome.kind !== 'partitioned') throw new Error(JSON.stringify(outcome))
  return outcome.ledger
}

const live = async () => [...(await listUploads(place.archive, 'uploads/')).live.keys()]

describe('an upload becomes slices', () => {
  const lines = [
    eventAt('2025-03-14T05:59:59.999999Z', { n: 1 }),
    eventAt('2025-03-14T06:00:00Z', { n: 2 }),
    '\n',
    eventAt('2025-03-14T01:30:00-05:00', { n: 3 }),
    eventAt(1741935600, { n: 4, exact: '12345678901234567890' }),
    eventAt('2025-03-13T23:59:59+00:30', { n: 5 }),
  ]

  test('by the UTC day and hour of each event, in the order of the upload', async () => {
    const { id, slices, events, upload, seq } = await partitioned(lines.join(''))
    expect(slices.map(({ key, rows }) => [key, rows])).toEqual([
      [`20250313/23/${id}.jsonl.gz`, 1],
      [`20250314/05/${id}.jsonl.gz`, 1],
      [`20250314/06/${id}.jsonl.gz`, 2],
      [`20250314/07/${id}.jsonl.gz`, 1],
    ])
    expect(events).toEqual({ read: 5, sliced: 5, quarantined: {}, blank: 1 })
    expect(await linesIn(place.archive, slices[2]!.key)).toEqual([lines[1]!.trim(), lines[3]!.trim()])
    for (const { key, sha256: hash, bytes } of slices) {
      const stored = await bytesOf(place.archive, key)
      expect([sha256(stored), stored.length]).toEqual([hash, bytes])
    }
    expect(upload).toMatchObject({ key: KEY, sha256: sha256(Buffer.from(lines.join(''))) })
    expect(seq).toBe(1)
  })

  test('and what could not become one is kept with its place and why', async () => {
    const { id, events, quarantine, slices } = await partitioned(
      [
        eventAt('2025-03-14T05:00:00Z'),
        'broken\n',
        '[]\n',
        eventAt('yesterday'),
        eventAt(null),
        eventAt('2016-12-31T23:59:60Z'),
        eventAt('2025-02-29T00:00:00Z'),
        eventAt(0),
        eventAt('2999-01-01T00:00:00Z'),
      ].join(''),
    )
    expect(events.quarantined).toEqual({
      impossible_timestamp: 3,
      no_timestamp: 1,
      not_json: 1,
      not_object: 1,
      outside_window: 2,
    })
    expect([events.read, events.sliced, slices.length]).toEqual([9, 1, 1])
    expect(quarantine).toMatchObject({ key: uploadQuarantineKey(id), lines: 8 })
    const records = (await linesIn(place.archive, uploadQuarantineKey(id))).map((line) => JSON.parse(line))
    expect(records.map(({ line, reason, text }) => [line, reason, text])).toEqual([
      [2, 'not_json', 'broken'],
      [3, 'not_object', '[]'],
      [4, 'impossible_timestamp', '{"ts":"yesterday"}'],
      [5, 'no_timestamp', '{"ts":null}'],
      [6, 'outside_window', '{"ts":"2016-12-31T23:59:60Z"}'],
      [7, 'impossible_timestamp', '{"ts":"2025-02-29T00:00:00Z"}'],
      [8, 'impossible_timestamp', '{"ts":0}'],
      [9, 'outside_window', '{"ts":"2999-01-01T00:00:00Z"}'],
    ])
    expect(records[1]).toEqual({
      line: 3,
      offset: eventAt('2025-03-14T05:00:00Z').length + 7,
      bytes: 2,
      reason: 'not_object',
      detail: 'an array, not an object',
      text: '[]',
    })
  })

  test('an empty one has a ledger, and nothing else', async () => {
    const { events, slices, quarantine } = await partitioned('')
    expect([events, slices, quarantine]).toEqual([{ read: 0, sliced: 0, quarantined: {}, blank: 0 }, [], null])
    expect(await sliceKeys(place.archive)).toEqual([])
    expect((await listUploads(place.archive, 'uploads/')).inFlight).toEqual([])
  })

  test('one whose events have no time of their own goes where it arrived', async () => {
    const { modified } = await put(place.archive, KEY, '{"n":1}\n{"n":2}\n')
    const request = { dataset: intakeDataset({ timestamp: 'arrival' }) }
    const { slices } = ledgerOf(await partitionKey(place, KEY, request))
    const arrived = new Date(modified).toISOString()
    expect(slices).toMatchObject([{ date: arrived.slice(0, 10), hour: arrived.slice(11, 13), rows: 2 }])
    // The same content under another name arrived when it first did.
    const again = await partitioned('{"n":1}\n{"n":2}\n', 'uploads/b.jsonl', request)
    expect([again.relation, again.slices]).toEqual(['same', slices])
    expect(await live()).toHaveLength(1)
  })

  test('times later than the upload may know are left out, as long as they are', async () => {
    const ahead = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    const content = eventAt(ahead(23)) + eventAt(ahead(25))
    const first = await partitioned(content)
    expect(first.events).toMatchObject({ sliced: 1, quarantined: { outside_window: 1 } })
    const later = new Date(Date.now() + 7_200_000)
    await utimes(join(place.archive.location, KEY), later, later)
    const second = ledgerOf(await partitionKey(place, KEY))
    expect(second.events).toMatchObject({ sliced: 2, quarantined: {} })
    expect(second.id).not.toBe(first.id)
    expect(await sliceKeys(place.archive)).toEqual(second.slices.map(({ key }) => key))
  })

  test('whatever its bytes are packed as and come in, the slices are those of its lines', async () => {
    const many = Array.from({ length: 3000 }, (_, n) =>
      eventAt(new Date(Date.parse('2025-03-14T00:00:00Z') + ((n * 7919) % 86_400) * 1000).toISOString(), { n }),
    ).join('')
    const request = (pieceBytes: number) => ({
      upload: {
        key: `by-${pieceBytes}`,
        info: { key: 'x', etag: 'e', size: many.length, modified: Date.now() },
        store: {
          ...place.archive,
          head: async () => ({ key: 'x', etag: 'e', size: many.length, modified: 0 }),
          async *read(_: string, { start = 0, end = many.length } = {}) {
            const bytes = Buffer.from(many)
            for (let at = start; at < end; at += pieceBytes) yield bytes.subarray(at, Math.min(at + pieceBytes, end))
          },
        },
      },
    })
    const whole = await partitioned(many)
    const before = await everythingIn(place.archive)
    for (const pieceBytes of [7, 4096, 1 << 20]) {
      for (const { key } of await place.archive.list('')) if (key !== KEY) await place.archive.delete(key)
      const again = ledgerOf(await partitionKey(place, KEY, request(pieceBytes)))
      expect([again.id, again.slices, again.relation]).toEqual([whole.id, whole.slices, 'new'])
      for (const { key } of whole.slices)
        expect((await bytesOf(place.archive, key)).toString('hex')).toBe(before.get(key))
    }
    const packed = await partitioned(gzipSync(many), 'uploads/a.jsonl.gz')
    expect([packed.id, packed.slices, packed.relation]).toEqual([whole.id, whole.slices, 'same'])
  })
})

describe('exactly once in effect', () => {
  const content = eventAt('2025-03-14T05:00:00Z') + eventAt('2025-03-14T06:00:00Z') + eventAt('never')

  test('the same upload delivered ten times, five of them at once', async () => {
    await put(place.archive, KEY, content)
    const atOnce = await Promise.all(Array.from({ length: 5 }, () => partitionKey(place, KEY)))
    const before = await everythingIn(place.archive)
    const after = []
    for (let n = 0; n < 5; n++) after.push(await partitionKey(place, KEY))
    expect(after.map(({ kind }) => kind)).toEqual(Array.from({ length: 5 }, () => 'already-partitioned'))
    const ledgers = [...atOnce, ...after].map((outcome) => 'ledger' in outcome && outcome.ledger)
    for (const ledger of ledgers) expect(ledger).toEqual(ledgers[0])
    expect(await everythingIn(place.archive)).toEqual(before)
    expect([...before.keys()].filter((key) => key.endsWith('.json'))).toHaveLength(1)
    expect(await sliceKeys(place.archive)).toHaveLength(2)
  })

  test('by two names: a ledger for each, and slices once', async () => {
    const first = await partitioned(content)
    const etags = await Promise.all(first.slices.map(({ key }) => place.archive.head(key)))
    const second = await partitioned(content, 'uploads/other/name')
    const of = { key: KEY, seq: 1, id: first.id }
    expect({ ...second, upload: first.upload }).toEqual({ ...first, relation: 'same', of })
    expect(await Promise.all(first.slices.map(({ key }) => place.archive.head(key)))).toEqual(etags)
    expect(await sliceKeys(place.archive)).toHaveLength(2)
    const { live: versions } = await listUploads(place.archive, 'uploads/')
    expect([...versions].map(([id, of]) => [id, of.length])).toEqual([[first.id, 2]])
  })

  test('by two names that are told apart: each counts', async () => {
    const dataset = intakeDataset({ identity: 'name-and-content' })
    const first = await partitioned(content, KEY, { dataset })
    const second = await partitioned(content, 'uploads/other/name', { dataset })
    expect([second.relation, second.id === first.id]).toEqual(['new', false])
    expect(await sliceKeys(place.archive)).toHaveLength(4)
    expect((await partitioned(gzipSync(content), KEY, { dataset })).relation).toBe('same')
    expect(await sliceKeys(place.archive)).toHaveLength(4)
  })

  test('put again without a change, it is a new version of the same slices', async () => {
    const first = await partitioned(content)
    const second = await partitioned(content)
    expect([second.seq, second.id, second.slices, second.relation]).toEqual([2, first.id, first.slices, 'same'])
    expect(await linesIn(place.archive, first.slices[0]!.key)).toHaveLength(1)
    expect((await listUploads(place.archive, 'uploads/')).inFlight).toEqual([])
  })

  test('in a file that has become empty, what was in it counts on', async () => {
    const first = await partitioned(content)
    const emptied = await partitioned('')
    expect([emptied.seq, emptied.id, emptied.relation, emptied.slices]).toEqual([
      2,
      first.id,
      'contained',
      first.slices,
    ])
    expect(await sliceKeys(place.archive)).toHaveLength(2)
  })

  test('other settings make other slices in place of the first', async () => {
    const first = await partitioned(content)
    const dataset = intakeDataset({ firstDay: '2025-03-14', futureHours: 1 })
    const again = ledgerOf(await partitionKey(place, KEY, { dataset }))
    expect([again.seq, again.id === first.id, again.relation]).toEqual([2, false, 'again'])
    expect(again.retires).toEqual([{ key: KEY, seq: 1, id: first.id }])
    expect(await sliceKeys(place.archive)).toEqual(again.slices.map(({ key }) => key))
    expect((await partitionKey(place, KEY, { dataset })).kind).toBe('already-partitioned')
    // And the first settings make them once more, under a new id: one that was retired stays so.
    const back = ledgerOf(await partitionKey(place, KEY))
    expect([back.seq, back.relation, await live()]).toEqual([3, 'again', [back.id]])
    expect(back.id).not.toBe(first.id)
    expect(back.slices.map(({ sha256 }) => sha256)).toEqual(first.slices.map(({ sha256 }) => sha256))
  })
})

describe('a name that gets another content', () => {
  const lines = (hours: readonly number[], more = {}) =>
    hours.map((hour) => eventAt(`2025-03-14T${String(hour).padStart(2, '0')}:30:00Z`, { hour, ...more })).join('')
  const rows = async () => {
    const { isLive } = await listUploads(place.archive, 'uploads/')
    const keys = (await sliceKeys(place.archive)).filter(isLive)
    return (await Promise.all(keys.map((key) => linesIn(place.archive, key)))).flat().length
  }

  test('with no line in common counts beside what it was', async () => {
    const first = await partitioned(lines([1, 2]))
    const second = await partitioned(lines([2, 3], { other: true }))
    expect([second.relation, second.seq, await rows()]).toEqual(['beside', 2, 4])
    expect(await live()).toEqual([first.id, second.id])
  })

  test.each([
    ['one line of it corrected', lines([1, 2, 3]).replace('"hour":2', '"hour":2.5')],
    ['its first line gone', lines([2, 3])],
    ['its last line carried over', lines([3, 4, 5, 6])],
  ])('with %s is held, and what it was counts on', async (_, content) => {
    const first = await partitioned(lines([1, 2, 3]))
    await put(place.archive, KEY, content)
    const outcome = await partitionKey(place, KEY)
    expect(outcome).toMatchObject({ kind: 'held', ledger: { seq: 2, cause: 'lines-in-common', dates: ['2025-03-14'] } })
    expect(await partitionKey(place, KEY)).toEqual(outcome)
    const { inFlight, held } = await listUploads(place.archive, 'uploads/')
    expect([inFlight, held, await live()]).toEqual([[], [outcome.kind === 'held' && outcome.ledger], [first.id]])
    expect(await rows()).toBe(3)
  })

  test('takes the place of what it was when somebody says so, here or in the configuration', async () => {
    for (const request of [{ decision: 'replace' as const }, { dataset: intakeDataset({ onReplace: 'replace' }) }]) {
      const first = await partitioned(lines([1, 2, 3], { request: Object.keys(request) }))
      const second = await partitioned(lines([2, 3, 4], { request: Object.keys(request) }), KEY, request)
      expect(second.retires).toEqual([{ key: KEY, seq: first.seq, id: first.id }])
      expect(second.relation).toBe('replaces')
      expect((await live()).filter((id) => [first.id, second.id].includes(id))).toEqual([second.id])
      await partitioned(eventAt('2025-03-15T00:00:00Z'), KEY, { decision: 'replace-all' })
    }
  })

  test('takes the place of all that it had grown to', async () => {
    await partitioned(lines([1, 2]))
    const grown = await partitioned(lines([1, 2, 3, 4]))
    expect([grown.relation, grown.events.read, await rows()]).toEqual(['grown', 2, 4])
    const corrected = await partitioned(lines([1, 2, 3, 4]).replace('"hour":1', '"hour":"one"'), KEY, {
      decision: 'replace',
    })
    expect(corrected.retires).toHaveLength(2)
    expect([await rows(), await live()]).toEqual([4, [corrected.id]])
  })

  test('but not of what another name still is', async () => {
    const first = await partitioned(lines([1, 2, 3]))
    await partitioned(lines([1, 2, 3]), 'uploads/copy.jsonl')
    const corrected = await partitioned(lines([1, 2, 4]), KEY, { decision: 'replace' })
    expect([corrected.retires, await live()]).toEqual([undefined, [first.id, corrected.id]])
  })

  test('counts beside it when somebody says so', async () => {
    const first = await partitioned(lines([1, 2, 3]))
    const second = await partitioned(lines([3, 4]), KEY, { dataset: intakeDataset({ onReplace: 'keep' }) })
    expect([second.relation, await rows(), await live()]).toEqual(['beside', 5, [first.id, second.id]])
  })

  test('that was corrected in what had been added is held, too', async () => {
    await partitioned(lines([1, 2]))
    await partitioned(lines([1, 2, 3, 4, 5]))
    await put(place.archive, KEY, lines([1, 2, 3, 4, 5]).replace('"hour":4', '"hour":4.5'))
    expect(await partitionKey(place, KEY)).toMatchObject({ kind: 'held', ledger: { cause: 'lines-in-common' } })
    expect(await rows()).toBe(5)
  })

  test('that ends within a line is what it was, if that has such a line', async () => {
    const whole = lines([1, 2, 3])
    const first = await partitioned(whole)
    expect(await partitioned(whole.slice(0, -10))).toMatchObject({ relation: 'contained', id: first.id })
    await put(place.archive, KEY, `${whole.slice(0, -10)}x`)
    expect((await partitionKey(place, KEY)).kind).toBe('held')
    expect(await rows()).toBe(3)
  })

  test('of which a line was cut when it was read grows by that line', async () => {
    const whole = lines([1, 2, 3])
    const cut = await partitioned(whole.slice(0, -10))
    expect(cut.events).toMatchObject({ sliced: 2, quarantined: { not_json: 1 } })
    const grown = await partitioned(whole)
    expect([grown.relation, grown.events, await live()]).toEqual([
      'again',
      { read: 3, sliced: 3, quarantined: {}, blank: 0 },
      [grown.id],
    ])
    expect(await place.archive.head(uploadQuarantineKey(cut.id))).toBeUndefined()
  })
})

describe('a run that finds less', () => {
  const content = eventAt('2025-03-14T05:00:00Z').repeat(3) + eventAt('2025-03-14T06:00:00Z')
  const typo = { timestamp: { path: 'time' } }

  test('than may be quarantined is held, and what was found before counts on', async () => {
    const first = await partitioned(content)
    const outcome = await partitionKey(place, KEY, { dataset: intakeDataset(typo, undefined, 0.05) })
    expect(outcome).toMatchObject({ kind: 'held', ledger: { cause: 'quarantine-share', dates: [] } })
    expect(outcome.kind === 'held' && outcome.ledger.reason).toMatch(
      /^4 of 4 lines are no events, at most 5 % may be .*; the first is line 1, no_timestamp: nothing at time: "{\\"ts/,
    )
    expect([await live(), await sliceKeys(place.archive)]).toEqual([[first.id], first.slices.map(({ key }) => key)])
  })

  test('of few lines that are no events is as much as the limit says', async () => {
    const dataset = intakeDataset({}, undefined, 0.25)
    await put(place.archive, KEY, `${content}broken\n`)
    expect((await partitionKey(place, KEY, { dataset })).kind).toBe('partitioned')
    await put(place.archive, 'uploads/b', `${content.slice(0, -40)}broken\nbroken\n`)
    expect((await partitionKey(place, 'uploads/b', { dataset })).kind).toBe('held')
  })

  test('than before is held, unless somebody says that it takes the place of that', async () => {
    const first = await partitioned(content)
    const dataset = intakeDataset({ firstDay: '2025-03-15' })
    expect(await partitionKey(place, KEY, { dataset })).toMatchObject({
      kind: 'held',
      ledger: { cause: 'fewer-events' },
    })
    expect(await live()).toEqual([first.id])
    const replaced = ledgerOf(await partitionKey(place, KEY, { dataset, decision: 'replace-all' }))
    expect([replaced.events.sliced, await live()]).toEqual([0, [replaced.id]])
  })

  test('of a file elsewhere is told, and leaves nothing in the archive', async () => {
    const info = await put(place.archive, 'elsewhere/a', 'nothing\n')
    const upload = { key: 'file:///a', store: { ...place.archive }, info }
    const outcome = await partitionKey(place, 'elsewhere/a', { upload, dataset: intakeDataset({}, undefined, 0.05) })
    expect(outcome.kind).toBe('held')
    expect((await place.archive.list('_uploads/ledgers/')).length).toBe(0)
  })
})

describe('what is refused', () => {
  test.each([
    ['a binary file', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff, 0, 0xfe]), /is no text/],
    ['a cut gzip file', gzipSync(eventAt('2025-03-14T05:00:00Z').repeat(99)).subarray(0, 60), /is cut or damaged/],
  ])('%s has a ledger that says why, and takes nothing away', async (_, bytes, reason) => {
    const first = await partitioned(eventAt('2025-03-14T05:00:00Z'))
    await put(place.archive, KEY, bytes)
    const outcome = await partitionKey(place, KEY)
    expect(outcome).toMatchObject({ kind: 'refused', ledger: { seq: 2, upload: { sha256: sha256(bytes) } } })
    expect(outcome.kind === 'refused' && outcome.ledger.reason).toMatch(reason)
    expect(await partitionKey(place, KEY)).toEqual(outcome)
    const { inFlight, refused } = await listUploads(place.archive, 'uploads/')
    expect([inFlight, refused.length, await live()]).toEqual([[], 1, [first.id]])
    expect(await sliceKeys(place.archive)).toEqual(first.slices.map(({ key }) => key))
    const mended = await partitioned(eventAt('2025-03-14T07:00:00Z'))
    expect([mended.seq, await live()]).toEqual([3, [first.id, mended.id]])
  })

  test('events of more hours than one upload may have', async () => {
    const start = Date.parse('2020-01-01T00:00:00Z')
    const hours = Array.from({ length: 20_001 }, (_, n) => eventAt(new Date(start + n * 3_600_000).toISOString()))
    await put(place.archive, KEY, hours.join(''))
    const outcome = await partitionKey(place, KEY)
    expect(outcome.kind === 'refused' && outcome.ledger.reason).toMatch(/too many hours; seen: more than 20000/)
    expect(await sliceKeys(place.archive)).toEqual([])
  })
})

describe('an upload that changes while it is read', () => {
  const content = eventAt('2025-03-14T05:00:00Z').repeat(100)

  test.each(['replaced', 'removed'])('and is %s leaves nothing that counts', async (how) => {
    await put(place.archive, KEY, content)
    const archive = {
      ...place.archive,
      async *read(key: string, options = {}) {
        if (key === KEY && how === 'replaced') await put(place.archive, KEY, content.repeat(2))
        if (key === KEY && how === 'removed') await place.archive.delete(KEY)
        yield* place.archive.read(key, options)
      },
    }
    expect(await partitionKey({ ...place, archive }, KEY)).toEqual({ kind: 'superseded', key: KEY })
    expect((await listUploads(place.archive, 'uploads/')).live.size).toBe(0)
  })

  test('or just after, before its ledger is written: the later version wins', async () => {
    await put(place.archive, KEY, content)
    let later: PartitionOutcome | undefined
    const info = (await place.archive.head(KEY))!
    const store = {
      ...place.archive,
      async head(key: string) {
        if (later !== undefined) return place.archive.head(key)
        await put(place.archive, KEY, eventAt('2025-03-14T09:00:00Z'))
        later = await partitionKey(place, KEY)
        return info
      },
    }
    const outcome = await partitionKey(place, KEY, { upload: { key: KEY, store, info } })
    expect(outcome).toEqual({ kind: 'superseded', key: KEY })
    expect(await live()).toEqual([ledgerOf(later!).id])
  })
})

describe('a decision is about what it is said of', () => {
  const line = (m: string, hour = '01') => eventAt(`2025-03-14T${hour}:00:00Z`, { m })
  const counted = async () => {
    const { isLive } = await listUploads(place.archive, 'uploads/')
    const keys = (await sliceKeys(place.archive)).filter(isLive)
    const lines = (await Promise.all(keys.map((key) => linesIn(place.archive, key)))).flat()
    return lines.map((text) => JSON.parse(text).m).sort()
  }
  const partition = async (name: string, content: string, request = {}) => {
    await put(place.archive, `uploads/${name}`, content)
    return partitionKey(place, `uploads/${name}`, request)
  }
  const again = (name: string, request = {}) => partitionKey(place, `uploads/${name}`, request)
  const REPLACE = { decision: 'replace-all' as const }

  test('--replace takes the place of what lines are in common with, not of what the name was last', async () => {
    await partition('a.log', line('1') + line('2'))
    await partition('a.log', line('y1') + line('y2'))
    expect((await partition('a.log', line('1') + line('two'))).kind).toBe('held')
    expect(await again('a.log', REPLACE)).toMatchObject({ kind: 'partitioned', retired: [{ seq: 1 }] })
    expect(await counted()).toEqual(['1', 'two', 'y1', 'y2'])
  })

  test('and of what came back last', async () => {
    await partition('a.log', line('x1') + line('x2'))
    await partition('a.log', line('y'))
    await partition('a.log', line('x1') + line('x2'))
    await partition('a.log', line('x1') + line('xx'), REPLACE)
    expect(await counted()).toEqual(['x1', 'xx', 'y'])
  })

  test('nothing is taken from another upload that lies there and has grown out of it', async () => {
    await partition('app.log', line('a') + line('beat'))
    await partition('app.log.1', line('a') + line('beat') + line('g'))
    await partition('app.log', line('beat') + line('new', '02'), REPLACE)
    expect(await counted()).toEqual(['a', 'beat', 'beat', 'g', 'new'])
    expect((await again('app.log.1')).kind).toBe('already-partitioned')
  })

  test('nor from one that this name was merely the beginning of', async () => {
    await partition('a.log', line('1') + line('2') + line('3'))
    await partition('b.log', line('1') + line('2'))
    await place.archive.delete('uploads/a.log')
    expect((await partition('b.log', line('1') + line('x'))).kind).toBe('held')
    await again('b.log', REPLACE)
    expect(await counted()).toEqual(['1', '1', '2', '3', 'x'])
  })

  test('nor, by onReplace, from an upload that merely begins alike', async () => {
    const csv = { dataset: intakeDataset({ format: 'csv', onReplace: 'replace' }) }
    await partition('a.csv', 'ts,m\n', csv)
    await partition('b.csv', 'ts,m\n2025-03-14T01:00:00Z,start\n2025-03-14T01:00:01Z,b1\n', csv)
    await partition('c.csv', 'ts,m\n2025-03-14T01:00:00Z,start\n2025-03-14T01:00:01Z,c1\n', csv)
    expect(await counted()).toEqual(['b1', 'c1', 'start', 'start'])
  })

  test('a tail that was corrected after it had been added is held', async () => {
    await partition('a.log', line('1') + line('2'))
    await partition('a.log', line('1') + line('2') + line('3'))
    expect((await partition('a.log', line('1') + line('2') + line('three'))).kind).toBe('held')
    await again('a.log', REPLACE)
    expect(await counted()).toEqual(['1', '2', 'three'])
  })

  test('a hold does not end because the file is moved or copied', async () => {
    await partition('a.log', line('1') + line('2'))
    const content = line('1') + line('x')
    expect((await partition('a.log', content)).kind).toBe('held')
    expect((await partition('a.log.1', content)).kind).toBe('held')
    expect((await again('a.log.1', { decision: 'keep' })).kind).toBe('partitioned')
    expect(await again('a.log')).toMatchObject({ kind: 'partitioned', ledger: { relation: 'same' } })
    expect(await counted()).toEqual(['1', '1', '2', 'x'])
  })

  test('--replace also of a content that is known, and after --keep', async () => {
    await partition('a.log', line('1') + line('2'))
    await partition('b.log', line('1') + line('z'))
    await partition('a.log', line('1') + line('z'), REPLACE)
    expect(await counted()).toEqual(['1', 'z'])
    await partition('c.log', line('1', '05') + line('2', '05'))
    await partition('c.log', line('1', '05') + line('3', '05'), { decision: 'keep' })
    expect(await again('c.log', REPLACE)).toMatchObject({ kind: 'partitioned', retired: [{ seq: 1 }] })
    expect(await again('c.log', REPLACE)).toMatchObject({ kind: 'already-partitioned' })
    expect(await counted()).toEqual(['1', '1', '3', 'z'])
  })

  test('marks of a run that was stopped before its ledger mean nothing', async () => {
    await partition('app.log', line('a') + line('b'))
    await put(place.archive, KEY.replace('a.jsonl', 'app.log'), line('a') + line('B'))
    const archive = {
      ...place.archive,
      putIfAbsent: async (key: string, bytes: Uint8Array) => {
        if (/ledgers\/.*2\.json$/.test(key)) throw new Error('killed')
        return place.archive.putIfAbsent(key, bytes)
      },
    }
    await expect(partitionKey({ ...place, archive }, 'uploads/app.log', REPLACE)).rejects.toThrow('killed')
    expect(await counted()).toEqual(['a', 'b'])
    expect((await again('app.log')).kind).toBe('held')
    expect(await counted()).toEqual(['a', 'b'])
    expect((await again('app.log', { decision: 'keep' })).kind).toBe('partitioned')
    expect(await counted()).toEqual(['B', 'a', 'a', 'b'])
  })

  test('a line that is too long for one, and was cut where a piece of it ends, is read anew', async () => {
    const dataset = intakeDataset()
    const request = { dataset: { ...dataset, limits: { ...dataset.limits, maxLineBytes: 1024 } } }
    const long = 'x'.repeat(2048)
    await partition('a.log', line('a') + long, request)
    const whole = await partition('a.log', `${line('a')}${long}${'x'.repeat(1024)}\n${line('more')}`, request)
    expect(whole).toMatchObject({ kind: 'partitioned', ledger: { relation: 'again', events: { read: 3, sliced: 2 } } })
    expect(await counted()).toEqual(['a', 'more'])
  })
})
