import { describe, expect, it } from 'vitest'
import { openS3 } from '../../lib/store/s3.ts'
import { bytes, text, writeAll } from '../contract/object-bytes.ts'
import { fakeTime } from '../fake-time.ts'
import type { S3Request } from '../servers/s3-fault.ts'
import { thrownBy } from '../thrown.ts'
import { isMethod, operation, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const isPut = operation('PutObject')
const lost = { kind: 'reset', moment: 'after' } as const
const unsent = { kind: 'reset', moment: 'before' } as const
const puts = () => bucket.requests(isPut)
const content = async (key = 'a') => text((await bucket.open().get(key))?.bytes)

describe('a create-only write', () => {
  it('of which the answer is lost is told from a conflict', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: lost, when: isPut })
    const outcome = await store.putIfAbsent('a', bytes('mine'))
    expect(outcome).toEqual({ kind: 'written', info: await store.head('a') })
    expect(puts()).toHaveLength(1)
  })

  it('that did not arrive is sent again', async () => {
    bucket.server().fail({ fault: unsent, when: isPut, times: 2 })
    expect((await bucket.open().putIfAbsent('a', bytes('mine'))).kind).toBe('written')
    expect(puts()).toHaveLength(3)
  })

  it('that the server was in trouble with is sent again, or was carried out', async () => {
    bucket.server().fail({ fault: { kind: 'refuse', status: 500, code: 'InternalError' }, when: isPut })
    bucket.server().fail({ fault: lost, when: isPut })
    expect((await bucket.open().putIfAbsent('a', bytes('mine'))).kind).toBe('written')
    expect(puts()).toHaveLength(2)
  })

  it('is a conflict when somebody else wrote before it was sent again', async () => {
    bucket.server().fail({ fault: unsent, when: isPut })
    bucket
      .server()
      .fail({ fault: waitFor(() => bucket.server().put(bucket.name(), 'in/a', bytes('theirs'))), when: isGet })
    expect(await bucket.open().putIfAbsent('a', bytes('mine'))).toEqual({ kind: 'conflict' })
    expect(await content()).toBe('theirs')
    expect(puts()).toHaveLength(1)
  })

  it('that arrives late, while it is sent again, counts as written', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: unsent, when: isPut })
    // The first request arrives after all, between the look and the second one.
    bucket
      .server()
      .fail({ fault: waitFor(() => bucket.server().put(bucket.name(), 'in/a', bytes('mine'))), when: isPut })
    expect(await store.putIfAbsent('a', bytes('mine'))).toEqual({ kind: 'written', info: await store.head('a') })
    expect(puts()).toHaveLength(2)
  })

  it('is never sent again by the SDK', async () => {
    const store = bucket.open()
    await writeAll(store, 'a', bytes('theirs'))
    bucket.server().fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when: isPut })
    expect(await store.putIfAbsent('a', bytes('mine'))).toEqual({ kind: 'conflict' })
    expect(puts()).toHaveLength(2)
  })

  it('waits while another write of the key is under way', async () => {
    bucket.server().fail({ fault: busy, when: isPut, times: 2 })
    expect((await bucket.open().putIfAbsent('a', bytes('mine'))).kind).toBe('written')
    expect(puts()).toHaveLength(3)
  })

  it('is a conflict when that other write is done', async () => {
    const store = bucket.open()
    bucket.server().put(bucket.name(), 'in/a', bytes('theirs'))
    bucket.server().fail({ fault: busy, when: isPut })
    expect(await store.putIfAbsent('a', bytes('mine'))).toEqual({ kind: 'conflict' })
    expect(puts()).toHaveLength(1)
  })

  it('does not wait for ever', async () => {
    bucket.server().fail({ fault: busy, when: isPut, times: 99 })
    const error = await thrownBy(() => bucket.open().putIfAbsent('a', bytes('mine')))
    expect(error).toMatchObject({ code: 'storage', reason: undefined })
    expect(error.message).toContain('409 ConditionalRequestConflict')
    expect(puts().length).toBeLessThan(20)
  })

  it('of which nothing can be known says so', async () => {
    bucket.server().fail({ fault: lost, when: isPut })
    bucket.server().fail({ fault: { kind: 'refuse', status: 500, code: 'InternalError' }, when: isGet, times: 99 })
    const error = await thrownBy(() => bucket.open().putIfAbsent('a', bytes('mine')))
    expect(error).toMatchObject({ code: 'storage', reason: 'outcome-unknown' })
    expect(error.message).toMatch(/it is not known whether a in s3:.* was written/)
  })

  it('that reaches nobody is a fault, and nothing is unknown', async () => {
    const store = openS3('s3://bucket/in', { endpoint: 'http://127.0.0.1:9', region: 'us-east-1' }, fakeTime())
    const error = await thrownBy(() => store.putIfAbsent('a', bytes('mine')))
    expect(error).toMatchObject({ code: 'storage', reason: 'unavailable' })
  })

  it('that is denied is not sent again', async () => {
    bucket.server().fail({ fault: { kind: 'refuse', status: 403, code: 'AccessDenied' }, when: isPut, times: 9 })
    const error = await thrownBy(() => bucket.open().putIfAbsent('a', bytes('mine')))
    expect(error).toMatchObject({ code: 'storage', reason: 'denied' })
    expect(puts()).toHaveLength(1)
  })

  it('has one winner among many whose answers are lost', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: lost, when: isPut, times: 5 })
    bucket.server().fail({ fault: unsent, when: isPut, times: 5 })
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => store.putIfAbsent('a', bytes(`writer ${index}`))),
    )
    const winners = outcomes.flatMap((outcome, index) => (outcome.kind === 'written' ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(await content()).toBe(`writer ${winners[0]}`)
  })
})

