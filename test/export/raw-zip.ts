import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'

/*
 * Zip files by the letter of APPNOTE.TXT, for tests: written with any lie that an entry can tell, and read without the
 * library that Dayseal reads with.
 */

export interface RawEntry {
  readonly name: string | Uint8Array
  readonly content: Uint8Array | string
  /** 8: deflated, 0: stored. @default 8 */
  readonly method?: number
  /** What the zip says, where that is not so. */
  readonly lies?: {
    readonly method?: number
    readonly crc?: number
    readonly bytes?: number
    /** The name beside the data. */
    readonly localName?: string
    /** Where the data is said to be. */
    readonly offset?: number
    readonly flags?: number
    readonly attributes?: number
  }
}

export function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, content, method = 8, lies = {} } of entries) {
    const bytes = Buffer.from(content)
    const data = method === 8 ? deflateRawSync(bytes) : bytes
    const centralName = Buffer.from(name)
    const localName = lies.localName === undefined ? centralName : Buffer.from(lies.localName)
    const facts = Buffer.alloc(22)
    facts.writeUInt16LE(lies.flags ?? 0x800, 0)
    facts.writeUInt16LE(lies.method ?? method, 2)
    facts.writeUInt32LE(lies.crc ?? crc32(bytes), 8)
    facts.writeUInt32LE(data.length, 12)
    facts.writeUInt32LE(lies.bytes ?? bytes.length, 16)
    facts.writeUInt16LE(localName.length, 20)
    const local = Buffer.concat([Buffer.from('504b03041400', 'hex'), facts, Buffer.alloc(2), localName, data])
    facts.writeUInt16LE(centralName.length, 20)
    const rest = Buffer.alloc(16)
    rest.writeUInt32LE(lies.attributes ?? 0o100644 * 0x10000, 8)
    rest.writeUInt32LE(lies.offset ?? at, 12)
    directory.push(Buffer.concat([Buffer.from('504b01021e031400', 'hex'), facts, rest, centralName]))
    locals.push(local)
    at += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, central, end])
}

export interface ReadEntry {
  readonly name: string
  readonly content: Buffer
  readonly method: number
  /** The local time without a zone, as `unzip -l` shows it. */
  readonly modified: string
}

/** The entries of a zip that is what it should be, in the order of its directory. Small ones: no zip64. */
export function readRawZip(zip: Buffer): readonly ReadEntry[] {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'))
  const entries: ReadEntry[] = []
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error(`no entry at byte ${at}`)
    const [method, time, date] = [10, 12, 14].map((offset) => zip.readUInt16LE(at + offset)) as [number, number, number]
    const [crc, packed, bytes] = [16, 20, 24].map((offset) => zip.readUInt32LE(at + offset)) as [number, number, number]
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const data = zip.subarray(start, start + packed)
    const content = method === 8 ? inflateRawSync(data) : Buffer.from(data)
    if (content.length !== bytes || crc32(content) !== crc) throw new Error(`${name} is not as the zip says`)
    entries.push({ name, content, method, modified: dosTime(date, time) })
    at += 46 + nameLength + extra + comment
  }
  return entries
}

function dosTime(date: number, time: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${1980 + (date >> 9)}-${two((date >> 5) & 15)}-${two(date & 31)}`
  return `${day}T${two(time >> 11)}:${two((time >> 5) & 63)}:${two((time & 31) * 2)}`
}
