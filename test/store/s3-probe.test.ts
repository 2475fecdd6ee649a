import { describe, expect, it } from 'vitest'
import { PROBE } from '../../lib/store/key.ts'
import { bytes, text } from '../contract/object-bytes.ts'
import type { S3Request } from '../servers/s3-fault.ts'
import { thrownBy } from '../thrown.ts'
import { operation, s3Bucket } from './s3-bucket.ts'

const bucket = s3Bucket()
const isPut = operation('PutObject')
const asks = (header: string) => (request: S3Request) => isPut(request) && header in request.headers
const puts = () => bucket.requests(isPut)

const REFUSED = /is no place for Dayseal: its store does not check conditions of writes/

describe('a store that takes conditions and ignores them', () => {
  it.each([
    ['If-None-Match', 'if-none-match'],
    ['If-Match', 'if-match'],
  ])('is refused by name: %s', async (name, header) => {
    bucket.server().fail({ fault: { kind: 'unconditional' }, when: asks(header), times: 99 })
    for (let round = 0; round < 2; round++) {
      const error = await thrownBy(() => bucket.open().checkConditions('hourly/'))
      expect(error).toMatchObject({ code: 'storage', reason: undefined })
      expect(error.message).toMatch(REFUSED)
      expect(error.message).toContain(`a write whose ${name} did not hold was made`)
      expect(error.message).toContain(bucket.open().location)
    }
  })

  it('is taken once it is mended, also where an answer is lost then', async () => {
    bucket.server().fail({ fault: { kind: 'unconditional' }, when: isPut, times: 99 })
    await thrownBy(() => bucket.open().checkConditions('hourly/'))
    bucket.server().mend()
    bucket.server().fail({ fault: { kind: 'reset', moment: 'after' }, when: isPut, times: 2 })
    await bucket.open().checkConditions('hourly/')
  })
})

describe('a probe', () => {
  it('is two requests where it was before', async () => {
    await bucket.open().checkConditions('hourly/')
    const before = puts().length
    const all = bucket.requests().length
    await bucket.open().checkConditions('hourly/')
    expect(
      puts()
        .slice(before)
        .map(({ status }) => status),
    ).toEqual([412, 412])
    expect(bucket.requests()).toHaveLength(all + 2)
  })

  it.each([1, 2, 3])('of which answer %i is lost comes to the same', async (number) => {
    let count = 0
    const isNumbered = (request: S3Request) => isPut(request) && ++count === number
    bucket.server().fail({ fault: { kind: 'reset', moment: 'after' }, when: isNumbered })
    await bucket.open().checkConditions('hourly/')
    expect(text((await bucket.open().get(`hourly/${PROBE}`))?.bytes)).toContain('It stays')
  })
})

describe('a store without conditional writes', () => {
  it.each([
    [501, 'NotImplemented', 'if-none-match', 'If-None-Match'],
    [501, 'NotImplemented', 'if-match', 'If-Match'],
    [400, 'NotImplemented', 'if-none-match', 'If-None-Match'],
  ])('that answers %i %s is refused by name at once', async (status, code, header, name) => {
    bucket.server().fail({ fault: { kind: 'refuse', status, code }, when: asks(header), times: 99 })
    const error = await thrownBy(() => bucket.open().checkConditions('hourly/'))
    expect(error).toMatchObject({ code: 'storage', reason: undefined })
    expect(error.message).toMatch(REFUSED)
    expect(error.message).toContain(`${status} ${code}`)
    expect(error.message).toContain(`to a PUT with ${name}`)
    expect(error.message).toContain('choose one that has them')
    expect(puts().filter(asks(header))).toHaveLength(1)
  })

  it('is none because a write without a condition is not implemented', async () => {
    bucket.server().fail({ fault: { kind: 'refuse', status: 501, code: 'NotImplemented' }, when: isPut })
    const sink = await bucket.open().write('a')
    await sink.write(bytes('x'))
    expect((await thrownBy(() => sink.commit())).message).not.toMatch(REFUSED)
  })
})
