import type { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { fromBufferPromise } from 'yauzl'
import { ZipFile } from 'yazl'
import { wrongPath } from '../../lib/export/archive/wrong-path.ts'
import { type ZipEntry, zipStream } from '../../lib/export/archive/zip-stream.ts'
import { openZip } from '../../lib/zip/open-zip.ts'
import { thrownBy } from '../thrown.ts'
import { memoryStore } from '../verify/memory-store.ts'
import { type RawEntry, rawZip, readRawZip } from './raw-zip.ts'

const MODIFIED = new Date('2025-03-30T01:30:14.000Z')

function entry(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, compress = true): ZipEntry {
  return { path, modified: MODIFIED, compress, chunks: asyncOf(chunks) }
}

async function* asyncOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

const zipOf = (...entries: readonly ZipEntry[]) => bytesOf(zipStream(asyncOf(entries)))

describe('zipStream', () => {
  const some = () => [
    entry('a/plain.txt', [Buffer.from('text '.repeat(1000)), Buffer.from('end')]),
    entry('a/empty', []),
    entry('a/stored.gz', [Buffer.from('stored')], false),
  ]

  test('writes what other readers read: content, order, UTC times, which of them are deflated', async () => {
    const zip = await zipOf(...some())
    expect(
      readRawZip(zip).map(({ name, method, modified, content }) => [name, method, modified, content.length]),
    ).toEqual([
      ['a/plain.txt', 8, '2025-03-30T01:30:14', 5003],
      ['a/empty', 8, '2025-03-30T01:30:14', 0],
      ['a/stored.gz', 0, '2025-03-30T01:30:14', 6],
    ])
    const read = await fromBufferPromise(zip)
    const times: string[] = []
    for await (const { getLastModDate } of asyncOf(await entriesOf(read))) times.push(getLastModDate)
    expect(times).toEqual(Array(3).fill(MODIFIED.toISOString()))
  })

  test('gives the same bytes in every time zone, in the hour that summer time leaves out too', async () => {
    const before = process.env.TZ
    const zips: Buffer[] = []
    try {
      for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Pacific/Apia']) {
        process.env.TZ = zone
        zips.push(await zipOf(...some(), { ...entry('b', []), modified: new Date('2025-03-30T02:30:00.000Z') }))
      }
    } finally {
      if (before === undefined) delete process.env.TZ
      else process.env.TZ = before
    }
    expect(new Set(zips.map((zip) => zip.toString('hex'))).size).toBe(1)
  })

  test('asks for an entry when the one before has been read, and holds little of a large one', async () => {
    const chunk = Buffer.alloc(2 ** 20, 7)
    let given = 0
    let ahead = 0
    const large = async function* () {
      for (; given < 64; given++) yield chunk
    }
    const entries = async function* () {
      yield entry('large', large(), false)
      expect(given).toBe(64)
      yield entry('last', [])
    }
    let taken = 0
    for await (const piece of zipStream(entries())) {
      taken += piece.length
      ahead = Math.max(ahead, given * chunk.length - taken)
      await new Promise((done) => setImmediate(done))
    }
    expect(taken).toBeGreaterThan(64 * chunk.length)
    expect(ahead).toBeLessThan(8 * chunk.length)
  })

  test('throws what an entry throws, and ends entries that nobody reads on', async () => {
    let ended = 0
    const endless = async function* () {
      try {
        while (true) yield Buffer.alloc(1000, 1)
      } finally {
        ended++
      }
    }
    const broken = async function* () {
      yield Buffer.from('some')
      throw new Error('the source broke')
    }
    await expect(zipOf(entry('a', [Buffer.from('a')]), entry('b', broken()))).rejects.toThrow('the source broke')
    for await (const _ of zipStream(asyncOf([entry('endless', endless())]))) break
    // The source is destroyed, which takes a turn.
    await new Promise((done) => setTimeout(done, 10))
    expect(ended).toBe(1)
  })
})

async function entriesOf(zip: Awaited<ReturnType<typeof fromBufferPromise>>) {
  const entries: { getLastModDate: string }[] = []
  for await (const found of zip.eachEntry()) entries.push({ getLastModDate: found.getLastModDate().toISOString() })
  return entries
}

async function read(zip: Buffer) {
  const rules = { maxExpandedBytes: 1e6, maxMembers: 100, wrongName: wrongPath, failure: 'corrupt' } as const
  const store = memoryStore([['some.zip', zip]])
  const opened = await openZip(store, (await store.head('some.zip'))!, rules)
  const contents: [string, string][] = []
  try {
    for (const member of opened.members) contents.push([member.path, (await bytesOf(member.read())).toString()])
  } finally {
    opened.close()
  }
  return contents
}

