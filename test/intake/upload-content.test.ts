import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entriesOf } from '../../lib/intake/upload-content.ts'
import { type RawEntry, rawZip } from '../export/raw-zip.ts'
import { memoryStore } from '../property/memory-store.ts'
import { thrownBy } from '../thrown.ts'

const LINES = Buffer.from(Array.from({ length: 2000 }, (_, i) => `{"id":${(i * 7919) % 10_007}}\n`).join(''))

async function read(bytes: Uint8Array, { maxExpandedBytes = 1e6, key = 'uploads/some.log', pieceBytes = 997 } = {}) {
  const store = memoryStore([[key, bytes]], pieceBytes)
  const entries: [string | undefined, string][] = []
  for await (const { entry, content } of entriesOf(store, (await store.head(key))!, { maxExpandedBytes })) {
    const chunks: Uint8Array[] = []
    for await (const chunk of content) chunks.push(Uint8Array.from(chunk))
    entries.push([entry, Buffer.concat(chunks).toString('latin1')])
  }
  return entries
}

const text = LINES.toString('latin1')

describe('is told by content', () => {
  test.each([
    ['plain', LINES],
    ['gzip', gzipSync(LINES)],
    [
      'gzip of several members',
      Buffer.concat([gzipSync(LINES.subarray(0, 99)), gzipSync(''), gzipSync(LINES.subarray(99))]),
    ],
    ['zstd', zstdCompressSync(LINES)],
    [
      'zstd of several frames',
      Buffer.concat([zstdCompressSync(LINES.subarray(0, 99)), zstdCompressSync(LINES.subarray(99))]),
    ],
  ])('%s, whatever the name', async (_, bytes) => {
    for (const key of ['a.log', 'a.gz', 'a.zst', 'a.zip', 'a.csv.gz']) {
      expect(await read(bytes, { key })).toEqual([[undefined, text]])
    }
  })

  test('nothing is an upload without content', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([[undefined, '']])
    expect(await read(gzipSync(''), { key: 'a.gz' })).toEqual([[undefined, '']])
    expect(await read(rawZip([]))).toEqual([])
  })

  test('a short text that begins like something', async () => {
    for (const start of ['P', 'PK', 'BZh', 'PAR1,x', '7z', 'Rar!'])
      expect(await read(Buffer.from(start))).toEqual([[undefined, start]])
  })

  test('wherever the chunks end', async () => {
    const uploads = [LINES, gzipSync(LINES), zstdCompressSync(LINES), rawZip([{ name: 'a', content: gzipSync(LINES) }])]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...uploads), fc.integer({ min: 1, max: 60 }), async (bytes, pieceBytes) => {
        expect((await read(bytes, { pieceBytes })).map(([, content]) => content)).toEqual([text])
      }),
      { numRuns: 30 },
    )
  })
})

describe('zip', () => {
  test('each entry, decompressed once more where it is gzip or zstd; no folders, nothing of the Finder', async () => {
    const zip = rawZip([
      { name: 'logs/', content: '' },
      { name: 'logs/b.jsonl', content: LINES },
      { name: '__MACOSX/logs/._b.jsonl', content: Buffer.from('0005160700020000', 'hex') },
      { name: 'logs/.DS_Store', content: Buffer.from('0000000142756431', 'hex') },
      { name: 'logs/a.jsonl.gz', content: gzipSync(LINES), method: 0 },
      { name: 'c', content: zstdCompressSync(LINES) },
      { name: 'empty', content: '' },
    ])
    expect(await read(zip)).toEqual([
      ['logs/b.jsonl', text],
      ['logs/a.jsonl.gz', text],
      ['c', text],
      ['empty', ''],
    ])
  })

  test('names are names: what would lead elsewhere as a path leads nowhere', async () => {
    const names = ['../../etc/passwd', '/etc/shadow', 'C:\\x', 'a//b', './c', 'a\nb', '__proto__']
    const zip = rawZip(names.map((name) => ({ name, content: name })))
    expect(await read(zip)).toEqual(names.map((name) => [name, name]))
  })

  const one: RawEntry = { name: 'a', content: LINES }
  test.each<[string, readonly RawEntry[], RegExp]>([
    ['a zip in it', [{ ...one, content: rawZip([one]) }], /entry "a"\) cannot be read; seen: zip/],
    ['a zip in gzip in it', [{ ...one, content: gzipSync(rawZip([one])) }], /seen: zip/],
    ['gzip in gzip in it', [{ ...one, content: gzipSync(gzipSync(LINES)) }], /seen: gzip/],
    ['a tar in it', [{ ...one, content: tar() }], /seen: tar/],
    ['an encrypted entry', [one, { ...one, name: 'b', lies: { flags: 0x801 } }], /"b", which is encrypted/],
    ['a link', [{ ...one, lies: { attributes: (0o120777 << 16) >>> 0 } }], /symbolic link/],
    ['one name twice', [one, one], /two entries "a"/],
    ['another CRC-32', [{ ...one, lies: { crc: 1 } }], /another CRC-32/],
    ['more content than it says', [{ ...one, lies: { bytes: 30 } }], /too many bytes/],
    ['cut gzip in it', [{ ...one, content: gzipSync(LINES).subarray(0, -9) }], /entry "a"\) is cut or damaged/],
    ['a binary file in it', [{ ...one, content: Buffer.from('7f454c4602010100ff00000000', 'hex') }], /no text/],
  ])('refuses %s', async (_, entries, message) => {
    const error = await thrownBy(() => read(rawZip(entries)))
    expect(error.code).toBe('source')
    expect(error.message).toMatch(message)
  })

  test('a bomb is refused, whether the zip says so, or what is in it expands', async () => {
    const zeros = Buffer.alloc(2_000_000, ' ')
    const bombs = [
      [{ name: 'a', content: zeros }],
      [{ name: 'a', content: zeros, lies: { bytes: 10 } }],
      [{ name: 'a', content: gzipSync(zeros) }],
      Array.from({ length: 30 }, (_, i) => ({ name: `${i}`, content: Buffer.alloc(50_000, ' ') })),
      Array.from({ length: 30 }, (_, i) => ({ name: `${i}`, content: gzipSync(Buffer.alloc(50_000, ' ')) })),
    ]
    for (const entries of bombs) {
      const error = await thrownBy(() => read(rawZip(entries)))
      expect(error.code).toBe('source')
      expect(error.message).toMatch(/expands too far|more than 1000000 bytes|too many bytes/)
    }
  })

  test('the limit is of all entries together, and is no lower', async () => {
    const entries = Array.from({ length: 20 }, (_, i) => ({
      name: `${i}`,
      content: gzipSync(Buffer.alloc(50_000, ' ')),
    }))
    expect(await read(rawZip(entries))).toHaveLength(20)
    await thrownBy(() => read(rawZip(entries), { maxExpandedBytes: 999_999 }))
  })
})

