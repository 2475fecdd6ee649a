import { corrupt } from '../../parquet/read-tree.ts'
import { ByteWindow } from './byte-window.ts'
import type { RowTexts } from './row-texts.ts'

const NEWLINE = 0x0a

/**
 * The lines of a text, without their ends. The arrays are the reader's to change.
 * @throws DaysealError `corrupt` for a text that ends within a line
 */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<RowTexts> {
  const window = new ByteWindow()
  let seen = 0
  for await (const block of bytes) {
    const before = window.length - seen
    window.push(block)
    const bounds: number[] = []
    let start = 0
    for (let end = window.bytes.indexOf(NEWLINE, before); end >= 0 && end < window.length; ) {
      bounds.push(start, end)
      start = end + 1
      end = window.bytes.indexOf(NEWLINE, start)
    }
    window.pass(start)
    seen = start
    if (bounds.length > 0) yield { bytes: window.bytes, bounds }
  }
  if (window.length > seen) throw corrupt('the file ends within a line', `${window.length - seen} bytes`, 'a line end')
}
