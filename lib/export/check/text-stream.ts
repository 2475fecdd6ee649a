import { corrupt } from '../../parquet/read-tree.ts'

/**
 * Hands the blocks of a text on.
 * @throws DaysealError `corrupt` where they are not UTF-8, and when the text has ended otherwise than with `end`
 */
export async function* assertText(bytes: AsyncIterable<Uint8Array>, end: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let offset = 0
  let last = ''
  const check = (block?: Uint8Array) => {
    try {
      decoder.decode(block, { stream: block !== undefined })
    } catch {
      throw corrupt('the file is not UTF-8', `other bytes after byte ${offset}`, 'UTF-8')
    }
  }
  for await (const block of bytes) {
    check(block)
    yield block
    offset += block.length
    last = (last + Buffer.from(block.subarray(-end.length)).toString('latin1')).slice(-end.length)
  }
  check()
  if (last !== '' && last !== end) throw corrupt('the file ends too early', JSON.stringify(last), JSON.stringify(end))
}