describe('a conditional replacement', () => {
  it('of which the answer is lost is told from a conflict', async () => {
    const store = bucket.open()
    const old = await writeAll(store, 'a', bytes('old'))
    bucket.server().fail({ fault: lost, when: isConditional })
    const outcome = await store.putIfMatch('a', bytes('mine'), old.etag)
    expect(outcome).toEqual({ kind: 'written', info: await store.head('a') })
    expect(puts().filter(isConditional)).toHaveLength(1)
  })

  it('that did not arrive is sent again, on the same condition', async () => {
    const store = bucket.open()
    const old = await writeAll(store, 'a', bytes('old'))
    bucket.server().fail({ fault: unsent, when: isConditional })
    expect((await store.putIfMatch('a', bytes('mine'), old.etag)).kind).toBe('written')
    expect(
      puts()
        .filter(isConditional)
        .map(({ headers }) => headers['if-match']),
    ).toEqual(Array(2).fill(`"${old.etag}"`))
  })

  it('loses no update when answers are lost', async () => {
    const store = bucket.open()
    await writeAll(store, 'count', bytes('100'))
    bucket.server().fail({ fault: lost, when: isConditional, times: 4 })
    const addOne = async (name: string): Promise<void> => {
      const got = await store.get('count')
      const next = Number.parseInt(text(got?.bytes) ?? '', 10) + 1
      // Each writes bytes of its own, as who claims something has to.
      const outcome = await store.putIfMatch('count', bytes(`${next} ${name}`), got!.info.etag)
      if (outcome.kind === 'conflict') await addOne(name)
    }
    await Promise.all(Array.from({ length: 8 }, (_, index) => addOne(`writer ${index}`)))
    expect(await content('count')).toMatch(/^108 /)
  })
})

const busy = { kind: 'refuse', status: 409, code: 'ConditionalRequestConflict' } as const

function isGet(request: S3Request): boolean {
  return isMethod('GET')(request)
}

function isConditional(request: S3Request): boolean {
  return isPut(request) && request.headers['if-match'] !== undefined
}

function waitFor(act: () => void) {
  return { kind: 'wait', until: async () => act() } as const
}
