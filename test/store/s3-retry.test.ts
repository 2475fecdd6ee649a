import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../lib/config.ts'
import { openS3, type S3Options } from '../../lib/store/s3.ts'
import type { S3Settings } from '../../lib/store/s3-settings.ts'
import { bytes, collect, text, writeAll } from '../contract/object-bytes.ts'
import { fakeTime } from '../fake-time.ts'
import { type S3Server, startS3 } from '../servers/s3.ts'
import { thrownBy } from '../thrown.ts'
import { isMethod, operation, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const isGet = operation('GetObject')
const isPut = operation('PutObject')
const slowDown = { kind: 'refuse', status: 503, code: 'SlowDown' } as const
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const at = (port: number, options: S3Options, more: S3Settings = {}) =>
  openS3('s3://bucket/in', { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', ...more }, options)

/** Time in which a server starts after so many milliseconds. */
function startingAfter(milliseconds: number, port: number) {
  const time = fakeTime()
  const started: S3Server[] = []
  const sleep: typeof time.sleep = async (pause, signal) => {
    await time.sleep(pause, signal)
    if (sum(time.pauses) < milliseconds || started.length > 0) return
    const server = await startS3(port)
    server.createBucket('bucket')
    server.put('bucket', 'in/a', bytes('here again'))
    started.push(server)
  }
  return { ...time, sleep, close: () => Promise.all(started.map((server) => server.close())) }
}

describe('a store that is away', () => {
  it.each([
    ['a first contact', 10_000, false],
    ['one that has answered', 55_000, true],
  ])('and comes back is waited for: %s, %i ms', async (_, milliseconds, hasAnswered) => {
    const port = await freePort()
    if (hasAnswered) {
      const before = await startS3(port)
      before.createBucket('bucket')
      await at(port, fakeTime()).list('')
      await before.close()
    }
    for (const use of [
      async (options: S3Options) => expect(text(await collect(at(port, options).read('a')))).toBe('here again'),
      async (options: S3Options) => expect((await at(port, options).putIfAbsent('b', bytes('x'))).kind).toBe('written'),
      async (options: S3Options) => expect((await writeAll(at(port, options), 'c', bytes('x'))).size).toBe(1),
    ]) {
      const time = startingAfter(milliseconds, port)
      await use(time)
      expect(sum(time.pauses)).toBeGreaterThanOrEqual(milliseconds)
      await time.close()
    }
  })

  it('for longer is a fault after 60 s; 15 s when it has never answered, so that a typo is told sooner', async () => {
    const port = await freePort()
    const before = fakeTime()
    expect(await thrownBy(() => at(port, before).list(''))).toMatchObject({ code: 'storage', reason: 'unavailable' })
    expect(sum(before.pauses)).toBe(15_000)
    const server = await startS3(port)
    server.createBucket('bucket')
    await at(port, fakeTime()).list('')
    await server.close()
    const after = fakeTime()
    expect(await thrownBy(() => at(port, after).list(''))).toMatchObject({ code: 'storage', reason: 'unavailable' })
    expect(sum(after.pauses)).toBe(60_000)
  })

  it('whose name nobody knows is not waited for', async () => {
    const time = fakeTime()
    const settings = { endpoint: 'http://dayseal.invalid', region: 'us-east-1' }
    const error = await thrownBy(() => openS3('s3://bucket/in', settings, time).list(''))
    expect(error).toMatchObject({ code: 'storage', reason: 'unavailable' })
    // A machine without a name server cannot know that there is no such name.
    if (!error.message.includes('EAI_AGAIN')) expect(time.pauses).toEqual([])
  })
})

describe('a request that fails', () => {
  it('is tried again after pauses that grow, up to five seconds, and end with the time', async () => {
    await writeAll(bucket.open(), 'a', bytes('x'))
    bucket.server().fail({ fault: slowDown, when: isGet, times: 999 })
    const time = fakeTime()
    expect((await thrownBy(() => bucket.open(time).get('a'))).reason).toBe('throttled')
    expect(time.pauses.slice(0, 7)).toEqual([200, 400, 800, 1600, 3200, 5000, 5000])
    expect(sum(time.pauses)).toBe(60_000)
    expect(bucket.requests(isGet)).toHaveLength(time.pauses.length + 1)
  })

  it('waits a random share of each pause', async () => {
    await writeAll(bucket.open(), 'a', bytes('x'))
    bucket.server().fail({ fault: slowDown, when: isGet, times: 3 })
    const time = fakeTime()
    const random = [0.5, 0.25, 0][Symbol.iterator]()
    await bucket.open({ ...time, random: () => random.next().value ?? 1 }).get('a')
    expect(time.pauses).toEqual([100, 100, 0])
  })

  it.each([0, 3])('is tried again for as many seconds as the settings say: %i', async (retrySeconds) => {
    bucket.server().fail({ fault: slowDown, when: isMethod('GET'), times: 999 })
    const time = fakeTime()
    const store = openS3(`s3://${bucket.name()}`, { ...bucket.settings(), retrySeconds }, time)
    await thrownBy(() => store.list(''))
    expect(sum(time.pauses)).toBe(1000 * retrySeconds)
    const read = await thrownBy(() => store.putIfAbsent('a', bytes('x')).then(() => store.get('a')))
    expect(read.reason).toBe('throttled')
  })

  it.each([
    [403, 'AccessDenied'],
    [404, 'NoSuchBucket'],
    [400, 'InvalidRequest'],
    [501, 'NotImplemented'],
    [507, 'XMinioStorageFull'],
  ])('by a fault that stays is not tried again: %i %s', async (status, code) => {
    bucket.server().fail({ fault: { kind: 'refuse', status, code }, when: isMethod('GET', 'PUT'), times: 99 })
    const time = fakeTime()
    const store = bucket.open(time)
    for (const use of [
      () => store.list(''),
      () => store.putIfAbsent('a', bytes('x')),
      () => writeAll(store, 'a', bytes('x')),
    ])
      expect((await thrownBy(use)).code).toBe('storage')
    expect(time.pauses).toEqual([])
    expect(bucket.requests(isMethod('GET', 'PUT'))).toHaveLength(3)
  })

  it('starts its time anew with every byte that a broken body brings', async () => {
    await writeAll(bucket.open(), 'a', Buffer.alloc(90_000, 'x'))
    bucket.server().fail({ fault: { kind: 'cut', bytes: 1_000 }, when: isGet, times: 80 })
    const time = fakeTime()
    expect((await collect(bucket.open(time).read('a'))).equals(Buffer.alloc(90_000, 'x'))).toBe(true)
    expect(time.pauses.filter((pause) => pause !== 200)).toEqual([])
  })

  it('whose signal is aborted ends its pause at once, with the reason', async () => {
    bucket.server().fail({ fault: slowDown, when: () => true, times: 999 })
    for (const use of ['list', 'write', 'putIfAbsent'] as const) {
      const controller = new AbortController()
      const store = openS3(`s3://${bucket.name()}`, bucket.settings(), {
        signal: controller.signal,
        // Never: without the signal this test would not end.
        sleep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason))
            controller.abort(new Error('enough'))
          }),
      })
      const act = {
        list: () => store.list(''),
        write: () => writeAll(store, 'a', bytes('x')),
        putIfAbsent: () => store.putIfAbsent('a', bytes('x')),
      }
      await expect(act[use]()).rejects.toThrow('enough')
    }
  })

  it('in real time ends its pause with the reason as well', async () => {
    bucket.server().fail({ fault: slowDown, when: () => true, times: 999 })
    const store = openS3(`s3://${bucket.name()}`, bucket.settings(), {
      signal: AbortSignal.timeout(300),
      random: () => 1,
    })
    await expect(store.list('')).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('leaves it unknown what became of a write whose answer was lost before the end', async () => {
    const controller = new AbortController()
    const time = fakeTime()
    bucket.server().fail({ fault: { kind: 'refuse', status: 500, code: 'InternalError' }, when: isPut, times: 99 })
    const sleep: typeof time.sleep = async (pause, signal) => {
      controller.abort(new Error('enough'))
      await time.sleep(pause, signal)
    }
    const store = bucket.open({ ...time, sleep, signal: controller.signal })
    expect(await thrownBy(() => store.putIfAbsent('a', bytes('x')))).toMatchObject({ reason: 'outcome-unknown' })
  })
})

describe('s3.retrySeconds', () => {
  const parsed = (retrySeconds: unknown) =>
    parseConfig(
      { datasets: { app: { archive: { location: 's3://logs' }, out: 's3://days', s3: { retrySeconds } } } },
      'x',
    )

  it.each([0, 2.5, 3600])('may be %d', (seconds) => {
    expect(parsed(seconds).get('app')?.s3.retrySeconds).toBe(seconds)
  })

  it.each([-1, 3601, '60', Number.NaN])('may not be %j', async (seconds) => {
    expect((await thrownBy(() => parsed(seconds))).message).toContain('s3.retrySeconds')
  })
})
