import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOURS } from '../../lib/archive/guards.ts'
import { convertHere } from '../../lib/convert/convert-here.ts'
import type { Converter } from '../../lib/convert/convert-hours.ts'
import { convertInThreads } from '../../lib/convert/convert-in-threads.ts'
import { attemptSeal } from '../../lib/seal/attempt.ts'
import { prepareHour } from '../../lib/seal/prepare-hour.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { thrownBy } from '../thrown.ts'
import { attemptOptions, DATE, NOW, ofKind } from './day.ts'
import { allHours, makeUploads } from './uploaded.ts'

type Place = Awaited<ReturnType<typeof makeUploads>>

let place: Place
beforeEach(async () => {
  place = await makeUploads()
})
afterEach(() => place.remove())

const sliceKey = (hour: string, id: string) => `${DATE.replaceAll('-', '')}/${hour}/${id}.jsonl.gz`
const removeSlice = (hour: string, id: string) => rm(join(place.location, sliceKey(hour, id)))
/** What `partition` does with another content: its slices, its ledger, and the old slices deleted. */
const replace = async (old: string, seq: number, hour = '05') => {
  const id = await place.partition('b.jsonl', { [hour]: [{ hour: `version ${seq}` }] }, { seq })
  await removeSlice(hour, old)
  return id
}
/** `act` comes after the seal has listed, and before it converts. */
const afterListing = (converter: Converter, act: () => Promise<unknown>): Converter => ({
  ...converter,
  async convert(tasks, stores, options) {
    await act()
    return converter.convert(tasks, stores, options)
  },
})
const once = (act: () => Promise<unknown>) => {
  let done: Promise<unknown> | undefined
  return () => {
    done ??= act()
    return done
  }
}

const attempt = (archive: ObjectStore) => attemptOptions(place.dataset, place.out, archive)

describe('a seal whose slices are deleted after it listed them', () => {
  it.each([
    ['a thread', () => convertInThreads(1)],
    ['its own thread', convertHere],
  ])('begins again when their upload was replaced, converting in %s', async (_, create) => {
    await place.partition('a.jsonl', allHours())
    const old = await place.partition('b.jsonl', { '05': [{ hour: 'old' }, { hour: 'old' }] })
    const converter = create()
    const overtaken = afterListing(
      converter,
      once(() => replace(old, 2)),
    )
    const outcome = await place.seal({ converter: overtaken }).finally(() => converter.close())
    const { manifest } = ofKind(outcome, 'sealed')
    expect([manifest.generation, manifest.row_count]).toEqual([1, 25])
    expect(manifest.uploads?.uploads.map(({ key, seq }) => [key, seq])).toEqual([
      ['uploads/a.jsonl', 1],
      ['uploads/b.jsonl', 2],
    ])
    expect((await place.verify()).result).toBe('passed')
  })

  it('gives up when they are replaced each time', async () => {
    await place.partition('a.jsonl', allHours())
    let seq = 1
    let id = await place.partition('b.jsonl', { '05': [{ hour: 'old' }] })
    const overtaken = afterListing(convertHere(), async () => {
      id = await replace(id, ++seq)
    })
    expect((await thrownBy(() => place.seal({ converter: overtaken }))).code).toBe('conflict')
    expect(seq).toBe(7)
    expect(await place.out.list('history/')).toEqual([])
  })

  it.each([
    ['by hand', async () => undefined],
    ['by hand, also while another upload is replaced', (old: string) => replace(old, 2, '06')],
  ])('fails when they were deleted %s', async (_, also) => {
    const a = await place.partition('a.jsonl', allHours())
    const old = await place.partition('b.jsonl', { '06': [{ hour: 'old' }] })
    const overtaken = afterListing(
      convertHere(),
      once(async () => {
        await removeSlice('05', a)
        await also(old)
      }),
    )
    const { code, reason, message } = await thrownBy(() => place.seal({ converter: overtaken }))
    expect([code, reason]).toEqual(['storage', 'object-missing'])
    expect(message).toContain(sliceKey('05', a))
  })

  it('fails when a slice that was gone before has to be read again', async () => {
    const id = await place.partition(
      'a.jsonl',
      allHours(() => [{ n: 1 }]),
    )
    ofKind(await place.seal(), 'sealed')
    await removeSlice('05', id)
    await place.partition('b.jsonl', { '06': [{ n: 'no number' }] })
    const { code, reason, message } = await thrownBy(() => place.seal())
    expect([code, reason]).toEqual(['storage', 'object-missing'])
    expect(message).toContain(sliceKey('05', id))
  })
})

describe('an attempt', () => {
  /** `act` comes before the first object of the day is read. */
  const beforeReading = (act: () => Promise<unknown>): ObjectStore => {
    const first = once(act)
    return {
      ...place.archive,
      async *read(key, options) {
        await first()
        yield* place.archive.read(key, options)
      },
    }
  }

  it('begins again when the hour that it samples has lost a slice of an upload that was replaced', async () => {
    const old = await place.partition('b.jsonl', allHours())
    const archive = beforeReading(async () => {
      await place.partition('b.jsonl', { '05': [{ hour: 'new' }] }, { seq: 2 })
      await removeSlice('00', old)
    })
    expect(await attemptSeal(attempt(archive))).toBe('again')
  })

  it('begins again when an hour that it hashes has', async () => {
    const old = await place.partition('b.jsonl', allHours())
    ofKind(await place.seal(), 'sealed')
    for (const hour of HOURS) await utimes(join(place.location, sliceKey(hour, old)), NOW, NOW)
    const archive = beforeReading(async () => {
      await place.partition('b.jsonl', { '05': [{ hour: 'new' }] }, { seq: 2 })
      await removeSlice('00', old)
    })
    expect(await attemptSeal(attempt(archive))).toBe('again')
  })
})

describe('a slice of the generation before that is deleted between the listings of ledgers and of the day', () => {
  const overtaken = async (): Promise<ObjectStore> => {
    await place.partition('a.jsonl', allHours())
    const old = await place.partition('b.jsonl', { '05': [{ hour: 'old' }] })
    ofKind(await place.seal(), 'sealed')
    // So that the hour has to be converted again.
    await place.partition('c.jsonl', { '05': [{ hour: 'late' }] })
    const overtake = once(() => replace(old, 2))
    return {
      ...place.archive,
      list: async (prefix) => {
        if (prefix.startsWith('2025')) await overtake()
        return place.archive.list(prefix)
      },
    }
  }

  it('is not missed by a plan', async () => {
    const archive = await overtaken()
    expect(await place.plan({ archive })).toMatchObject({ kind: 'ready', hoursToConvert: ['05'] })
  })

  it('is not missed by an hour that is prepared', async () => {
    const archive = await overtaken()
    const { dataset, out } = place
    expect(await prepareHour({ dataset, archive, out, date: DATE, hour: '05' })).toMatchObject({ kind: 'converted' })
  })

  it('is not missed by a seal, which sees the new version before it commits', async () => {
    const archive = await overtaken()
    expect(await attemptSeal(attempt(archive))).toBe('again')
    expect(ofKind(await place.seal(), 'sealed').manifest.row_count).toBe(26)
  })
})
