import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Line, LineSplitter } from '../../lib/shred/lines.ts'

interface PlainLine {
  readonly bytes: string
  readonly number: number
  readonly offset: number
  readonly utf8: boolean
  readonly piece?: Line['piece']
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function split(object: Uint8Array, blockSize: number, maxLineBytes: number): PlainLine[] {
  const splitter = new LineSplitter(maxLineBytes)
  const found: PlainLine[] = []
  const take = ({ bytes, start, end, ...rest }: Line) => found.push({ bytes: hex(bytes.subarray(start, end)), ...rest })
  for (let at = 0; at < object.length; at += blockSize) {
    // A copy, of which nothing may be read once the next block comes.
    const block = Uint8Array.from(object.subarray(at, at + blockSize))
    splitter.push(block)
    for (let line = splitter.next(); line !== undefined; line = splitter.next()) take(line)
    block.fill(0x21)
  }
  const last = splitter.end()
  if (last !== undefined) take(last)
  return found
}

/** The whole object at once, byte by byte. */
function expectedLines(object: Uint8Array, maxLineBytes: number): PlainLine[] {
  const lines: { bytes: number[]; offset: number }[] = [{ bytes: [], offset: 0 }]
  for (const [at, byte] of object.entries()) {
    if (byte === 0x0a) lines.push({ bytes: [], offset: at + 1 })
    else lines.at(-1)!.bytes.push(byte)
  }
  if (lines.at(-1)!.bytes.length === 0) lines.pop()
  return lines.flatMap(({ bytes, offset }, index) => {
    const count = Math.max(1, Math.ceil(bytes.length / maxLineBytes))
    return Array.from({ length: count }, (_, part): PlainLine => {
      const from = part * maxLineBytes
      const piece = Uint8Array.from(bytes.slice(from, from + maxLineBytes))
      const mark = offset + from === 0 && hex(piece.subarray(0, 3)) === 'efbbbf' ? 3 : 0
      const text = piece.subarray(mark)
      const line = { bytes: hex(text), number: index + 1, offset: offset + from + mark, utf8: decodes(text) }
      return count === 1 ? line : { ...line, piece: { part: part + 1, last: part === count - 1 } }
    })
  })
}

function expectSameForEveryBlock(object: Uint8Array, maxLineBytes: number): void {
  const wanted = expectedLines(object, maxLineBytes)
  for (let size = 1; size <= Math.max(1, object.length); size++) {
    expect(split(object, size, maxLineBytes), `blocks of ${size}`).toEqual(wanted)
  }
}

const MARK = '\ufeff'

test.each([
  ['nothing', ''],
  ['one newline', '\n'],
  ['empty lines', '\n\n{"a":1}\n\n\n{"b":2}\n\n'],
  ['CRLF', '{"a":1}\r\n\r\n{"b":2}\r\n'],
  ['no last newline', '{"a":1}\n{"b":2}'],
  ['a byte order mark', `${MARK}{"a":1}\n${MARK}{"b":2}\n`],
  ['a byte order mark and nothing else', MARK],
  ['a byte order mark on an empty line', `${MARK}\n{}\n`],
  ['a byte order mark on the second line alone', `\n${MARK}{}\n`],
  ['a byte order mark before a line that is too long', `${MARK}${'x'.repeat(30)}\n{}`],
  [
    'lines of exactly the limit, one more, twice, twice and one more',
    [8, 9, 16, 17].map((n) => 'x'.repeat(n)).join('\n'),
  ],
  ['characters of several bytes', '{"é":"日本"}\n"😀"\n'],
])('%s: the same lines for every block size', (_, text) => {
  expectSameForEveryBlock(Buffer.from(text), 8)
  expectSameForEveryBlock(Buffer.from(text), 1024)
})

test('what is no UTF-8 is told line by line', () => {
  const object = Buffer.concat([Buffer.from('{}\n"'), Buffer.of(0xff), Buffer.from('"\n{}\n'), Buffer.of(0xc3)])
  expectSameForEveryBlock(object, 1024)
  expect(split(object, object.length, 1024).map(({ utf8 }) => utf8)).toEqual([true, false, true, false])
})

test('any bytes give the same lines for every block size', () => {
  const byte = fc.constantFrom(0x0a, 0x0a, 0x0d, 0x61, 0x7b, 0xc3, 0xa9, 0xef, 0xbb, 0xbf, 0xff)
  const start = fc.constantFrom<readonly number[]>([], [0xef, 0xbb, 0xbf], [0xef, 0xbb])
  fc.assert(
    fc.property(start, fc.array(byte, { maxLength: 40 }), fc.integer({ min: 3, max: 12 }), (head, rest, maxLineBytes) =>
      expectSameForEveryBlock(Uint8Array.from([...head, ...rest]), maxLineBytes),
    ),
    { numRuns: 100 },
  )
})

test('a line of many blocks, beyond the first size of the memory that carries it', () => {
  const object = Buffer.from(`${'a'.repeat(150_000)}\n${'b'.repeat(150_001)}\nc`)
  expect(split(object, 4099, 150_000)).toEqual(expectedLines(object, 150_000))
})

test('no whole lines begin within a line that is too long', () => {
  const splitter = new LineSplitter(8)
  splitter.push(Buffer.from('{}\n--------{"a":1}\n{"b":2}\n'))
  const whole = () => {
    const lines = splitter.wholeLines()
    return lines && Buffer.from(lines.bytes.subarray(lines.start, lines.end)).toString()
  }
  splitter.next()
  expect(splitter.next()?.piece).toEqual({ part: 1, last: false })
  expect(whole()).toBeUndefined()
  expect(splitter.next()?.piece).toEqual({ part: 2, last: true })
  expect(whole()).toBe('{"b":2}\n')
})
