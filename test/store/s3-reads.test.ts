import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isObjectChanged } from '../../lib/store/object-store.ts'
import { openS3 } from '../../lib/store/s3.ts'
import { bytes, collect, writeAll } from '../contract/object-bytes.ts'
import { fakeTime } from '../fake-time.ts'
import { thrownBy } from '../thrown.ts'
import { isMethod, operation, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const isGet = operation('GetObject')
const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))

async function withObject() {
  const store = bucket.open()
  const info = await writeAll(store, 'a', content)
  return { store, info, server: bucket.server() }
}

describe('a read', () => {
  it('is tried again when the store asks for fewer requests', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when: isGet, times: 2 })
    expect((await collect(store.read('a'))).equals(content)).toBe(true)
    expect(bucket.requests(isGet)).toHaveLength(3)
  })

  it('says so when the store goes on asking for fewer requests', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when: isGet, times: 99 })
    const error = await thrownBy(() => collect(store.read('a')))
    expect(error).toMatchObject({ code: 'storage', reason: 'throttled' })
    expect(error.message).toContain('503 SlowDown')
  })

  it('that breaks goes on where it was, in the state that it began with', async () => {
    const { store, server, info } = await withObject()
    server.fail({ fault: { kind: 'cut', bytes: 40_000 }, when: isGet })
    server.fail({ fault: { kind: 'cut', bytes: 1_000 }, when: isGet })
    const read = await collect(store.read('a', { start: 10, end: 90_000 }))
    expect(read.equals(content.subarray(10, 90_000))).toBe(true)
    const requests = bucket.requests(isGet)
    expect(requests.map(({ headers }) => headers.range)).toEqual([
      'bytes=10-89999',
      'bytes=40010-89999',
      'bytes=41010-89999',
    ])
    expect(requests.map(({ headers }) => headers['if-match'])).toEqual([undefined, `"${info.etag}"`, `"${info.etag}"`])
  })

  it('that breaks, and whose object is replaced meanwhile, fails so that it can be told', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'cut', bytes: 40_000 }, when: isGet })
    let at = 0
    const error = await thrownBy(async () => {
      for await (const chunk of store.read('a')) {
        if (at === 0) await writeAll(store, 'a', Buffer.alloc(100_000))
        at += chunk.length
      }
    })
    expect(isObjectChanged(error)).toBe(true)
    expect(at).toBe(40_000)
  })

  it('that breaks again and again without a byte gives up', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'cut', bytes: 0 }, when: isGet, times: 100 })
    const error = await thrownBy(() => collect(store.read('a')))
    expect(error).toMatchObject({ code: 'storage', reason: 'unavailable' })
    expect(bucket.requests(isGet).length).toBeLessThan(20)
  })

  it('that is ended early ends its request', async () => {
    const store = bucket.open()
    await writeAll(store, 'large', Buffer.alloc(40 * 2 ** 20))
    const before = await bucket.server().sentOnOpenSockets()
    for await (const _ of store.read('large')) break
    expect(await bucket.server().sentOnOpenSockets()).toBeLessThanOrEqual(before)
  })

  it('ends with the reason of its signal, in the middle of the body', async () => {
    const store = bucket.open()
    await writeAll(store, 'large', Buffer.alloc(40 * 2 ** 20))
    const controller = new AbortController()
    const reading = (async () => {
      for await (const _ of store.read('large', { signal: controller.signal })) controller.abort(new Error('enough'))
    })()
    await expect(reading).rejects.toThrow('enough')
    expect(bucket.requests(isGet)).toHaveLength(1)
  })

  it('ends with the reason of its signal while the store does not answer', async () => {
    const { store, server } = await withObject()
    const controller = new AbortController()
    const until = async () => {
      controller.abort(new Error('enough'))
      await sleep(100)
    }
    server.fail({ fault: { kind: 'wait', until }, when: isGet })
    await expect(collect(store.read('a', { signal: controller.signal }))).rejects.toThrow('enough')
  })

  it('of no bytes is of an object that is there, in its state', async () => {
    const { store, info } = await withObject()
    expect(await collect(store.read('a', { start: 5, end: 5, etag: info.etag }))).toHaveLength(0)
    expect(await collect(store.read('a', { start: 200_000, etag: info.etag }))).toHaveLength(0)
    for (const range of [{ start: 5, end: 5 }, { start: 200_000 }]) {
      const error = await thrownBy(() => collect(store.read('a', { ...range, etag: 'another' })))
      expect(isObjectChanged(error)).toBe(true)
    }
  })

  it('takes no more from the store than the reader takes', async () => {
    const store = bucket.open()
    const size = 100 * 2 ** 20
    await writeAll(store, 'large', Buffer.alloc(size))
    const reading = store.read('large')[Symbol.asyncIterator]()
    await reading.next()
    const sent = await bucket.server().sentOnOpenSockets()
    // What the buffers of both sockets hold.
    expect(sent).toBeLessThan(size / 2)
    await reading.return?.()
  })
})

