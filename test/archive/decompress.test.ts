import { constants, crc32, deflateRawSync, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecOf, decompress } from '../../lib/archive/decompress.ts'
import { DaysealError } from '../../lib/errors.ts'
import { thrownBy } from '../thrown.ts'

const LIMIT = 1e9

/** Text that does not compress to nothing: so that a cut anywhere matters. */
function lines(count: number, seed: number): Buffer {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return state
  }
  return Buffer.from(Array.from({ length: count }, () => `{"id":${next()},"name":"n${next() % 7}"}\n`).join(''))
}

function zstd(content: Uint8Array): Buffer {
  return zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
}

function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(8 + bytes, 0xab)
  frame.writeUInt32LE(0x184d2a53, 0)
  frame.writeUInt32LE(bytes, 4)
  return frame
}

async function* inChunks(bytes: Uint8Array, size = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function expand(bytes: Uint8Array, key: string, size?: number): Promise<Buffer> {
  return collect(decompress(inChunks(bytes, size), { key, maxExpandedBytes: LIMIT }))
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const out: Uint8Array[] = []
  // Copies: a chunk is valid until the next one comes.
  for await (const chunk of chunks) out.push(new Uint8Array(chunk))
  return Buffer.concat(out)
}

const FIRST = lines(40, 1)
const SECOND = lines(25, 2)
const BOTH = Buffer.concat([FIRST, SECOND])
const KINDS = [
  { key: '05.jsonl.gz', first: gzipSync(FIRST), second: gzipSync(SECOND) },
  { key: '05.jsonl.zst', first: zstd(FIRST), second: zstd(SECOND) },
] as const

describe('codecOf', () => {
  it.each([
    ['a', [0x1f, 0x8b, 8, 0], 'gzip'],
    ['a.jsonl', [0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
    ['a.zst', [0x50, 0x2a, 0x4d, 0x18], 'zstd'],
    ['a.zst', [0x5f, 0x2a, 0x4d, 0x18], 'zstd'],
    ['a', [0x60, 0x2a, 0x4d, 0x18], 'plain'],
    ['a', [0x28, 0xb5, 0x2f], 'plain'],
    ['a', [0x1f], 'plain'],
    ['a.jsonl', [...Buffer.from('{"a"')], 'plain'],
    ['a.gz', [], 'plain'],
    ['a.zst', [], 'plain'],
  ])('of %s with %j is %s', (key, bytes, codec) => {
    expect(codecOf(key, Uint8Array.from(bytes as number[]))).toBe(codec)
  })

  it.each([
    ['d/05.jsonl.gz', [...Buffer.from('{"a":1}')], 'seen: bytes 7b226122; wanted: gzip'],
    ['d/05.jsonl.gz', [0x28, 0xb5, 0x2f, 0xfd], 'seen: zstd 28b52ffd; wanted: gzip'],
    ['d/05.jsonl.zst', [0x1f, 0x8b], 'seen: gzip 1f8b; wanted: zstd'],
    ['d/05.jsonl.gz', [0x1f], 'seen: bytes 1f; wanted: gzip'],
  ])('refuses %s with %j', async (key, bytes, message) => {
    const error = await thrownBy(() => codecOf(key, Uint8Array.from(bytes)))
    expect(error.code).toBe('source')
    expect(error.message).toContain(`${key} is not what its name says`)
    expect(error.message).toContain(message)
  })
})

describe('decompress', () => {
  it.each(['a.jsonl', 'a.jsonl.gz', 'a.jsonl.zst', 'a'])('gives no content for an empty %s', async (key) => {
    expect(await expand(Buffer.alloc(0), key)).toHaveLength(0)
  })

  it.each([
    ['plain', BOTH, 'a.jsonl'],
    ['gzip under a key that does not say so', gzipSync(BOTH), 'a'],
    ['zstd under a key that does not say so', zstd(BOTH), 'a.jsonl'],
    ['zstd without a checksum', zstdCompressSync(BOTH), 'a.zst'],
    ['gzip of nothing, then of something', Buffer.concat([gzipSync(''), gzipSync(BOTH), gzipSync('')]), 'a.gz'],
    ['zstd of nothing, then of something', Buffer.concat([zstd(Buffer.alloc(0)), zstd(BOTH)]), 'a.zst'],
    [
      'zstd among skippable frames',
      Buffer.concat([skippable(5), zstd(FIRST), skippable(0), zstd(SECOND), skippable(9)]),
      'a.zst',
    ],
    ['gzip with zero bytes after it', Buffer.concat([gzipSync(FIRST), gzipSync(SECOND), Buffer.alloc(1000)]), 'a.gz'],
    ['gzip with every header field', Buffer.concat([withEveryHeaderField(FIRST), gzipSync(SECOND)]), 'a.gz'],
  ])('reads %s, whatever the chunks', async (_, bytes, key) => {
    for (const size of [1, 2, 7, 100, 65_536]) expect((await expand(bytes, key, size)).equals(BOTH)).toBe(true)
  })

  it('reads any members in any chunks, as node:zlib reads them one by one', async () => {
    const members = fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 })
    const codecs = fc.constantFrom(
      { key: 'a.gz', compress: gzipSync, expand: gunzipSync },
      { key: 'a.zst', compress: zstdCompressSync, expand: zstdDecompressSync },
    )
    await fc.assert(
      fc.asyncProperty(members, fc.integer({ min: 1, max: 4000 }), codecs, async (contents, size, codec) => {
        const compressed = contents.map((content) => codec.compress(content))
        expect(compressed.map((member, index) => codec.expand(member).equals(contents[index]!))).not.toContain(false)
        expect((await expand(Buffer.concat(compressed), codec.key, size)).equals(Buffer.concat(contents))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('reads content far larger than its buffers', async () => {
    const large = lines(200_000, 3)
    for (const { key, bytes } of [
      { key: 'a.gz', bytes: Buffer.concat([gzipSync(large), gzipSync(large)]) },
      { key: 'a.zst', bytes: Buffer.concat([zstd(large), zstd(large)]) },
    ]) {
      expect((await expand(bytes, key)).equals(Buffer.concat([large, large]))).toBe(true)
    }
  })

  it('takes the codec it is told', async () => {
    const told = decompress(inChunks(gzipSync(FIRST)), { key: 'a', codec: 'plain', maxExpandedBytes: LIMIT })
    expect((await collect(told)).equals(gzipSync(FIRST))).toBe(true)
    const wrong = decompress(inChunks(FIRST), { key: 'a', codec: 'gzip', maxExpandedBytes: LIMIT })
    expect((await thrownBy(() => collect(wrong))).message).toContain('not a gzip header')
  })
})

describe.each(KINDS)('a damaged $key', ({ key, first, second }) => {
  const whole = Buffer.concat([first, second])

  it('is an error when cut at any byte; between members it is a shorter object', async () => {
    for (const size of [whole.length, 13]) {
      for (let cut = 1; cut <= whole.length; cut++) {
        const outcome = await expand(whole.subarray(0, cut), key, size).catch((error: unknown) => error)
        if (cut === first.length) expect(outcome).toEqual(FIRST)
        else if (cut === whole.length) expect(outcome).toEqual(BOTH)
        else expect(outcome, `cut at ${cut}`).toMatchObject({ name: 'DaysealError', code: 'source' })
      }
    }
  })

  it('says that it was cut, and where', async () => {
    const error = await thrownBy(() => expand(whole.subarray(0, whole.length - 20), key))
    expect(error.message).toMatch(new RegExp(`^${key} is cut or damaged; seen: unexpected end of file, at byte`))
    expect(error.message).toContain(`at byte ${whole.length - 20} of the compressed object`)
  })

  it('never gives other content when any byte is flipped', async () => {
    let refused = 0
    for (let at = 0; at < whole.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const flipped = Buffer.from(whole)
        flipped[at]! ^= mask
        const outcome = await expand(flipped, key).catch((error: unknown) => error)
        if (outcome instanceof DaysealError) refused++
        else expect(outcome, `byte ${at} ^ ${mask}`).toEqual(BOTH)
      }
    }
    // A gzip header has bytes that say nothing of the content: its time, its system.
    expect(refused).toBeGreaterThan(whole.length * 3 * 0.95)
  })

  it('is an error with anything appended', async () => {
    for (const tail of ['x', '{"a":1}\n', '\x1f', '\x1f\x8b', '\x28\xb5\x2f\xfd', '\0x', '\0\0\x1f\x8b']) {
      for (const size of [whole.length, 11, whole.length + 99]) {
        const bytes = Buffer.concat([whole, Buffer.from(tail, 'latin1')])
        expect((await thrownBy(() => expand(bytes, key, size))).code).toBe('source')
      }
    }
  })
})

describe('the place of damage', () => {
  it('is between the chunks around it', async () => {
    const bytes = gzipSync(lines(20_000, 4), { level: 0 })
    // RFC 1951, 3.2.4: a stored block is a byte, LEN, its complement and the bytes. Spoil the second block's complement.
    const second = 10 + 5 + bytes.readUInt16LE(11)
    bytes[second + 3]! ^= 1
    const { message } = await thrownBy(() => expand(bytes, 'a.gz', 10_000))
    const [, from, to] = /invalid stored block lengths, between bytes (\d+) and (\d+) of/.exec(message) ?? []
    expect(Number(from)).toBeLessThanOrEqual(second)
    expect(Number(to)).toBeGreaterThan(second)
    expect(Number(to) - Number(from)).toBeLessThanOrEqual(10_000)
  })

  it('of an altered CRC, of a later member and of garbage is exact', async () => {
    const member = gzipSync(FIRST)
    const badCrc = Buffer.from(member)
    badCrc[member.length - 6]! ^= 1
    expect((await thrownBy(() => expand(badCrc, 'a.gz'))).message).toContain(
      `does not match its CRC-32, between bytes ${member.length - 8} and ${member.length - 4}`,
    )
    expect((await thrownBy(() => expand(Buffer.concat([member, Buffer.from('\0\0x')]), 'a.gz'))).message).toContain(
      `follows a member, between bytes ${member.length + 2} and ${member.length + 3}`,
    )
    const badMethod = Buffer.from(member)
    badMethod[2] = 7
    expect((await thrownBy(() => expand(Buffer.concat([member, badMethod]), 'a.gz'))).message).toContain(
      `unknown gzip compression method 7, between bytes ${member.length + 2} and`,
    )
  })
})

describe('a bomb', () => {
  const MIB = 2 ** 20
  // A deflate block that ends on a byte boundary may be repeated: 1 GiB of zeros in about 1 MB.
  const block = deflateRawSync(Buffer.alloc(MIB), { finishFlush: constants.Z_SYNC_FLUSH })
  const gzipBomb = (mebibytes: number) =>
    Buffer.concat([gzipSync('').subarray(0, 10), ...Array<Buffer>(mebibytes).fill(block)])
  const zstdBomb = (mebibytes: number) => Buffer.concat(Array<Buffer>(mebibytes).fill(zstd(Buffer.alloc(MIB))))

  it.each([
    ['a.gz', gzipBomb],
    ['a.zst', zstdBomb],
  ])('%s is stopped at the limit', async (key, bomb) => {
    const bytes = bomb(1024)
    let pulled = 0
    let closed = false
    let yielded = 0
    async function* counted() {
      try {
        for await (const chunk of inChunks(bytes, 1024)) {
          pulled += chunk.length
          yield chunk
        }
      } finally {
        closed = true
      }
    }
    const error = await thrownBy(async () => {
      for await (const chunk of decompress(counted(), { key, maxExpandedBytes: 10 * MIB })) yielded += chunk.length
    })
    expect(error.code).toBe('source')
    expect(error.message).toContain(`${key} expands too far; seen: more than ${10 * MIB} bytes`)
    expect(yielded).toBeLessThanOrEqual(10 * MIB)
    expect(yielded).toBeGreaterThan(9 * MIB)
    expect(pulled).toBeLessThan(bytes.length / 20)
    expect(closed).toBe(true)
  })

  it('within its limit is content like any other', async () => {
    expect(await countBytes(decompress(inChunks(zstdBomb(32)), { key: 'a.zst', maxExpandedBytes: 32 * MIB }))).toBe(
      32 * MIB,
    )
    const open = decompress(inChunks(gzipBomb(32)), { key: 'a.gz', maxExpandedBytes: 32 * MIB })
    expect((await thrownBy(() => countBytes(open))).message).toContain('unexpected end of file')
  })

  it('of plain content is stopped too', async () => {
    const plain = decompress(inChunks(Buffer.alloc(100), 10), { key: 'a.jsonl', maxExpandedBytes: 95 })
    expect((await thrownBy(() => countBytes(plain))).message).toContain('more than 95 bytes')
  })
})

describe('the stream', () => {
  it('pulls no faster than it is read', async () => {
    const bytes = gzipSync(lines(100_000, 5))
    let pulled = 0
    async function* counted() {
      for await (const chunk of inChunks(bytes, 4096)) {
        pulled += chunk.length
        yield chunk
      }
    }
    const content = decompress(counted(), { key: 'a.gz', maxExpandedBytes: LIMIT })
    await content.next()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(pulled).toBeLessThan(bytes.length / 4)
    await content.return()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(pulled).toBeLessThan(bytes.length / 4)
  })

  it.each(['a.gz', 'a.zst', 'a.jsonl'])('of %s passes on the error of its source as it is', async (key) => {
    const fault = new Error('the network is gone')
    const bytes = key === 'a.gz' ? gzipSync(BOTH) : key === 'a.zst' ? zstd(BOTH) : BOTH
    async function* failing() {
      yield bytes.subarray(0, bytes.length >> 1)
      throw fault
    }
    await expect(expandAll(failing(), key)).rejects.toBe(fault)
  })

  it.each(['a.gz', 'a.zst', 'a.jsonl'])('of %s ends when its signal is aborted', async (key) => {
    const large = lines(50_000, 6)
    const bytes = key === 'a.gz' ? gzipSync(large) : key === 'a.zst' ? zstd(large) : large
    const stop = new AbortController()
    let seen = 0
    const reading = (async () => {
      for await (const chunk of decompress(inChunks(bytes), { key, maxExpandedBytes: LIMIT, signal: stop.signal })) {
        seen += chunk.length
        stop.abort(new Error('stopped'))
      }
    })()
    await expect(reading).rejects.toThrow('stopped')
    expect(seen).toBeLessThan(large.length)
  })
})

async function expandAll(chunks: AsyncIterable<Uint8Array>, key: string): Promise<number> {
  return countBytes(decompress(chunks, { key, maxExpandedBytes: LIMIT }))
}

async function countBytes(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let total = 0
  for await (const chunk of chunks) total += chunk.length
  return total
}

/** RFC 1952 with FTEXT, FHCRC, FEXTRA, FNAME and FCOMMENT set. */
function withEveryHeaderField(content: Uint8Array): Buffer {
  const plain = gzipSync(content)
  const header = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 0x1f, 1, 2, 3, 4, 0, 3]),
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('name.jsonl\0a comment\0', 'latin1'),
  ])
  const crc16 = Buffer.alloc(2)
  crc16.writeUInt16LE(crc32(header) & 0xffff)
  return Buffer.concat([header, crc16, plain.subarray(10)])
}