describe('openZip', () => {
  test('reads what zipStream and others write, in the order of the data', async () => {
    const big = 'x'.repeat(300_000)
    expect(await read(await zipOf(entry('a', [Buffer.from('1')]), entry('b', [Buffer.from(big)], false)))).toEqual([
      ['a', '1'],
      ['b', big],
    ])
    const plain = [
      { name: 'dir/', content: '', method: 0 },
      { name: 'dir/é', content: 'two' },
    ]
    expect(await read(rawZip(plain))).toEqual([['dir/é', 'two']])
    expect(await read(rawZip([]))).toEqual([])
  })

  test('reads zip64', async () => {
    const zip = new ZipFile()
    zip.addBuffer(Buffer.from('content'), 'a', { forceZip64Format: true })
    zip.end({ forceZip64Format: true, comment: 'a comment' })
    expect(await read(await bytesOf(zip.outputStream as Readable))).toEqual([['a', 'content']])
  })

  const one = { name: 'a', content: 'content' }
  test.each<[string, readonly RawEntry[], RegExp]>([
    ['a path that leads out', [{ ...one, name: '../a' }], /leads out/],
    ['a path that leads out further down', [{ ...one, name: 'a/../../b' }], /leads out/],
    ['an absolute path', [{ ...one, name: '/etc/passwd' }], /absolute path/],
    ['a drive', [{ ...one, name: 'C:x' }], /absolute path/],
    ['a backslash', [{ ...one, name: '..\\a' }], /backslash/],
    ['a name of nothing', [{ ...one, name: 'a//b' }], /whose path is none/],
    ['a dot for a name', [{ ...one, name: './a' }], /whose path is none/],
    ['a NUL', [{ ...one, name: 'a\0b' }], /control character/],
    ['a name twice', [one, { ...one, content: 'other' }], /two entries "a"/],
    ['a link', [{ ...one, lies: { attributes: (0o120777 << 16) >>> 0 } }], /symbolic link/],
    ['encryption', [{ ...one, lies: { flags: 0x801 } }], /encrypted/],
    ['another compression', [{ ...one, lies: { method: 12 } }], /method 12/],
    ['a folder with content', [{ ...one, name: 'a/' }], /folder with content/],
    ['two names', [{ ...one, lies: { localName: 'b' } }], /another name where its data is/],
    ['another CRC', [{ ...one, lies: { crc: 1 } }], /another CRC-32/],
    ['more content than it says', [{ ...one, lies: { bytes: 3 } }], /too many bytes/],
    ['less content than it says', [{ ...one, lies: { bytes: 30 } }], /not enough bytes/],
    ['no data where it says', [{ ...one, lies: { offset: 3 } }], /invalid local file header/],
    ['data beyond the end', [{ ...one, lies: { offset: 0x7fffffff } }], /unexpected EOF/],
    ['two entries with one data', [one, { ...one, name: 'a', lies: { offset: 0 } }], /two entries|lies over/],
    [
      'entries that lie over each other',
      [one, { name: 'b', content: 'more', lies: { offset: 0, localName: 'b' } }],
      /lies over|another name/,
    ],
    ['a bomb', [{ name: 'a', content: Buffer.alloc(2_000_000) }], /more than 1000000 bytes of content/],
    [
      'a bomb of many',
      Array.from({ length: 99 }, (_, i) => ({ name: `${i}`, content: Buffer.alloc(50_000) })),
      /more than 1000000/,
    ],
    [
      'too many entries',
      Array.from({ length: 101 }, (_, i) => ({ name: `${i}`, content: '' })),
      /more than 100 entries/,
    ],
    ['damaged data', [{ ...one, method: 0, lies: { method: 8 } }], /./],
  ])('refuses %s', async (_, entries, message) => {
    const error = await thrownBy(() => read(rawZip(entries)))
    expect(error.code).toBe('corrupt')
    expect(error.message).toMatch(message)
  })

  test('refuses what is no zip, or part of one', async () => {
    const zip = rawZip([one])
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('PK'),
      zip.subarray(0, -1),
      Buffer.concat([zip, zip.subarray(1)]),
      Buffer.concat([zip, Buffer.from('x')]),
    ]) {
      expect((await thrownBy(() => read(bytes))).code).toBe('corrupt')
    }
  })

  test('gives content or an error for damaged zips, and nothing else', async () => {
    const seed = 20250314
    const random = seeded(seed)
    const zip = await zipOf(
      entry('a/x', [Buffer.from('text '.repeat(50))]),
      entry('a/y.gz', [Buffer.alloc(99, 3)], false),
    )
    const wanted = JSON.stringify(await read(zip))
    let refused = 0
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(zip)
      for (let changes = 1 + random(3); changes > 0; changes--) bytes[random(bytes.length)] = random(256)
      try {
        const contents = await read(bytes)
        for (const [path, content] of contents) {
          if (wanted.includes(JSON.stringify(path)))
            expect(wanted, `seed ${seed}, round ${round}`).toContain(JSON.stringify(content))
        }
      } catch (error) {
        expect(error, `seed ${seed}, round ${round}`).toMatchObject({ code: 'corrupt' })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(200)
  })
})

/** A linear congruential generator: integers below `limit`. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}