describe('a small object', () => {
  it('whose body breaks is read on', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'cut', bytes: 77 }, when: isGet })
    expect(Buffer.compare((await store.get('a'))!.bytes, content)).toBe(0)
  })

  it('that is too large is not read', async () => {
    const { store } = await withObject()
    expect((await thrownBy(() => store.get('a', 99_999))).message).toContain('100000 bytes')
  })
})

describe('a bucket that is not there', () => {
  it('is an error for everything but a missing object', async () => {
    const store = bucket.openAt('s3://not-there/in')
    const uses = {
      list: () => store.list(''),
      head: () => store.head('a'),
      get: () => store.get('a'),
      read: () => collect(store.read('a')),
      write: () => writeAll(store, 'a', bytes('x')),
      large: () => writeAll(store, 'a', Buffer.alloc(9 * 2 ** 20)),
      putIfAbsent: () => store.putIfAbsent('a', bytes('x')),
      putIfMatch: () => store.putIfMatch('a', bytes('x'), 'etag'),
      copy: () => store.copy('a', 'b'),
      delete: () => store.delete('a'),
    }
    for (const [name, use] of Object.entries(uses)) {
      const error = await thrownBy(use)
      expect(error, name).toMatchObject({ code: 'storage', reason: undefined })
      expect(error.message, name).toMatch(/not-there.*create (it|the bucket), or correct its name/)
    }
  })

  it('is asked for once, as long as it is there', async () => {
    const store = bucket.open()
    for (const key of ['a', 'b', 'c']) expect(await store.head(key)).toBeUndefined()
    const isBucket = (request: { key: string }) => request.key === ''
    expect(bucket.requests((request) => isMethod('HEAD')(request) && isBucket(request))).toHaveLength(1)
  })
})

describe('a refusal says what to do', () => {
  const refusals: readonly [status: number, code: string, reason: string | undefined, says: RegExp][] = [
    [403, 'AccessDenied', 'denied', /its policy has to allow this, and s3:ListBucket/],
    [403, 'InvalidAccessKeyId', 'denied', /not of this store/],
    [400, 'ExpiredToken', 'denied', /get new credentials/],
    [403, 'InvalidObjectState', undefined, /restore it/],
    [403, 'RequestTimeTooSkewed', 'denied', /set the clock/],
    [501, 'NotImplemented', undefined, /does not have what Dayseal needs/],
    [400, 'KeyTooLongError', undefined, /400 KeyTooLongError no reason/],
  ]
  it.each(refusals)('%i %s', async (status, code, reason, says) => {
    const { store, server } = await withObject()
    const fault = { kind: 'refuse', status, code, message: 'no reason' } as const
    server.fail({ fault, when: isGet, times: 9 })
    const error = await thrownBy(() => store.get('a'))
    expect(error).toMatchObject({ code: 'storage', reason })
    expect(error.message).toMatch(says)
  })

  it('also where the answer has no body', async () => {
    const { store, server } = await withObject()
    server.fail({ fault: { kind: 'refuse', status: 403, code: '' }, when: isMethod('HEAD') })
    expect(await thrownBy(() => store.head('a'))).toMatchObject({ code: 'storage', reason: 'denied' })
  })

  it('names the region that the bucket is in', async () => {
    const { store, server } = await withObject()
    const headers = { 'x-amz-bucket-region': 'eu-central-1' }
    const fault = { kind: 'refuse', status: 301, code: 'PermanentRedirect', headers } as const
    server.fail({ fault, when: () => true, times: 2 })
    for (const use of [() => store.list(''), () => store.head('a')]) {
      expect((await thrownBy(use)).message).toContain('set s3.region to eu-central-1')
    }
  })

  it('of an endpoint where nothing listens', async () => {
    const store = openS3('s3://bucket/in', { endpoint: 'http://127.0.0.1:9', region: 'us-east-1' }, fakeTime())
    const error = await thrownBy(() => store.list(''))
    expect(error).toMatchObject({ code: 'storage', reason: 'unavailable' })
    expect(error.message).toMatch(/ECONNREFUSED.*nothing listens at the endpoint/)
  })

  it('and nothing of what was signed or sent', async () => {
    const { store, server } = await withObject()
    const fields = { 'Token-0': 'secret-session-token' }
    server.fail({ fault: { kind: 'refuse', status: 400, code: 'ExpiredToken', fields }, when: isGet })
    const error = await thrownBy(() => store.get('a'))
    const { cause } = error
    expect(cause).toBeInstanceOf(Error)
    const everything = JSON.stringify([error, cause, error.stack, Object.entries(cause ?? {})])
    expect(everything).not.toContain('secret-session-token')
  })

  it('even when the answer is no error document', async () => {
    const { store, server } = await withObject()
    for (const message of ['twice</Message><Message>twice', '</Message></Error><p>', '<b>what</b>']) {
      server.fail({ fault: { kind: 'refuse', status: 418, code: 'Teapot', message }, when: isGet })
      expect(await thrownBy(() => store.get('a')), message).toMatchObject({ code: 'storage' })
    }
  })
})