describe('refuses', () => {
  test.each([
    ['a bomb', gzipSync(Buffer.alloc(2_000_000)), /expands too far/],
    ['cut gzip', gzipSync(LINES).subarray(0, 500), /cut or damaged/],
    ['cut zstd', zstdCompressSync(LINES).subarray(0, 500), /cut or damaged/],
    ['a cut zip', rawZip([{ name: 'a', content: LINES }]).subarray(0, -10), /no zip/],
    ['gzip in gzip', gzipSync(gzipSync(LINES)), /seen: gzip/],
    ['a zip in gzip', gzipSync(rawZip([{ name: 'a', content: LINES }])), /seen: zip/],
    ['a tar', tar(), /seen: tar/],
    ['a tar.gz', gzipSync(tar()), /seen: tar/],
    ['bzip2', Buffer.from('425a68393141592653590000', 'hex'), /seen: bzip2/],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), /seen: xz/],
    [
      'a binary file',
      Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d', 'hex'), Buffer.alloc(99, 0x80)]),
      /no text/,
    ],
    ['UTF-16', Buffer.from('\ufeff{"a":1}\n', 'utf16le'), /no text/],
  ])('%s', async (_, bytes, message) => {
    const error = await thrownBy(() => read(bytes))
    expect(error.code).toBe('source')
    expect(error.message).toMatch(message)
  })

  test('not a text with a hole of zeros, nor bytes that are merely no UTF-8', async () => {
    for (const bytes of [
      Buffer.from(`{"a":1}\n${'\0'.repeat(9000)}é`),
      // The first 8192 bytes end in the middle of a character.
      Buffer.from(`\0${'é'.repeat(5000)}`),
      Buffer.from('caf\xe9\n', 'latin1'),
      brotliCompressSync(''),
    ]) {
      expect(await read(bytes)).toEqual([[undefined, bytes.toString('latin1')]])
    }
  })

  test('a state of the upload that is gone', async () => {
    for (const bytes of [LINES, rawZip([{ name: 'a', content: LINES }])]) {
      const store = memoryStore([['a', bytes]])
      const info = (await store.head('a'))!
      await store.delete('a')
      await store.putIfAbsent('a', bytes)
      expect((await thrownBy(() => entriesOf(store, info, { maxExpandedBytes: 1e6 }).next())).reason).toBe(
        'object-changed',
      )
    }
  })

  test('to go on once the signal is given', async () => {
    const store = memoryStore([['a', LINES]])
    const stop = new AbortController()
    const entries = entriesOf(store, (await store.head('a'))!, { maxExpandedBytes: 1e6 }, stop.signal)
    const { value } = await entries.next()
    stop.abort(new Error('stopped'))
    const chunks = value!.content[Symbol.asyncIterator]()
    await expect(chunks.next()).rejects.toThrow('stopped')
  })
})

/** A tar's first block: the name, and at byte 257 what it is. */
function tar(): Buffer {
  const block = Buffer.alloc(1024)
  block.write('logs/a.jsonl')
  block.write('ustar', 257)
  return block
}
