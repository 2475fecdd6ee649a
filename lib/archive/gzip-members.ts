import { crc32, createInflateRaw } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'
import { type Damage, DECODER_OPTIONS, decode } from './decode.ts'

/*
 * gzip, RFC 1952. The members are told apart here, not by node:zlib: its gunzip stops without a word at a zero byte
 * after a member, whatever follows.
 */

const FLAG = { headerCrc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/**
 * The content of every member, one after another. Each member's CRC-32 and length are checked. After the last one
 * only zero bytes may follow (padding, as gzip itself accepts).
 */
export async function* gzipMembers(input: ByteReader, damage: Damage): AsyncGenerator<Uint8Array> {
  do {
    yield* member(input, damage)
  } while (await anotherFollows(input, damage))
}

async function* member(input: ByteReader, damage: Damage): AsyncGenerator<Uint8Array> {
  await readHeader(input, damage)
  let crc = 0
  let length = 0
  for await (const chunk of decode(createInflateRaw(DECODER_OPTIONS), input, damage)) {
    crc = crc32(chunk, crc)
    length = (length + chunk.length) % 2 ** 32
    yield chunk
  }
  // RFC 1952, 2.3.1: CRC32, then ISIZE, the length modulo 2^32, both little-endian.
  const at = input.position()
  const trailer = view(await exactly(input, 8, damage))
  if (trailer.getUint32(0, true) !== crc) throw damage('the content does not match its CRC-32', at, at + 4)
  if (trailer.getUint32(4, true) !== length)
    throw damage('the content does not have the length it should', at + 4, at + 8)
}

/** RFC 1952, 2.3. Names and comments are passed over without being held. */
async function readHeader(input: ByteReader, damage: Damage): Promise<void> {
  const start = input.position()
  let crc = 0
  const take = async (count: number): Promise<Uint8Array> => {
    const bytes = await exactly(input, count, damage)
    crc = crc32(bytes, crc)
    return bytes
  }
  const [id1, id2, method, flags = 0] = await take(10)
  if (id1 !== 0x1f || id2 !== 0x8b) throw damage('not a gzip header', start, start + 2)
  if (method !== 8) throw damage(`unknown gzip compression method ${method}`, start + 2, start + 3)
  if (flags & FLAG.reserved) throw damage('reserved gzip header flags are set', start + 3, start + 4)
  if (flags & FLAG.extra) await take(view(await take(2)).getUint16(0, true))
  for (const text of [FLAG.name, FLAG.comment]) {
    if (flags & text) while ((await take(1))[0] !== 0);
  }
  if (flags & FLAG.headerCrc) {
    const expected = crc & 0xffff
    if (view(await take(2)).getUint16(0, true) !== expected) {
      throw damage('the gzip header does not match its CRC-16', start, input.position())
    }
  }
}

async function anotherFollows(input: ByteReader, damage: Damage): Promise<boolean> {
  const first = await input.take(1)
  if (first.length === 0) return false
  input.giveBack(first)
  if (first[0] === 0x1f) return true
  for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
    const wrong = chunk.findIndex((byte) => byte !== 0)
    if (wrong >= 0) {
      const at = input.position() - chunk.length + wrong
      throw damage('something else than a gzip member or zero bytes follows a member', at, at + 1)
    }
  }
  return false
}

async function exactly(input: ByteReader, count: number, damage: Damage): Promise<Uint8Array> {
  const bytes = await input.take(count)
  if (bytes.length < count) throw damage('unexpected end of file', input.position(), input.position())
  return bytes
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
