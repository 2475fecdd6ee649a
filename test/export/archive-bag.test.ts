import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { manifestLine, parseManifest } from '../../lib/export/archive/bag-manifest.ts'
import { checkArchive } from '../../lib/export/archive/check-archive.ts'
import { safePath, safePaths } from '../../lib/export/archive/safe-path.ts'
import { memoryStore } from '../verify/memory-store.ts'
import { rawZip } from './raw-zip.ts'

const DECLARATION = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'

type Files = Readonly<Record<string, string>>

const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex')

/** A valid bag of some files, with changes: null takes a file away. */
function bagOf(payload: Files, changes: Readonly<Record<string, string | null>> = {}): Buffer {
  const lines = Object.entries(payload).map(([path, text]) => `${hash(text)}  ${path}\n`)
  const tags: Files = { 'bagit.txt': DECLARATION, 'manifest-sha256.txt': lines.join('') }
  const tagLines = Object.entries(tags).map(([path, text]) => `${hash(text)}  ${path}\n`)
  const files: Readonly<Record<string, string | null>> = {
    ...tags,
    ...payload,
    'tagmanifest-sha256.txt': tagLines.join(''),
    ...changes,
  }
  return rawZip(
    Object.entries(files).flatMap(([path, content]) => (content === null ? [] : [{ name: `bag/${path}`, content }])),
  )
}

async function check(zip: Buffer, options = {}) {
  return checkArchive({ store: memoryStore([['bag.zip', zip]]), key: 'bag.zip', ...options })
}

async function problemsOf(zip: Buffer): Promise<readonly string[]> {
  const result = await check(zip)
  return result.kind === 'valid' ? [] : result.problems
}

const PAYLOAD = { 'data/a.txt': 'a', 'data/b/c d.txt': 'c d' }

describe('a bag is valid', () => {
  test('with the files of its manifests', async () => {
    expect(await check(bagOf(PAYLOAD))).toMatchObject({ kind: 'valid', files: 2, bytes: 4, days: [] })
  })

  test.each<[string, Readonly<Record<string, string | null>>]>([
    ['without a tag manifest', { 'tagmanifest-sha256.txt': null }],
    ['with tag files that no manifest lists', { 'notes.txt': 'x', 'meta/more.txt': 'y' }],
    ['with bag-info.txt', { 'bag-info.txt': 'Payload-Oxum: 4.2\r\nNote: long\n  and longer\n' }],
    [
      'with SHA-512',
      {
        'manifest-sha512.txt': Object.entries(PAYLOAD)
          .map(([path, text]) => `${hash(text, 'sha512')} ${path}\r\n`)
          .join(''),
      },
    ],
    [
      'with MD5 in capitals',
      {
        'manifest-md5.txt': Object.entries(PAYLOAD)
          .map(([path, text]) => `${hash(text, 'md5').toUpperCase()}\t${path}\n`)
          .join(''),
      },
    ],
    [
      'with CR LF in the declaration',
      { 'bagit.txt': DECLARATION.replaceAll('\n', '\r\n'), 'tagmanifest-sha256.txt': null },
    ],
  ])('%s', async (_, changes) => {
    expect(await problemsOf(bagOf(PAYLOAD, changes))).toEqual([])
  })

  test('with names that a manifest has to encode', async () => {
    const payload = { 'data/100%25.txt': 'x' }
    const zip = rawZip([
      { name: 'b/bagit.txt', content: DECLARATION },
      { name: 'b/data/100%.txt', content: 'x' },
      { name: 'b/manifest-sha256.txt', content: `${hash('x')}  ${Object.keys(payload)[0]}` },
    ])
    expect(await problemsOf(zip)).toEqual([])
  })

  test('when it is the zip itself, without a folder', async () => {
    const files = { 'bagit.txt': DECLARATION, 'data/x': 'x', 'manifest-sha256.txt': `${hash('x')} data/x\n` }
    expect(await problemsOf(rawZip(Object.entries(files).map(([name, content]) => ({ name, content }))))).toEqual([])
  })
})

