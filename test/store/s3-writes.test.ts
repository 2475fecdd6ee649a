import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { partBytes } from '../../lib/store/s3-write.ts'
import { bytes, writeAll } from '../contract/object-bytes.ts'
import type { S3Request } from '../servers/s3-fault.ts'
import { thrownBy } from '../thrown.ts'
import { isComplete, isCreate, operation, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const isPut = operation('PutObject')
const isPart = operation('UploadPart')
const MIB = 2 ** 20
const large = Buffer.alloc(20 * MIB + 17, 'some bytes that repeat, but not in step with any block. ')
const unfinished = () => bucket.server().unfinished(bucket.name())
const lost = { kind: 'reset', moment: 'after' } as const

describe('a write', () => {
  it('of one part is one request, with a checksum', async () => {
    await writeAll(bucket.open(), 'a', Buffer.alloc(8 * MIB))
    expect(bucket.requests(isCreate)).toHaveLength(0)
    const [put] = bucket.requests(isPut)
    expect(put?.headers['x-amz-checksum-crc32']).toMatch(/^[\w+/]{6}==$/)
    expect(put?.headers['content-encoding']).toBeUndefined()
  })

  it('of more is an upload of parts of one size, each with a checksum', async () => {
    const store = bucket.open()
    const info = await writeAll(store, 'a', large)
    expect(info).toEqual(await store.head('a'))
    expect(bucket.requests(isCreate)[0]?.headers['x-amz-checksum-algorithm']).toBe('CRC32')
    const parts = bucket.requests(isPart)
    expect(parts.map((part) => part.bytes)).toEqual([8 * MIB, 8 * MIB, 4 * MIB + 17])
    for (const part of parts) expect(part.headers['x-amz-checksum-crc32']).toMatch(/^[\w+/]{6}==$/)
    expect(unfinished()).toEqual([])
  })

  it('asks for no condition but where it has to', async () => {
    const store = bucket.open()
    await writeAll(store, 'a', large)
    await store.copy('a', 'b')
    const conditional = bucket.requests(
      ({ headers, method }) => method !== 'GET' && ('if-match' in headers || 'if-none-match' in headers),
    )
    expect(conditional).toEqual([])
  })

  it('does not keep the bytes of its caller', async () => {
    const store = bucket.open()
    const sink = await store.write('a')
    const block = Buffer.alloc(3 * MIB)
    for (const byte of [1, 2, 3, 4]) await sink.write(block.fill(byte))
    block.fill(9)
    await sink.commit()
    const written = Buffer.from((await store.get('a'))!.bytes)
    expect(written.equals(Buffer.concat([1, 2, 3, 4].map((byte) => Buffer.alloc(3 * MIB, byte))))).toBe(true)
  })

  it('is tried again when the store asks for fewer requests, or an answer is lost', async () => {
    const store = bucket.open()
    for (const when of [isCreate, isPart, isComplete, isPut]) {
      bucket.server().fail({ fault: { kind: 'refuse', status: 503, code: 'SlowDown' }, when, times: 2 })
    }
    for (const when of [isPart, isPut]) bucket.server().fail({ fault: lost, when })
    expect((await writeAll(store, 'a', large)).size).toBe(large.length)
    expect((await writeAll(store, 'b', bytes('small'))).size).toBe(5)
    expect(Buffer.from((await store.get('a'))!.bytes).equals(large)).toBe(true)
  })

  it('of parts is whole although the answers do not repeat their checksums', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: { kind: 'without', header: 'x-amz-checksum-crc32' }, when: isPart, times: 99 })
    await writeAll(store, 'a', large)
    expect(Buffer.from((await store.get('a'))!.bytes).equals(large)).toBe(true)
  })

  it('of which the store says that it got other bytes is broken off', async () => {
    const store = bucket.open()
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==', etag: '"0123456789abcdef0123456789abcdef"' }
    bucket.server().fail({ fault: { kind: 'answer', status: 200, body: '', headers }, when: isPart })
    const error = await thrownBy(() => writeAll(store, 'a', large))
    expect(error.code).toBe('storage')
    expect(error.message).toMatch(/the store got other bytes of in\/a than were sent; seen: CRC-32 AAAAAA== of part 1/)
    expect(unfinished()).toEqual([])
  })

  it('whose end is not answered is found to be done', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: lost, when: isComplete })
    expect(await writeAll(store, 'a', large)).toEqual(await store.head('a'))
    // The second one met an upload that was gone.
    expect(bucket.requests(isComplete).length).toBeGreaterThan(1)
  })

  it('whose end is not answered, and was replaced by another, is an error', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: lost, when: isComplete })
    const until = async () => bucket.server().put(bucket.name(), 'in/a', bytes('theirs'))
    bucket.server().fail({ fault: { kind: 'wait', until }, when: isComplete })
    const error = await thrownBy(() => writeAll(store, 'a', large))
    expect(error.code).toBe('storage')
    expect(error.message).toContain('NoSuchUpload')
  })

  it('of which a part fails takes the others back', async () => {
    const store = bucket.open()
    const fault = { kind: 'refuse', status: 403, code: 'AccessDenied' } as const
    bucket.server().fail({ fault, when: (request) => isPart(request) && request.query.partNumber === '2' })
    const error = await thrownBy(() => writeAll(store, 'a', Buffer.alloc(60 * MIB)))
    expect(error).toMatchObject({ code: 'storage', reason: 'denied' })
    expect(unfinished()).toEqual([])
    expect(await store.head('a')).toBeUndefined()
  })

  it('that is aborted leaves nothing, nor does a part that is under way', async () => {
    const store = bucket.open()
    bucket.server().fail({ fault: { kind: 'wait', until: () => sleep(100) }, when: isPart, times: 9 })
    const sink = await store.write('a')
    for (let written = 0; written < 3; written++) await sink.write(Buffer.alloc(6 * MIB))
    expect(unfinished()).toHaveLength(1)
    await sink.abort()
    expect(unfinished()).toEqual([])
    await sink.abort()
    expect(await store.list('')).toEqual([])
  })

  it('that is broken off when its part fails says so at the next write, and again at the commit', async () => {
    const sink = await bucket.open().write('a')
    bucket.server().fail({ fault: { kind: 'refuse', status: 403, code: 'AccessDenied' }, when: isPart, times: 9 })
    const error = await thrownBy(async () => {
      for (let written = 0; written < 20; written++) await sink.write(Buffer.alloc(6 * MIB))
    })
    expect(error.reason).toBe('denied')
    expect((await thrownBy(() => sink.commit())).code).toBe('internal')
    await sink.abort()
    expect(unfinished()).toEqual([])
  })
})