describe('a bag is not valid', () => {
  const lines = `${hash('a')}  data/a.txt\n${hash('c d')}  data/b/c d.txt\n`

  test.each<[string, Readonly<Record<string, string | null>>, RegExp]>([
    ['without bagit.txt', { 'bagit.txt': null }, /there is no bagit.txt/],
    ['of another version', { 'bagit.txt': DECLARATION.replace('1.0', '0.97') }, /seen "BagIt-Version: 0.97"/],
    ['in another encoding', { 'bagit.txt': DECLARATION.replace('UTF-8', 'UTF-16') }, /UTF-16/],
    ['without a payload manifest', { 'manifest-sha256.txt': null }, /no payload manifest/],
    ['with a payload file that is missing', { 'data/a.txt': null }, /"data\/a.txt" is missing/],
    ['with a payload file too many', { 'data/x': 'x' }, /"data\/x" is in no line of manifest-sha256.txt/],
    ['with another content', { 'data/a.txt': 'A' }, /"data\/a.txt": seen sha256 559aead0/],
    ['with a tag file of other content', { 'manifest-sha256.txt': `${lines}\n` }, /"manifest-sha256.txt": seen sha256/],
    [
      'with a tag file that is missing',
      { 'tagmanifest-sha256.txt': `${hash('')}  gone.txt\n` },
      /"gone.txt" is missing/,
    ],
    [
      'with a tag manifest in a tag manifest',
      { 'tagmanifest-sha256.txt': `${hash('')}  tagmanifest-md5.txt\n`, 'tagmanifest-md5.txt': '' },
      /which no manifest may/,
    ],
    [
      'with a line that is none',
      { 'manifest-sha256.txt': `${lines}oops\n` },
      /a line that it may not have; seen: "oops"/,
    ],
    ['with a short checksum', { 'manifest-sha256.txt': `abc  data/a.txt\n` }, /a sha256 checksum/],
    ['with a path twice', { 'manifest-sha256.txt': `${lines}${lines}` }, /each path once/],
    ['with a path out of the payload', { 'manifest-sha256.txt': `${hash('a')}  ../a.txt\n` }, /a path below data/],
    ['with payload in a tag manifest', { 'tagmanifest-sha256.txt': `${hash('a')}  data/a.txt\n` }, /outside of data/],
    ['with checksums of a kind that is not known', { 'manifest-crc.txt': '' }, /not known/],
    ['with another Payload-Oxum', { 'bag-info.txt': 'Payload-Oxum: 5.2\n' }, /Payload-Oxum: seen 4.2, wanted "5.2"/],
    ['with a bag-info.txt that is none', { 'bag-info.txt': 'no label\n' }, /"no label" is no line/],
    [
      'with manifests that disagree',
      { 'manifest-md5.txt': `${hash('b', 'md5')} data/a.txt\n${hash('c d', 'md5')} data/b/c d.txt` },
      /seen md5/,
    ],
    [
      'with a manifest that lists less',
      { 'manifest-md5.txt': `${hash('a', 'md5')} data/a.txt\n` },
      /in no line of manifest-md5.txt/,
    ],
  ])('%s', async (_, changes, message) => {
    expect((await problemsOf(bagOf(PAYLOAD, changes))).join('\n')).toMatch(message)
  })

  test('with something beside its folder, with two folders, or as no zip', async () => {
    const beside = rawZip([
      { name: 'bag/bagit.txt', content: DECLARATION },
      { name: 'other.txt', content: '' },
    ])
    expect(await problemsOf(beside)).toContain('"other.txt" lies beside the bag')
    const two = rawZip(['a', 'b'].map((name) => ({ name: `${name}/bagit.txt`, content: DECLARATION })))
    expect(await problemsOf(two)).toEqual(['there are 2 bags in one zip'])
    expect(await problemsOf(Buffer.from('no zip'))).toEqual([expect.stringContaining('no zip that can be trusted')])
    expect(await problemsOf(rawZip([{ name: '../x', content: '' }]))).toEqual([expect.stringContaining('../x')])
  })

  test('with content that is not UTF-8 where text has to be, or that expands too far', async () => {
    const zip = rawZip([
      { name: 'b/bagit.txt', content: DECLARATION },
      { name: 'b/manifest-sha256.txt', content: Buffer.from([0xff, 0xfe]) },
    ])
    expect((await problemsOf(zip)).join()).toMatch(
      /manifest-sha256.txt cannot be read; seen: other bytes; wanted: UTF-8/,
    )
    const bomb = bagOf({ 'data/zeros': '\0'.repeat(70 * 2 ** 20) })
    expect((await problemsOf(bomb)).join()).toMatch(/more than 67108864 bytes of content/)
    expect(await check(bomb, { maxExpandedBytes: 2 ** 30 })).toMatchObject({ kind: 'valid' })
  })

  test('and not all of a million problems are listed', async () => {
    const changes = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`data/extra-${i}`, '']))
    const problems = await problemsOf(bagOf(PAYLOAD, changes))
    expect(problems).toHaveLength(101)
    expect(problems.at(-1)).toBe('and 150 more')
  })
})