describe('memory', () => {
  it('of a large write is a part that is filled and two under way', async () => {
    let accepted = 0
    let answered = 0
    let most = 0
    const until = async ({ headers }: S3Request) => {
      await sleep(30)
      answered += Number(headers['content-length'])
    }
    bucket.server().fail({ fault: { kind: 'wait', until }, when: isPart, times: 99 })
    const sink = await bucket.open().write('a')
    for (let written = 0; written < 100; written++) {
      await sink.write(Buffer.alloc(MIB))
      accepted += MIB
      most = Math.max(most, accepted - answered)
    }
    await sink.commit()
    expect(answered).toBe(accepted)
    expect(most).toBeLessThanOrEqual(24 * MIB)
    // Two parts really are under way.
    expect(most).toBeGreaterThan(16 * MIB)
  })
})

describe('parts', () => {
  it('are of one size up to 31 GiB, and reach 5 TiB in 10,000', () => {
    const sizes = Array.from({ length: 10_000 }, (_, index) => partBytes(index + 1))
    expect(new Set(sizes.slice(0, 4_000))).toEqual(new Set([8 * MIB]))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThanOrEqual(5 * 2 ** 40)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5 * 2 ** 30)
  })
})

describe('the server of these tests', () => {
  it('refuses a body that is not what its checksum says', async () => {
    const headers = { 'x-amz-checksum-crc32': 'AAAAAA==' }
    const put = await fetch(`${bucket.server().endpoint}/${bucket.name()}/a`, { method: 'PUT', body: 'x', headers })
    expect([put.status, await put.text()]).toEqual([400, expect.stringContaining('BadDigest')])
  })
})