describe('manifests', () => {
  test('encode LF, CR and %, and nothing else', () => {
    expect(manifestLine('abc', 'data/a\nb\rc%d é.txt')).toBe('abc  data/a%0Ab%0Dc%25d é.txt\n')
  })

  test('are read as they are written', () => {
    const seed = 8493
    const path = fc.stringMatching(/^data\/[^ \t].*$/su).filter((text) => !/^data\/.*[\u2028\u2029]/.test(text))
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1 }), (paths) => {
        const text = paths.map((each) => manifestLine(hash(each), each)).join('')
        const read = parseManifest(text, { kind: 'payload', algorithm: 'sha256' })
        expect([...read]).toEqual(paths.map((each) => [each, hash(each)]))
      }),
      { seed, numRuns: 200 },
    )
  })
})

describe('safe paths', () => {
  test('are the keys themselves where that can be', () => {
    for (const key of ['20250314/05.jsonl.gz', 'dt=2025-03-14/HH=05/part-0_a@b+c,d.json', '.hidden']) {
      expect(safePath(key)).toBe(key)
    }
  })

  test.each([
    ['a b', 'a~20b'],
    ['50%', '50~25'],
    ['a~b', 'a~7Eb'],
    ['é/\u{1f600}', '~C3~A9/~F0~9F~98~80'],
    ['a:b*?"<>|\\', 'a~3Ab~2A~3F~22~3C~3E~7C~5C'],
    ['line\nbreak\r', 'line~0Abreak~0D'],
    ['CON/nul.txt/com1/LPT9.a.b', '~43ON/~6Eul.txt/~63om1/~4CPT9.a.b'],
    ['console/prn1', 'console/prn1'],
    ['dot./trail.', 'dot~2E/trail~2E'],
    ['../..', '.~2E/.~2E'],
  ])('%j is %s', (key, path) => {
    expect(safePath(key)).toBe(path)
  })

  test('of long names are cut, and stay apart', () => {
    const keys = ['a', 'b'].map((end) => `20250314/${'x'.repeat(1000)}${end}`)
    const paths = [...safePaths(keys).values()]
    expect(new Set(paths).size).toBe(2)
    for (const path of paths) expect(path.split('/')[1]!.length).toBeLessThan(160)
  })

  test('stay apart where case is ignored, and are safe, whatever the keys', () => {
    const seed = 20250314
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.string({
        unit: fc.constantFrom('a', 'A', '~', '7', 'E', '.', ' ', '%', 'é', 'É'),
        minLength: 1,
        maxLength: 4,
      }),
    )
    const key = fc
      .tuple(name, name)
      .map(([a, b]) => `${a.replaceAll('/', '')}x/${b.replaceAll('/', '')}x`)
      .filter((text) => text.isWellFormed())
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 30 }), (keys) => {
        const paths = [...safePaths(keys).values()]
        expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(keys.length)
        for (const path of paths) expect(path).toMatch(/^[\w.=@+,~-]{1,200}\/[\w.=@+,~-]{1,200}$/)
      }),
      { seed, numRuns: 300 },
    )
    expect([...safePaths(['d/A', 'd/a', 'd/b'])].map(([, path]) => path)).toEqual([
      expect.stringMatching(/^d\/A~~[0-9a-f]{16}$/),
      expect.stringMatching(/^d\/a~~[0-9a-f]{16}$/),
      'd/b',
    ])
  })
})
